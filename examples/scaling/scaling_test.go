package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline/environment"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A small measurement, whole: the page has every figure, and the plots are
// there.
func TestProgramWritesPageAndPlots(t *testing.T) {
	dir := t.TempDir()
	weir := filepath.Join(dir, "weir.exe")
	if out, err := exec.Command("go", "build", "-o", weir, "../../cmd/weir").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s, err := parse([]string{"-weir", weir, "-data", filepath.Join(dir, "data"), "-out", filepath.Join(dir, "out"), "-trials", "1",
		"-rows", "20k,40k", "-csv-rows", "20k", "-formats", "arrow,csv,parquet", "-chunk-rows", "1k,20k", "-chunked-rows", "40k"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var messages bytes.Buffer
	if err := run(context.Background(), s, &messages); err != nil {
		t.Fatalf("%v\n%s", err, &messages)
	}
	page := read(t, filepath.Join(dir, "out", "scaling.md"))
	for _, want := range []string{"\n| T1 | Arrow | 20,000 | ", "\n| T3 | Parquet | 40,000 | ", "\n| T3 | CSV | 20,000 | ", "\n| T1 | Arrow | threads | ",
		"![Time by rows](scaling-rows.svg)", "40,000 rows of Arrow in batches of 20,000", "![Time by rows in a chunk](scaling-chunks.svg)", "\n| T1 | 1,000 | ", "\n| T3 | 20,000 | "} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "| CSV | 40,000 |") {
		t.Errorf("CSV goes beyond -csv-rows:\n%s", page)
	}
	for name, panels := range map[string]int{"scaling-rows.svg": 12, "scaling-chunks.svg": 2} {
		svg := read(t, filepath.Join(dir, "out", name))
		wellFormed(t, svg)
		if got := strings.Count(svg, "<g "); got != panels {
			t.Errorf("%s has %d panels, not %d", name, got, panels)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "t40k-batches-20k.arrow")); err != nil {
		t.Error(err)
	}

	// A file that has another number of rows than its name says is refused.
	if err := os.Rename(filepath.Join(dir, "data", "t20k.csv"), filepath.Join(dir, "data", "t40k.csv")); err != nil {
		t.Fatal(err)
	}
	s.formats, s.csvRows, s.rows = []string{"csv"}, 40_000, []int64{40_000}
	if err := run(context.Background(), s, io.Discard); err == nil || !strings.HasSuffix(err.Error(), "t40k.csv: it has 20,000 rows, but by its name it should have 40,000: remove it") {
		t.Error(err)
	}
}

func wellFormed(t *testing.T, svg string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// invented is a report of times that are given by a rule: a fixed part, a part
// for each row, and for mmap twice of the first.
func invented() *report {
	r := &report{settings: &settings{workers: 2, trials: 3, seed: 7, chunkedRows: 20_000_000, chunkRows: []int64{1000, 64_000, 4_000_000}}, weir: "devel"}
	times := func(ms float64) []time.Duration {
		var all []time.Duration
		for _, f := range []float64{1.1, 1, 0.95} {
			all = append(all, time.Duration(f*ms*float64(time.Millisecond)))
		}
		return all
	}
	for i, t := range tasks() {
		rows := &measurement{task: t, format: "arrow"}
		chunks := &measurement{task: t, format: "arrow"}
		for j, mode := range modes() {
			c, d := &curve{mode: mode}, &curve{mode: mode}
			for _, n := range []int64{1_000_000, 5_000_000, 50_000_000} {
				c.points = append(c.points, &point{size: n, rows: n, times: times(5*float64(j+1) + float64(n)*1e-6*float64(i+1))})
			}
			for _, n := range r.chunkRows {
				d.points = append(d.points, &point{size: n, rows: r.chunkedRows, times: times(20*float64(i+1) + 0.005*float64(j+1)*float64(r.chunkedRows/n))})
			}
			rows.curves, chunks.curves = append(rows.curves, c), append(chunks.curves, d)
		}
		r.byRows, r.byChunkRows = append(r.byRows, rows), append(r.byChunkRows, chunks)
	}
	return r
}

func TestPageAndPlotsOfInventedTimes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the golden files have mode mmap")
	}
	r := invented()
	machine := environment.Environment{Cores: 2, CPU: "a processor", Memory: 8e9, Kernel: "a system"}
	for name, got := range map[string]string{
		"scaling.md":         r.page(machine, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)),
		"scaling-rows.svg":   r.rowsFigure().svg(),
		"scaling-chunks.svg": r.chunksFigure().svg(),
	} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want := read(t, path); got != want {
			t.Errorf("%s has changed; look at it and run the test with -update:\n%s", path, got)
		}
	}
}

