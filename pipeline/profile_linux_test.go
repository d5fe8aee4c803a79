package pipeline_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/profile"
)

func TestAWorkerThatFailsAtItsProfileEndsTheRun(t *testing.T) {
	path := arrowTable(t, 20_000)
	for _, wrong := range misprofiles {
		t.Run(wrong.name, func(t *testing.T) {
			t.Setenv(misbehaviour, wrong.name)
			c := profile.New(profile.Options{CPU: true, Heap: true})
			lost(t, pipeline.Job{Inputs: []string{path}, Select: "id, x"}, pipeline.Options{Mode: pipeline.Mmap, Profile: c}, wrong.want)
			if got := c.Processes(profile.CPU); len(got) > 0 {
				t.Errorf("the run has failed, and there are profiles of %q", got)
			}
		})
	}
}

// A worker of a program without a profiler is no reason to fail.
func TestAWorkerThatTakesNoProfileIsWarnedOf(t *testing.T) {
	path := arrowTable(t, 1000)
	t.Setenv(misbehaviour, "takes no profile")
	c := profile.New(profile.Options{CPU: true, Heap: true})
	res, err := pipeline.Run(context.Background(), pipeline.Job{Inputs: []string{path}, Select: "id"},
		pipeline.Options{Mode: pipeline.Pipe, Workers: 1, Profile: c})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []profile.Kind{profile.CPU, profile.Heap} {
		if want := fmt.Sprintf("worker 1 sent no %s profile", k); !strings.Contains(strings.Join(res.Report.Warnings, "\n"), want) {
			t.Errorf("warnings are %q, want %q", res.Report.Warnings, want)
		}
		if got := fmt.Sprint(c.Processes(k)); got != "[coordinator]" {
			t.Errorf("%s profiles of %s", k, got)
		}
	}
}
