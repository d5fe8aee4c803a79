package compare_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
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
		{"a way and itself", compare.Options{Modes: []pipeline.Mode{pipeline.Threads, pipeline.Mmap, pipeline.Threads}}, []string{"threads", "mmap", "threads #2"}},
		{"workers listed twice", compare.Options{Modes: []pipeline.Mode{pipeline.Sequential, pipeline.Threads}, Workers: []int{2, 2, 2}},
			[]string{"sequential", "threads x2", "threads x2 #2", "threads x2 #3"}},
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

// table is a file with columns k, x, y and others.
func table(t *testing.T, rows int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.parquet")
	if err := synth.Write(context.Background(), path, synth.Table{Rows: rows, Seed: 1}, synth.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRun(t *testing.T) {
	var runs []string
	job := pipeline.Job{Inputs: []string{table(t, 20_000)}, Aggregate: "sum(x), stddev(y)", By: "k"}
	c, err := compare.Run(context.Background(), job, compare.Options{
		Trials: 6, Workers: []int{2}, Seed: 7,
		Progress: func(done, total int, next compare.Way) {
			if total != 28 || done != len(runs) {
				t.Errorf("run %d of %d, after %d", done, total, len(runs))
			}
			runs = append(runs, next.String())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	round := []string{"mmap x2", "pipe/raw x2", "sequential", "threads x2"}
	for i := 0; i < len(runs); i += 4 { // the first round warms up
		if got := slices.Sorted(slices.Values(runs[i : i+4])); !slices.Equal(got, round) {
			t.Errorf("round %d has %q", i/4, got)
		}
	}
	if len(c.Rows) != 4 || c.Digest == "" || c.Trials != 6 || c.Stop != compare.StopTrials || c.Seed != 7 || c.Cache != compare.Warm {
		t.Fatalf("%+v", c)
	}
	for i, s := range c.Rows {
		if len(s.Reports) != 6 || len(s.Samples) != 6 || !s.Summary.Known() || s.Median() < s.Summary.Lo || s.Median() > s.Summary.Hi || s.Summary.Lo <= 0 {
			t.Errorf("%s: %d runs, %+v", s.Way, len(s.Reports), s.Summary)
		}
		if s.Median() < c.Rows[c.Fastest].Median() {
			t.Errorf("%s is faster than the fastest", s.Way)
		}
		if one := s.AgainstFastest; i == c.Fastest && (one.Ratio != 1 || one.Different) || one.Ratio <= 0 {
			t.Errorf("%s against the fastest: %+v", s.Way, one)
		}
		for j, sample := range s.Samples {
			position := slices.Index(runs[4*sample.Round:4*sample.Round+4], s.Way.String()) + 1
			if sample.Round != j+1 || sample.Position != position || sample.Wall != s.Reports[j].Wall || s.Reports[j].Digest != c.Digest {
				t.Errorf("%s: sample %d is %+v", s.Way, j, sample)
			}
		}
	}
}

// Run's options reach every run, except those that are compared.
func TestOptionsOfTheRuns(t *testing.T) {
	c, err := compare.Run(context.Background(), pipeline.Job{Inputs: []string{table(t, 1000)}, Select: "id"}, compare.Options{
		Trials: 1, Modes: []pipeline.Mode{pipeline.Threads, pipeline.Pipe, pipeline.Mmap}, ChunkRows: []int{100},
		Run: pipeline.Options{Trace: true, Mode: pipeline.Sequential, ChunkRows: 7},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Rows {
		if r := s.Reports[0]; r.Trace == nil || r.Mode != s.Way.Mode || r.ChunkRows != 100 {
			t.Errorf("%s: mode %s, chunks of %d rows, trace %v", s.Way, r.Mode, r.ChunkRows, r.Trace)
		}
	}
}

func TestInvalidOptions(t *testing.T) {
	job := pipeline.Job{Inputs: []string{table(t, 10)}, Aggregate: "count()"}
	for name, o := range map[string]compare.Options{
		"trials":    {Trials: -1},
		"precision": {Precision: -0.1},
		"imprecise": {Precision: 1},
		"no number": {Precision: math.NaN()},
		"budget":    {Budget: -1},
		"cache":     {Cache: "hot"},
		"mode":      {Modes: []pipeline.Mode{"fast"}},
		"workers":   {Workers: []int{-1}},
		"a run's":   {Run: pipeline.Options{MemoryLimitBytes: 1}},
	} {
		_, err := compare.Run(context.Background(), job, o)
		var usage *pipeline.UsageError
		if !errors.As(err, &usage) {
			t.Errorf("%s: error is %v, want a usage error", name, err)
		}
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
