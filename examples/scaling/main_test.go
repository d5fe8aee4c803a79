package main

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/stages"
)

func TestMain(m *testing.M) {
	pipeline.ServeWorker(stages.Builtin())
	os.Exit(m.Run())
}

// TestDocuments measures small inputs and looks at what is written.
func TestDocuments(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("mode mmap is not there on Windows")
	}
	out := t.TempDir()
	o := options{out: out, rows: []int64{1000, 20_000}, chunks: []int64{500, 8000}, trials: 2, seed: 1}
	if err := o.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(out, "scaling.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"medians of 2 runs", "| input | mode | 1k | 20k | spread |", "| input | mode | 500 | 8k |", "| csv | threads |", "| arrow | mmap |", "rows.svg", "chunks.svg"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("%q is not in\n%s", want, page)
		}
	}
	for _, name := range []string{"rows.svg", "chunks.svg"} {
		f, err := os.Open(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		marks := 0
		for d := xml.NewDecoder(f); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "circle" {
				marks++
			}
		}
		if want := len(formats) * len(modes) * 2; marks != want {
			t.Errorf("%s has %d marks, expected %d", name, marks, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for list, want := range map[string]string{
		"1,2, 30": "",
		"":        "no positive number",
		"1,x":     `"x" in "1,x" is no positive number`,
		"0":       "no positive number",
		"2,2":     "2 does not ascend",
	} {
		_, err := numbers(list)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, expected %q", list, err, want)
		}
	}
}

func TestSteps(t *testing.T) {
	for _, c := range []struct{ most, want float64 }{{4, 1}, {5, 1}, {6, 2}, {23, 5}, {360, 100}, {0.7, 0.2}, {0, 1}} {
		if got := niceStep(c.most); got < c.want*0.999 || got > c.want*1.001 {
			t.Errorf("steps up to %v: %v, expected %v", c.most, got, c.want)
		}
	}
}

func TestSpread(t *testing.T) {
	c := curve{points: []point{{perRow: 12}, {perRow: 10}, {perRow: 11}}}
	if got := c.spread(); got < 0.1999 || got > 0.2001 {
		t.Errorf("%v, expected 0.2", got)
	}
}
