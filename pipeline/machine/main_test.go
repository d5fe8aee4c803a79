package machine_test

import (
	"os"
	"testing"

	"github.com/weir-pipeline/weir/pipeline/worker"
	"github.com/weir-pipeline/weir/stages"
)

// TestMain makes the test binary its own worker.
func TestMain(m *testing.M) {
	if worker.Is() {
		worker.Main(stages.Builtin())
	}
	os.Exit(m.Run())
}
