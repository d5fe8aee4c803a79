package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	of := func(s sample) float64 { return s.Wall }
	for _, c := range []struct {
		walls []float64
		want  float64
	}{
		{[]float64{3}, 3},
		{[]float64{3, 1}, 2},
		{[]float64{9, 1, 3}, 3},
		{[]float64{4, 1, 9, 2}, 3},
	} {
		var samples []sample
		for _, w := range c.walls {
			samples = append(samples, sample{Wall: w})
		}
		if got := median(samples, of); got != c.want {
			t.Errorf("median of %v: %v, expected %v", c.walls, got, c.want)
		}
	}
}

func TestNear(t *testing.T) {
	for _, c := range []struct {
		a, b json.Number
		want bool
	}{
		{"1", "1.0", true},
		{"999302.589061869", "999302.5890619081", true},
		{"1e-300", "2e-300", false},
		{"0", "0", true},
		{"0", "1e-18", false},
		{"17002025676457239054", "-1444718397252312562", false},
		{"17002025676457239054", "17002025676457239055", true},
		{"-5", "5", false},
		{"", "", true}, // null
		{"", "0", false},
	} {
		if got := near(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %v, expected %v", c.a, c.b, got, c.want)
		}
	}
}

func TestDifferencesAreNamed(t *testing.T) {
	row := func(values ...json.Number) []json.Number { return values }
	many := make([]json.Number, 48)
	for i := range many {
		many[i] = "1"
	}
	wrapped := append([]json.Number(nil), many...)
	wrapped[6*5+1] = "-1"
	all := tasks()
	for _, c := range []struct {
		task       task
		weir, peer [][]json.Number
		want       string
	}{
		{all[0], [][]json.Number{row("1")}, [][]json.Number{row("1.0000000000001")}, ""},
		{all[0], [][]json.Number{row("1")}, nil, "T1: P has 0 rows, weir has 1"},
		{all[3], [][]json.Number{row("1", "2")}, [][]json.Number{row("1")}, "T4: P has 1 columns, weir has 2"},
		{all[1], [][]json.Number{many}, [][]json.Number{wrapped}, "T2: row 1, column 32 (sum of ts): P has -1, weir has 1"},
	} {
		if got := strings.Join(differences(way{name: "P"}, c.task, c.weir, c.peer), "; "); got != c.want {
			t.Errorf("%q, expected %q", got, c.want)
		}
	}
}

func TestWrongFlagsAreRefused(t *testing.T) {
	good := options{trials: 1, tasks: "T1", formats: "csv", format: "table"}
	for want, change := range map[string]func(*options){
		"at least one run": func(o *options) { o.trials = 0 },
		`no task "T9"`:     func(o *options) { o.tasks = "T1,T9" },
		`no format "npy"`:  func(o *options) { o.formats = "npy" },
		"table, markdown":  func(o *options) { o.format = "html" },
		"make build":       func(o *options) { o.weir = filepath.Join(t.TempDir(), "weir") },
	} {
		o := good
		change(&o)
		if err := o.run(context.Background(), new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, expected %q", o, err, want)
		}
	}
}

// TestPeers times small files: weir alone, and beside the peers where
// WEIR_PEERS is the directory of their node_modules.
func TestPeers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("mode mmap is not there on Windows")
	}
	weir := filepath.Join(t.TempDir(), "weir")
	if out, err := exec.Command("go", "build", "-o", weir, "../../cmd/weir").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dirs := map[string]string{"weir alone": t.TempDir()}
	if dir := os.Getenv("WEIR_PEERS"); dir != "" {
		dirs["with peers"] = dir
	}
	data := t.TempDir()
	for name, dir := range dirs {
		t.Run(name, func(t *testing.T) {
			o := options{weir: weir, dir: dir, data: data, rows: 20_000, trials: 2, tasks: "T1,T2,T3,T4,T5", formats: "csv,parquet,arrow", format: "json", seed: 1}
			var out bytes.Buffer
			if err := o.run(context.Background(), &out); err != nil {
				t.Fatal(err)
			}
			var got struct{ Cells []*cell }
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if len(got.Cells) != 15 {
				t.Fatalf("%d cells, expected 15", len(got.Cells))
			}
			for _, c := range got.Cells {
				if c.Rows != 20_000 || len(c.Results) < 2 {
					t.Errorf("%s %s: %d rows, %d results", c.Format, c.Task, c.Rows, len(c.Results))
				}
				for _, r := range c.Results {
					if len(r.Samples) != 2 || r.inside() <= 0 || r.wall() < r.inside() {
						t.Errorf("%s %s by %s: %+v", c.Format, c.Task, r.Way, r.Samples)
					}
					if runtime.GOOS == "linux" && (r.Memory.OwnBytes <= 0 || r.Memory.AllBytes < r.Memory.OwnBytes) {
						t.Errorf("%s %s by %s: %+v", c.Format, c.Task, r.Way, r.Memory)
					}
				}
				for _, d := range c.Differences {
					// Polars sums float32 as such, DuckDB loses digits of a large deviation.
					if !strings.Contains(d, " of f)") && !strings.Contains(d, "stddev of ts") {
						t.Errorf("%s %s", c.Format, d)
					}
				}
			}
		})
	}
}

func TestTables(t *testing.T) {
	of := func(name, mode string, inside, wall float64, own int64) *result {
		return &result{Way: name, weir: mode != "", mode: mode, Samples: []sample{{Inside: inside, Wall: wall}}, Memory: memory{OwnBytes: own, AllBytes: 2 * own}}
	}
	cells := []*cell{{
		Task: "T1", Format: "csv", Rows: 10_000_000,
		Results: []*result{
			of("weir threads", "threads", 0.2, 0.21, 20e6), of("weir mmap", "mmap", 0.25, 0.27, 40e6),
			of("A", "", 0.4, 0.5, 100e6), of("B", "", 0.5, 0.6, 80e6),
		},
		Differences: []string{"T1: something"},
	}}
	var aligned, markdown bytes.Buffer
	write(&aligned, cells, false)
	write(&markdown, cells, true)
	for _, want := range []string{
		"csv, 10M rows",
		"0.200 s  0.250 s    0.400 s  A            0.50            1.25",
		"0.210 s  0.270 s    0.500 s  A            0.42            1.29",
		"20 MB  40 MB         80 MB  B            0.25                40 MB             80 MB",
		"answers differ: csv T1: something",
	} {
		if !strings.Contains(aligned.String(), want) {
			t.Errorf("%q is not in\n%s", want, aligned.String())
		}
	}
	if want := "| ---: | ---: |"; !strings.Contains(markdown.String(), want) {
		t.Errorf("%q is not in\n%s", want, markdown.String())
	}
}
