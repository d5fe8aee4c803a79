package pipeline_test

import (
	"context"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
)

// Reports and outlines say how the columns came into memory.
func TestHowTheInputIsReadIsSaid(t *testing.T) {
	inputs := map[string]string{}
	for _, in := range synthetic(t, 3_000) {
		inputs[in.name] = in.path
	}
	for _, c := range []struct {
		input string
		mode  pipeline.Mode
		want  string
	}{
		{"arrow", pipeline.Mmap, pipeline.InputMapped},
		{"arrow", pipeline.Threads, pipeline.InputRead},
		{"arrow", pipeline.Sequential, pipeline.InputRead},
		{"arrow", pipeline.Pipe, pipeline.InputRead},
		{"arrow zstd", pipeline.Threads, pipeline.InputDecoded},
		{"parquet", pipeline.Mmap, pipeline.InputDecoded},
		{"csv", pipeline.Threads, pipeline.InputDecoded},
	} {
		job := pipeline.Job{Inputs: []string{inputs[c.input]}, Aggregate: "sum(x)"}
		options := pipeline.Options{Mode: c.mode, Workers: 2}
		res, err := pipeline.Run(context.Background(), job, options)
		if err != nil {
			t.Fatal(err)
		}
		r := res.Report
		if r.Input != c.want || (r.Bytes.InPlace > 0) != (c.want == pipeline.InputMapped) {
			t.Errorf("%s in mode %s: %q, %d bytes in place, expected %q", c.input, c.mode, r.Input, r.Bytes.InPlace, c.want)
		}
		s, err := pipeline.Probe(context.Background(), job, pipeline.ProbeOptions{Run: options})
		if err != nil {
			t.Fatal(err)
		}
		if s.Outline.Input != c.want {
			t.Errorf("outline of %s in mode %s: %q, expected %q", c.input, c.mode, s.Outline.Input, c.want)
		}
	}
}
