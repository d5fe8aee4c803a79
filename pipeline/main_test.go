package pipeline_test

import (
	"context"
	"os"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/worker"
	"github.com/weir-pipeline/weir/stages"
)

// TestMain makes the test binary its own worker: a good one, or the one of
// misbehave_test.go that the variable names.
func TestMain(m *testing.M) {
	if worker.Is() && os.Getenv(misbehaviour) != "" {
		misbehave(os.Getenv(misbehaviour))
		os.Exit(0)
	}
	pipeline.ServeWorker(stages.Builtin())
	if input := os.Getenv(coordinated); input != "" {
		_, _ = pipeline.Run(context.Background(), pipeline.Job{Inputs: []string{input}, Aggregate: "count()"},
			pipeline.Options{Mode: pipeline.Pipe, Workers: 2})
		os.Exit(1)
	}
	os.Exit(m.Run())
}
