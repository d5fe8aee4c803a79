package pipeline_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/codec"
	"github.com/weir-pipeline/weir/stages/result"
)

// way is a mode and, for pipe, a codec.
type way struct {
	mode  pipeline.Mode
	codec string
}

func (w way) String() string { return strings.TrimSuffix(string(w.mode)+"/"+w.codec, "/") }

func ways() []way {
	all := []way{{mode: pipeline.Sequential}, {mode: pipeline.Threads}, {mode: pipeline.Mmap}}
	for _, c := range codec.Names() {
		all = append(all, way{pipeline.Pipe, c})
	}
	return all
}

var (
	groups = pipeline.Job{
		Derive: []string{"xx = x * x"}, Where: "x > -1.5 and price < 1000", By: "k, city",
		Aggregate: "count() as n, sum(xx) as s, mean(y), min(z), max(z), var(x), stddev(price), count(z), max(city), sum(ts)",
	}
	shapes = pipeline.Job{
		Where: "x > -1.5 and price < 1000", By: "k",
		Aggregate: "first(id), last(id), first(z), last(city), first(if(x > 1, f, null)) as some, histogram(y, -2, 2, 8), histogram(id, 0, 8000, 3), " +
			"count_distinct(city), count_distinct(x), approx_count_distinct(x), approx_count_distinct(city), corr(x, y), covar(z, id), covar_pop(price, f)",
	}
	overall   = pipeline.Job{Aggregate: shapes.Aggregate, Where: "id > 17 and id != 7999"}
	quantiles = pipeline.Job{
		Where: "x > -1.5", By: "k",
		Aggregate: "median(x), quantile(price, 0.99), quantile(ts, 0.1), quantile(id, 0.37), approx_quantile(y, 0.9), approx_quantile(id, 0.5, 0.001), sum(x)",
	}
	counted  = pipeline.Job{Aggregate: "count()"}
	selected = pipeline.Job{Where: "x > 1 or z < -4", Select: "id, city, x, z, f"}
)

// TestEveryWayGivesTheSameBytes runs the same jobs in every mode, with every
// codec, on every format, with chunks from a thousand rows to the whole file
// and one to four workers.
func TestEveryWayGivesTheSameBytes(t *testing.T) {
	inputs := synthetic(t, 8_000)
	for name, job := range map[string]pipeline.Job{"groups": groups, "shapes": shapes, "overall": overall, "rows": selected, "count": counted, "quantiles": quantiles} {
		t.Run(name, func(t *testing.T) {
			want := run(t, inputs[2], job, way{mode: pipeline.Sequential}, 1, 65536)
			workers := 0
			for _, in := range inputs {
				for _, w := range ways() {
					for _, chunkRows := range []int{1000, 65536, 1_000_000} {
						if name != "groups" && name != "shapes" && chunkRows != 1000 || w.codec == "json" && chunkRows == 65536 {
							continue
						}
						workers++ // in turn: each is met with each mode and format
						got := run(t, in, job, w, workers%4+1, chunkRows)
						same(t, got, want, in, w, workers%4+1, chunkRows)
					}
				}
			}
		})
	}
}

func TestAnyNumberOfWorkersGivesTheSameBytes(t *testing.T) {
	in := synthetic(t, 2_000)[1]
	want := run(t, in, groups, way{mode: pipeline.Sequential}, 1, 500)
	for _, w := range ways() {
		for workers := 1; workers <= 4; workers++ {
			same(t, run(t, in, groups, w, workers, 500), want, in, w, workers, 500)
		}
	}
}

