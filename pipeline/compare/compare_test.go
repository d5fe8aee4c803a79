package compare_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/storage/synth"
)

func TestMain(m *testing.M) {
	pipeline.ServeWorker(stages.Builtin())
	os.Exit(m.Run())
}

func TestWays(t *testing.T) {
	for _, c := range []struct {
		name    string
		options compare.Options
		want    []string
	}{
		{"all modes", compare.Options{}, []string{"sequential", "threads", "pipe/raw", "mmap"}},
		{"codecs are for pipe", compare.Options{Modes: []pipeline.Mode{pipeline.Pipe, pipeline.Mmap}, Codecs: []string{"raw", "json"}},
			[]string{"pipe/raw", "pipe/json", "mmap"}},
		{"sequential has one worker", compare.Options{Modes: []pipeline.Mode{pipeline.Sequential, pipeline.Threads}, Workers: []int{1, 2}},
			[]string{"sequential", "threads x1", "threads x2"}},
		{"chunk sizes", compare.Options{Modes: []pipeline.Mode{pipeline.Mmap}, ChunkRows: []int{1000, 65536}},
			[]string{"mmap @1000", "mmap @65536"}},
		{"asked for twice", compare.Options{Modes: []pipeline.Mode{pipeline.Threads, pipeline.Threads}}, []string{"threads"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, w := range c.options.Ways() {
				got = append(got, w.String())
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("ways are %q, want %q", got, c.want)
			}
		})
	}
}

func TestRunInterleavesAndChecks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.parquet")
	if err := synth.Write(context.Background(), path, synth.Table{Rows: 20_000, Seed: 1}, synth.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	var order []string
	c, err := compare.Run(context.Background(), pipeline.Job{Inputs: []string{path}, Aggregate: "sum(x), stddev(y)", By: "k"}, compare.Options{
		Trials: 2, Workers: []int{2},
		Progress: func(done, total int, next compare.Way) {
			if total != 12 || done != len(order) {
				t.Errorf("run %d of %d, after %d", done, total, len(order))
			}
			order = append(order, next.String())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	round := []string{"sequential", "threads x2", "pipe/raw x2", "mmap x2"}
	if want := append(append(round[:4:4], round...), round...); !reflect.DeepEqual(order, want) {
		t.Errorf("order is %q, want %q", order, want)
	}
	if len(c.Rows) != 4 || c.Digest == "" {
		t.Fatalf("%d ways, digest %q", len(c.Rows), c.Digest)
	}
	for _, s := range c.Rows {
		shortest, longest := s.Range()
		if len(s.Reports) != 2 || s.Median() < shortest || s.Median() > longest || shortest <= 0 {
			t.Errorf("%s: %d runs, median %v of %v to %v", s.Way, len(s.Reports), s.Median(), shortest, longest)
		}
	}
	if _, err := json.Marshal(c); err != nil {
		t.Error(err)
	}
}

func TestStandardInputIsRefused(t *testing.T) {
	_, err := compare.Run(context.Background(), pipeline.Job{Inputs: []string{"-"}, Aggregate: "count()"}, compare.Options{})
	var usage *pipeline.UsageError
	if !errors.As(err, &usage) {
		t.Errorf("error is %v, want a usage error", err)
	}
}

func TestACancelledComparisonEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	path := filepath.Join(t.TempDir(), "t.csv")
	if err := synth.Write(ctx, path, synth.Table{Rows: 1000, Seed: 1}, synth.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := compare.Run(ctx, pipeline.Job{Inputs: []string{path}, Aggregate: "count()"}, compare.Options{
		Progress: func(done, _ int, _ compare.Way) {
			if done == 3 {
				cancel()
			}
		},
	})
	if pipeline.Classify(err) != pipeline.Interrupted {
		t.Errorf("error is %v", err)
	}
}
