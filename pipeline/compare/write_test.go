package compare_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/compare"
)

// comparison is a small one with a way that is compared with itself.
func comparison(t *testing.T, trials int) *compare.Comparison {
	t.Helper()
	c, err := compare.Run(context.Background(), pipeline.Job{Inputs: []string{table(t, 5000)}, Aggregate: "sum(x)"}, compare.Options{
		Trials: trials, Modes: []pipeline.Mode{pipeline.Threads, pipeline.Pipe, pipeline.Threads}, Codecs: []string{"raw", "json"}, Workers: []int{2},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCSVHasALineForEachRun(t *testing.T) {
	c := comparison(t, 2)
	var out bytes.Buffer
	if err := c.WriteCSV(&out); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(lines) != 1+4*2 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	if got := strings.Join(lines[0], ","); got != "way,mode,codec,workers,chunk_rows,round,position,wall_s,cpu_s,resident,digest" {
		t.Errorf("columns are %s", got)
	}
	for i, line := range lines[1:] {
		if round, position := fmt.Sprint(i/4+1), fmt.Sprint(i%4+1); line[5] != round || line[6] != position {
			t.Errorf("line %d is of round %s, position %s", i, line[5], line[6])
		}
		row := slices.IndexFunc(c.Rows, func(s compare.Series) bool { return s.Way.String() == line[0] })
		wall, err := strconv.ParseFloat(line[7], 64)
		if err != nil || row < 0 || wall != c.Rows[row].Samples[i/4].Wall.Seconds() || line[10] != c.Digest {
			t.Errorf("line %d is %q", i, line)
		}
	}
}

// What WriteBenchmark writes is read by the reader of benchstat.
func TestBenchmarkFormat(t *testing.T) {
	c := comparison(t, 2)
	c.Environment.CPU, c.Environment.GOMAXPROCS = "Some CPU", 4
	var out bytes.Buffer
	if err := c.WriteBenchmark(&out); err != nil {
		t.Fatal(err)
	}
	names := map[string]int{}
	reader := benchfmt.NewReader(&out, "test")
	for reader.Scan() {
		switch r := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			t.Error(r)
		case *benchfmt.Result:
			names[string(r.Name)]++
			for key, want := range map[string]string{
				"goos": c.Environment.OS, "goarch": c.Environment.Arch, "pkg": "github.com/weir-pipeline/weir", "cpu": "Some CPU",
				"cache": "warm", "seed": fmt.Sprint(c.Seed), "digest": c.Digest,
			} {
				if got := r.GetConfig(key); got != want {
					t.Errorf("%s is %q, want %q", key, got, want)
				}
			}
			seconds, _ := r.Value("sec/op")
			bytesPerSecond, _ := r.Value("B/s")
			rows, _ := r.Value("rows/s")
			if r.Iters != 1 || seconds <= 0 || bytesPerSecond <= 0 || math.Abs(rows*seconds-5000) > 1 {
				t.Errorf("%s: %+v", r.Name, r.Values)
			}
		}
	}
	if err := reader.Err(); err != nil {
		t.Error(err)
	}
	if units := reader.Units(); units.GetAssumption("sec/op") == nil || units.GetBetter("rows/s") != 1 || units.GetBetter("sec/op") != -1 {
		t.Errorf("units are %+v", units)
	}
	want := []string{
		"Compare/mode=pipe/codec=json/workers=2/chunk-rows=32768-4", "Compare/mode=pipe/codec=raw/workers=2/chunk-rows=32768-4",
		"Compare/mode=threads/workers=2/chunk-rows=16384-4", "Compare/mode=threads/workers=2/chunk-rows=16384/repeat=2-4",
	}
	if got := slices.Sorted(maps.Keys(names)); !slices.Equal(got, want) || names[want[0]] != 2 {
		t.Errorf("%v, want two each of %q", names, want)
	}
}

// JSON has everything, and null for what is not known.
func TestJSON(t *testing.T) {
	for trials, known := range map[int]bool{2: false, 6: true} {
		text, err := json.Marshal(comparison(t, trials))
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Digest, Stop, Cache string
			Trials              int
			Seed                uint64
			Environment         map[string]any
			Ways                []struct {
				Way, Mode string
				Workers   int
				Summary   struct {
					Median float64  `json:"median_s"`
					Lo     *float64 `json:"lo_s"`
				}
				Against struct {
					Ratio, P float64
					Lo       *float64
				} `json:"against_fastest"`
				Samples []struct {
					Round, Position int
					Wall            float64 `json:"wall_s"`
				}
				Runs []struct {
					Digest string
					Lanes  []any
				}
			}
		}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(err)
		}
		if len(c.Digest) != 64 || c.Stop != "trials" || c.Cache != "warm" || c.Trials != trials || c.Seed == 0 || c.Environment["go"] == "" || len(c.Ways) != 4 {
			t.Errorf("%s", text)
		}
		for _, w := range c.Ways {
			if w.Mode == "" || w.Workers != 2 || len(w.Samples) != trials || len(w.Runs) != trials || w.Summary.Median <= 0 || (w.Summary.Lo != nil) != known ||
				w.Runs[0].Digest != c.Digest || len(w.Runs[0].Lanes) == 0 || w.Samples[0].Wall <= 0 || w.Against.Ratio <= 0 {
				t.Errorf("%d trials: %+v", trials, w)
			}
		}
	}
}
