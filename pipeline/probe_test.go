package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/storage/output"
	"github.com/weir-pipeline/weir/storage/synth"
)

func probe(t *testing.T, job pipeline.Job, o pipeline.Options) *pipeline.Sample {
	t.Helper()
	s, err := pipeline.Probe(context.Background(), job, pipeline.ProbeOptions{Run: o, Budget: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAProbeFindsCostsInEveryFormat(t *testing.T) {
	const rows = 30_000
	for _, in := range synthetic(t, rows) {
		for name, job := range map[string]pipeline.Job{"groups": groups, "rows": selected, "count": counted} {
			t.Run(in.name+" "+name, func(t *testing.T) {
				job.Inputs = []string{in.path}
				s := probe(t, job, pipeline.Options{Workers: 2, ChunkRows: 2048})
				if off := math.Abs(float64(s.TotalRows)/rows - 1); !s.Estimated && off > 0 || off > 0.1 {
					t.Errorf("%d rows in all, expected %d", s.TotalRows, rows)
				}
				if s.Estimated && in.name != "csv" || !s.Estimated && in.name == "csv" && s.Rows < rows {
					t.Errorf("estimated is %v after %d rows", s.Estimated, s.Rows)
				}
				if s.Rows < 1 || s.Rows > rows || s.Chunks < 1 || s.Alone.Rows < 1 {
					t.Errorf("%d rows in %d chunks were sampled", s.Rows, s.Chunks)
				}
				if s.Together != nil && (s.Lanes != 2 || s.Together.Rows+s.Alone.Rows != s.Rows) {
					t.Errorf("%d lanes, %d and %d rows of %d", s.Lanes, s.Alone.Rows, s.Together.Rows, s.Rows)
				}
				if total := s.Alone.Read.Row(2048) + s.Alone.Decode.Row(2048) + s.Alone.Compute.Row(2048); total <= 0 || total > 1e-3 {
					t.Errorf("a row takes %g s", total)
				}
				if !s.Chunk.Leases && name == "rows" {
					t.Error("chunks lease no memory")
				}
				if mapped := in.name == "arrow"; s.Chunk.Mapped != mapped {
					t.Errorf("chunks of mode mmap point into the mapped file: %v", s.Chunk.Mapped)
				}
				if wide := s.Chunk.RowBytes; (name == "count") != (wide == 0) || wide > 200 {
					t.Errorf("%g bytes a row", wide)
				}
				if aggregates := name != "rows"; aggregates != (s.Partial.SizeBytes > 0) || aggregates != (s.Result.RowBytes == 0) {
					t.Errorf("partial %+v, result %+v", s.Partial, s.Result)
				}
				if name == "rows" && (s.Result.Share < 0.01 || s.Result.Share > 0.5 || s.Result.EmitSeconds <= 0) {
					t.Errorf("result %+v", s.Result)
				}
			})
		}
	}
}

func TestAProbeSaysWhatRunWouldDo(t *testing.T) {
	path := arrowTable(t, 20_000)
	job := groups
	job.By, job.Aggregate = "k", "sum(xx)"
	job.Inputs = []string{path}
	o := probe(t, job, pipeline.Options{Mode: pipeline.Mmap, Workers: 3, ChunkRows: 1000}).Outline
	if o.Mode != pipeline.Mmap || o.Workers != 3 || o.ChunkRows != 1000 || o.Reason != "" {
		t.Errorf("%+v", o)
	}
	stages := fmt.Sprint(o.Stages)
	if stages != "[{where x > -1.5 and price < 1000} {derive xx = x * x}]" || fmt.Sprint(o.Columns) != "[x k price]" || o.ColumnsInAll != 8 {
		t.Errorf("stages %s, columns %s of %d", stages, o.Columns, o.ColumnsInAll)
	}
	if auto := probe(t, job, pipeline.Options{Workers: 3}).Outline; auto.Mode != pipeline.Sequential || auto.Reason == "" {
		t.Errorf("auto is %s, because %q", auto.Mode, auto.Reason)
	}
}

func TestAProbeReadsALittle(t *testing.T) {
	const rows = 1_000_000
	path := filepath.Join(t.TempDir(), "table.parquet")
	opts := synth.WriteOptions{Options: output.Options{BatchRows: 20_000}}
	if err := synth.Write(context.Background(), path, synth.Table{Rows: rows, Seed: 3}, opts); err != nil {
		t.Fatal(err)
	}
	s := probe(t, pipeline.Job{Inputs: []string{path}, Aggregate: "sum(x), max(price)"}, pipeline.Options{Workers: 2})
	if s.TotalRows != rows || s.Rows > rows*9/10 {
		t.Errorf("%d of %d rows were read", s.Rows, s.TotalRows)
	}
	places := map[int]bool{}
	for _, p := range s.Places {
		places[p.Split] = true
	}
	if !places[0] || !places[len(s.Outline.Splits)-1] {
		t.Errorf("splits %v of %d were read", places, len(s.Outline.Splits))
	}
}

func TestAProbeLeavesPrunedSplitsOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "table.parquet")
	opts := synth.WriteOptions{Options: output.Options{BatchRows: 1000}}
	if err := synth.Write(context.Background(), path, synth.Table{Rows: 10_000, Seed: 3}, opts); err != nil {
		t.Fatal(err)
	}
	s := probe(t, pipeline.Job{Inputs: []string{path}, Where: "id < 2500", Aggregate: "sum(x)"}, pipeline.Options{Workers: 2})
	if s.Outline.PrunedSplits != 7 || s.Outline.PrunedRows != 7000 || s.TotalRows != 3000 || len(s.Outline.Splits) != 3 {
		t.Errorf("%d splits with %d rows are left out, %d rows in %d splits are left", s.Outline.PrunedSplits, s.Outline.PrunedRows, s.TotalRows, len(s.Outline.Splits))
	}
	none := probe(t, pipeline.Job{Inputs: []string{path}, Where: "id < -1", Aggregate: "sum(x)"}, pipeline.Options{Workers: 2})
	if none.TotalRows != 0 || none.Rows != 0 || none.Outline.PrunedSplits != 10 {
		t.Errorf("nothing is left, but %d rows of %d", none.Rows, none.TotalRows)
	}
}

// The first half of the rows passes the condition, and is a hundred times as
// much work.
func TestAProbeSeesWhereRowsCostMore(t *testing.T) {
	path := arrowTable(t, 400_000)
	heavy := strings.Repeat("sin(exp(cos(", 4) + "x" + strings.Repeat(")))", 4)
	job := pipeline.Job{Inputs: []string{path}, Where: "id < 200000", Derive: []string{"h = " + heavy}, Aggregate: "sum(h)"}
	s, err := pipeline.Probe(context.Background(), job, pipeline.ProbeOptions{Run: pipeline.Options{Workers: 1, ChunkRows: 2000}, Budget: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	var first, last, firsts, lasts float64
	for _, p := range s.Places {
		if p.Split < len(s.Outline.Splits)/2 {
			first, firsts = first+p.Compute, firsts+1
		} else {
			last, lasts = last+p.Compute, lasts+1
		}
	}
	if firsts == 0 || lasts == 0 || first/firsts < 3*last/lasts {
		t.Errorf("rows cost %.2f in the first half and %.2f in the second: %+v", first/firsts, last/lasts, s.Places)
	}
}

func TestWhatIsWrongWithSampledDataIsWhatRunWouldSay(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	late := "a,b\n" + strings.Repeat("1,2\n", 20_000) + "x,1\n"
	for name, job := range map[string]pipeline.Job{
		"a text in a column of integers": {Inputs: []string{file("late.csv", late)}, Aggregate: "sum(a)"},
		"too few fields":                 {Inputs: []string{file("few.csv", "a,b\n1,2\n3\n")}, Aggregate: "sum(a)"},
		"a product that overflows":       {Inputs: []string{file("max.csv", "a\n9223372036854775807\n")}, Aggregate: "max(a*2)"},
		"no such file":                   {Inputs: []string{filepath.Join(dir, "missing.csv")}},
		"no such column":                 {Inputs: []string{file("two.csv", "a,b\n1,2\n")}, Aggregate: "sum(c)"},
		"no input":                       {},
	} {
		t.Run(name, func(t *testing.T) {
			_, want := pipeline.Run(context.Background(), job, pipeline.Options{Mode: pipeline.Sequential})
			_, got := pipeline.Probe(context.Background(), job, pipeline.ProbeOptions{})
			if got == nil || want == nil || got.Error() != want.Error() || pipeline.Classify(got) != pipeline.Classify(want) {
				t.Errorf("probe: %v\nrun:   %v", got, want)
			}
		})
	}
}

func TestAProbeRefusesStandardInput(t *testing.T) {
	_, err := pipeline.Probe(context.Background(), pipeline.Job{Inputs: []string{"-"}, Aggregate: "count()"}, pipeline.ProbeOptions{})
	var usage *pipeline.UsageError
	if !errors.As(err, &usage) || !strings.Contains(err.Error(), "save it to a file") {
		t.Errorf("error is %v", err)
	}
}

func TestAProbeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := pipeline.Probe(ctx, pipeline.Job{Inputs: []string{arrowTable(t, 1000)}, Aggregate: "sum(x)"}, pipeline.ProbeOptions{})
	if pipeline.Classify(err) != pipeline.Interrupted {
		t.Errorf("error is %v", err)
	}
}

func TestNothingToSample(t *testing.T) {
	path := filepath.Join(t.TempDir(), "header.csv")
	if err := os.WriteFile(path, []byte("a,b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := probe(t, pipeline.Job{Inputs: []string{path}, Aggregate: "count()"}, pipeline.Options{})
	if s.Rows != 0 || s.TotalRows != 0 || s.Together != nil {
		t.Errorf("%+v", s)
	}
}

func TestFitIsWhatRunDecides(t *testing.T) {
	for _, in := range synthetic(t, 20_000) {
		job := pipeline.Job{Inputs: []string{in.path}, Aggregate: "sum(x), max(price)", By: "city"}
		s := probe(t, job, pipeline.Options{Workers: 2})
		for _, o := range []pipeline.Options{
			{Mode: pipeline.Sequential}, {Mode: pipeline.Threads, Workers: 3}, {Mode: pipeline.Mmap}, {Mode: pipeline.Pipe, Codec: "json", ChunkRows: 500},
			{Mode: pipeline.Pipe, Codec: "json", MemoryLimitBytes: 100 << 20}, {Mode: pipeline.Threads, MemoryLimitBytes: 64 << 20},
		} {
			fit, err := s.Fit(o)
			if err != nil {
				t.Fatal(err)
			}
			if o.Workers == 0 {
				o.Workers = 2
			}
			res, err := pipeline.Run(context.Background(), job, o)
			if err != nil {
				t.Fatal(err)
			}
			r := res.Report
			if fit.Mode != r.Mode || fit.Codec != r.Codec || fit.Workers != r.Workers || fit.ChunkRows != r.ChunkRows {
				t.Errorf("%s: fitted to %+v: %+v; run: %s/%s, %d workers, %d rows", in.name, o, fit, r.Mode, r.Codec, r.Workers, r.ChunkRows)
			}
		}
		if _, err := s.Fit(pipeline.Options{Mode: pipeline.Mmap, Workers: 100, MemoryLimitBytes: 64 << 20}); pipeline.Classify(err) != pipeline.Limit {
			t.Errorf("a hundred processes in 64 MiB: %v", err)
		}
	}
}
