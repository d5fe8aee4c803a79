package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
)

// golden is a result that testdata/generate.py computed exactly.
type golden struct {
	File, Agg, By, Where string
	Rows                 [][]any
}

// TestResultsAreTheExactOnes compares every bit with results computed by
// rational arithmetic in another language.
func TestResultsAreTheExactOnes(t *testing.T) {
	paths, err := filepath.Glob("testdata/golden/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			g := readGolden(t, path)
			input := filepath.Join("testdata", g.File)
			if _, err := os.Stat(input); err != nil {
				dir := os.Getenv("WEIR_DATA")
				if dir == "" {
					t.Skipf("%s is too large for the repository: set WEIR_DATA to a directory that has it (npm vega-datasets 3.2.1)", g.File)
				}
				input = filepath.Join(dir, g.File)
			}
			job := pipeline.Job{Inputs: []string{input}, Aggregate: g.Agg, By: g.By, Where: g.Where}
			for _, mode := range []pipeline.Mode{pipeline.Sequential, pipeline.Mmap} {
				res, err := pipeline.Run(context.Background(), job, pipeline.Options{Mode: mode})
				if err != nil {
					t.Fatal(err)
				}
				compareRows(t, string(mode), res.Table, g.Rows)
			}
		})
	}
}

func readGolden(t *testing.T, path string) golden {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Python writes infinities as words that JSON does not have.
	for _, word := range []string{"-Infinity", "Infinity", "NaN"} {
		text = bytes.ReplaceAll(text, []byte(" "+word), []byte(` "`+word+`"`))
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var g golden
	if err := decoder.Decode(&g); err != nil {
		t.Fatal(err)
	}
	return g
}

func compareRows(t *testing.T, mode string, got *result.Table, want [][]any) {
	t.Helper()
	if len(got.Rows) != len(want) {
		t.Fatalf("%s: %d rows, want %d", mode, len(got.Rows), len(want))
	}
	for i, row := range got.Rows {
		for j, v := range row {
			if w := want[i][j]; !equal(v, w) {
				t.Errorf("%s: row %d: %s is %s, want %v", mode, i+1, got.Columns[j].Name, result.AppendText(nil, v), w)
			}
		}
	}
}

func equal(v result.Value, want any) bool {
	switch v.Kind() {
	case block.Null:
		return want == nil
	case block.String:
		return want == v.Text()
	case block.List:
		return strings.ReplaceAll(fmt.Sprint(want), " ", ",") == string(result.AppendText(nil, v))
	case block.Float:
		f, err := strconv.ParseFloat(fmt.Sprint(want), 64)
		return err == nil && math.Float64bits(f) == math.Float64bits(v.Float64())
	}
	return fmt.Sprint(want) == strconv.FormatInt(v.Int64(), 10)
}