// TestEveryValueSurvivesEveryWay has one and seven rows a chunk, so that
// bitmaps and texts are cut within bytes.
func TestEveryValueSurvivesEveryWay(t *testing.T) {
	jobs := map[string]pipeline.Job{
		"all columns": {},
		"some rows":   {Where: "unsigned > 9223372036854775807 or float != float"},
		"ends":        {By: "text", Aggregate: "first(float), last(float), first(unsigned), last(unsigned), first(text), count_distinct(float), approx_count_distinct(float), count_distinct(unsigned), histogram(unsigned, 0, 1e19, 5)"},
		"groups":      {By: "text", Aggregate: "count(), count(float), sum(float), min(unsigned), max(unsigned), min(text)"},
		"quantiles":   {Where: "float = float", Aggregate: "median(float), quantile(unsigned, 0.9), approx_quantile(float, 0.5), quantile(float, 1)"},
	}
	for _, in := range extremes(t, 30) {
		for name, job := range jobs {
			t.Run(in.name+", "+name, func(t *testing.T) {
				want := run(t, in, job, way{mode: pipeline.Sequential}, 1, 1000)
				for _, w := range ways() {
					for i, chunkRows := range []int{1, 7} {
						same(t, run(t, in, job, w, i+1, chunkRows), want, in, w, i+1, chunkRows)
					}
				}
			})
		}
	}
}

// outcome is what a run gave: its text and its digest.
type outcome struct{ text, digest string }

func run(t *testing.T, in input, job pipeline.Job, w way, workers, chunkRows int) outcome {
	t.Helper()
	job.Inputs = []string{in.path}
	res, err := pipeline.Run(context.Background(), job, pipeline.Options{Mode: w.mode, Codec: w.codec, Workers: workers, ChunkRows: chunkRows})
	if err != nil {
		t.Fatalf("%s of %s by %d workers in chunks of %d: %v", w, in.name, workers, chunkRows, err)
	}
	checkAccount(t, fmt.Sprintf("%s of %s by %d workers in chunks of %d", w, in.name, workers, chunkRows), res.Report)
	var text bytes.Buffer
	if err := result.WriteJSON(&text, res.Table, res.Report.Digest); err != nil {
		t.Fatal(err)
	}
	return outcome{text.String(), res.Report.Digest}
}

func same(t *testing.T, got, want outcome, in input, w way, workers, chunkRows int) {
	t.Helper()
	if got == want {
		return
	}
	at := 0
	for at < min(len(got.text), len(want.text)) && got.text[at] == want.text[at] {
		at++
	}
	from := max(0, at-60)
	t.Errorf("%s of %s by %d workers in chunks of %d differs at byte %d:\n got %.200s\nwant %.200s",
		w, in.name, workers, chunkRows, at, got.text[from:], want.text[from:])
}

// checkAccount holds a report to its promises: a lane's spans and what is
// unaccounted add up to its life, next to nothing is unaccounted, nobody lived
// longer than the run, and copies are counted.
func checkAccount(t *testing.T, what string, r pipeline.Report) {
	t.Helper()
	for _, l := range r.Lanes {
		sum := l.Unaccounted
		for _, d := range l.Spans {
			sum += d
		}
		if sum != l.Lifetime {
			t.Errorf("%s: lane %s: its spans add up to %v, it lived %v", what, l.Name, sum, l.Lifetime)
		}
		if u := l.Unaccounted.Abs(); u > 2*time.Millisecond && u > l.Lifetime/50 {
			t.Errorf("%s: lane %s: %v of %v are unaccounted", what, l.Name, l.Unaccounted, l.Lifetime)
		}
		if l.Lifetime <= 0 || l.Lifetime > r.Wall+10*time.Millisecond {
			t.Errorf("%s: lane %s lived %v in a run of %v", what, l.Name, l.Lifetime, r.Wall)
		}
	}
	workers := 0
	for _, l := range r.Lanes {
		if strings.HasPrefix(l.Name, "worker ") {
			workers++
		}
	}
	processes := r.Mode == pipeline.Pipe || r.Mode == pipeline.Mmap
	if processes && workers != r.Workers*r.Passes || !processes && workers != 0 {
		t.Errorf("%s: %d workers say how they spent their time, of %d", what, workers, r.Workers)
	}
	if r.Mode == pipeline.Pipe && r.Bytes.Copied == 0 && r.Chunks > 0 && r.Codec != "raw" {
		t.Errorf("%s: nothing was copied", what)
	}
	if r.Mode == pipeline.Mmap && r.Bytes.Copied != 0 {
		t.Errorf("%s: %d bytes were copied: %v", what, r.Bytes.Copied, r.Copies)
	}
}
