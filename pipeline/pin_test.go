package pipeline_test

import (
	"runtime"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
)

// Where workers cannot be pinned to processors, asking for it is an error and
// not ignored.
func TestPinIsRefusedWhereItCannotBeHad(t *testing.T) {
	err := pipeline.Validate(pipeline.Job{Inputs: []string{"x.csv"}, Aggregate: "count()"}, pipeline.Options{Pin: true})
	if refused := pipeline.Classify(err) == pipeline.Usage; refused != (runtime.GOOS != "linux") {
		t.Errorf("on %s the error is %v", runtime.GOOS, err)
	}
}
