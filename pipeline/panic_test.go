package pipeline_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/stages/block"
)

// faulty is a kind of stage, of a program's own, that panics.
type faulty struct{}

func (faulty) New(_ json.RawMessage, in block.Schema) (stages.Made, error) {
	return stages.Made{Stage: faulty{}, Out: in}, nil
}

func (faulty) Run(*block.Block) error { panic("the stage is faulty") }

// A panic in a stage of a program's own is an error of the run: a batch job in
// somebody's server does not take it along.
func TestAPanicInAStageIsAnError(t *testing.T) {
	catalog := stages.Builtin().With("faulty", faulty{})
	job := pipeline.Job{
		Inputs: []string{"testdata/diamonds.csv"}, Aggregate: "count()",
		Stages: []stages.Spec{{Kind: "faulty", Config: json.RawMessage("{}")}},
	}
	for _, mode := range []pipeline.Mode{pipeline.Sequential, pipeline.Threads} {
		t.Run(string(mode), func(t *testing.T) {
			_, err := pipeline.Run(context.Background(), job, pipeline.Options{Mode: mode, Catalog: &catalog})
			if err == nil || !strings.Contains(err.Error(), "diamonds.csv") || !strings.Contains(err.Error(), "internal error: the stage is faulty") {
				t.Errorf("error is %v", err)
			}
			if class := pipeline.Classify(err); class != pipeline.Failed {
				t.Errorf("class is %d: a bug is not bad data", class)
			}
		})
	}
}