func TestFit(t *testing.T) {
	c := &curve{}
	if _, ok := c.fit(); ok {
		t.Error("a line through no point")
	}
	for _, n := range []int64{1e6, 2e6, 5e6} {
		c.points = append(c.points, &point{rows: n, times: []time.Duration{3*time.Millisecond + time.Duration(2*n)}})
	}
	if f, ok := c.fit(); !ok || math.Abs(f.fixedS-3e-3) > 1e-9 || math.Abs(f.rowNs-2) > 1e-6 || f.worst > 1e-6 {
		t.Errorf("3 ms and 2 ns a row are fitted by %+v", f)
	}
	c.points[0].times[0] = 1 // less than the rows can take: no negative start
	if f, _ := c.fit(); f.fixedS != 0 || f.rowNs <= 0 || f.worst < 0.5 {
		t.Errorf("%+v", f)
	}
}

func TestMedianAndPerRow(t *testing.T) {
	p := &point{rows: 10, times: []time.Duration{90, 10, 50, 30}}
	if got := p.median(); got != 40 || p.perRow(got) != 4 {
		t.Errorf("median %v, a row %v ns", got, p.perRow(got))
	}
}

func TestTicks(t *testing.T) {
	texts := func(a axis) string {
		var all []string
		last := math.Inf(-1)
		for _, tick := range a.ticks {
			if at := a.place(tick.at); at < -1e-9 || at > 1+1e-9 || at <= last {
				t.Errorf("%s is at %v, after %v", tick.text, at, last)
			} else {
				last = at
			}
			all = append(all, tick.text)
		}
		return strings.Join(all, " ")
	}
	for want, a := range map[string]axis{
		"1k 64k 1.5M":                  sizeAxis("", []int64{1000, 64_000, 1_500_000}),
		"10":                           sizeAxis("", []int64{10}),
		"2 ms 5 ms 10 ms 20 ms":        logAxis("", 2e-3, 30e-3, secondsText),
		"100 µs 1 ms 10 ms 100 ms 1 s": logAxis("", 1e-4, 2, secondsText),
		"0.7 1 2":                      logAxis("", 1.2, 1.5, number),
		"0.7 1 2 3 5":                  logAxis("", 0.75, 4.5, number),
	} {
		if got := texts(a); got != want {
			t.Errorf("ticks %s, want %s", got, want)
		}
	}
}

func TestCounts(t *testing.T) {
	for text, want := range map[string]int64{"7": 7, "64k": 64_000, "10M": 10_000_000} {
		if got, err := count("rows", text); err != nil || got != want || shortCount(got) != text {
			t.Errorf("%s is %d, %v, %s", text, got, err, shortCount(got))
		}
	}
	if got, err := counts("rows", "2M, 1M,2M"); err != nil || !slices.Equal(got, []int64{1e6, 2e6}) {
		t.Error(got, err)
	}
}

func TestFlagsThatCannotBeMeant(t *testing.T) {
	for want, args := range map[string][]string{
		`-rows: "1G" is no number of rows such as 1000, 64k or 10M`: {"-rows", "1G"},
		`-chunk-rows: "0" is no number of rows`:                     {"-chunk-rows", "0"},
		`-csv-rows: "9999999M" is no number of rows`:                {"-csv-rows", "9999999M"},
		`-formats: "npy" is unknown; possible are arrow, csv`:       {"-formats", "npy"},
		`-tasks: "T2" is unknown; possible are T1, T3`:              {"-tasks", "T2"},
		"-trials 0: at least 1 is needed":                           {"-trials", "0"},
		`"x" is no flag`:                                            {"x"},
	} {
		if _, err := parse(args, io.Discard); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v: %v; %q was expected", args, err, want)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
