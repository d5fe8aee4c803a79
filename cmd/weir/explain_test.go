package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// The plan is in testdata/explain.golden; what is measured and predicted differs
// from machine to machine, and from run to run.
func TestExplain(t *testing.T) {
	g := openGolden(t, "explain")
	for name, args := range map[string][]string{
		"aggregates":           {"--workers", "2", "--agg", "sum(x*x), mean(price)", "--by", "k", "--where", "x > 0", sample("s.parquet")},
		"rows":                 {"--workers", "2", "--derive", "r = price / 2", "--select", "id,r", "--where", "id < 100", "--chunk-rows", "500", sample("s.csv")},
		"a mode that is asked": {"--mode", "pipe", "--codec", "json", "--workers", "3", "--agg", "count()", sample("s.arrow")},
	} {
		t.Run(name, func(t *testing.T) {
			o := weir(t, "", append([]string{"explain", "--probe", "10ms"}, args...)...)
			plan, rest, found := strings.Cut(o.out, "\n\n")
			if !found || o.err != "" {
				t.Fatalf("%q, %q", o.out, o.err)
			}
			g.check(t, name, strings.ReplaceAll(plan, samples, "")+"\n")
			for _, words := range []string{
				"the sample: ", " of 5,000 rows in ", "a row takes", "on 1 lane", "a chunk takes ", "\nthe machine, measured in ", "\npredicted, with processor time by step",
				"  sequential  ", "\nPredicted ", "\nRun would take ", "\nThe probe took ",
			} {
				if !strings.Contains(rest, words) && !(strings.Contains(words, "5,000") && strings.Contains(rest, " of about ")) {
					t.Errorf("%q is missing in\n%s", words, rest)
				}
			}
		})
	}
}

// The JSON has these members, whatever is measured.
func TestExplainJSON(t *testing.T) {
	o := weir(t, "", "explain", "--format", "json", "--workers", "2", "--codec", "gob", "--agg", "sum(x)", sample("s.parquet"))
	var e map[string]any
	if err := json.Unmarshal([]byte(o.out), &e); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"sample.outline.mode", "sample.outline.reason", "sample.outline.workers", "sample.outline.chunk_rows", "sample.outline.columns",
		"sample.outline.aggregate", "sample.outline.pruned_splits", "sample.rows", "sample.total_rows", "sample.estimated", "sample.took_s",
		"sample.alone.read.row_s", "sample.alone.decode.chunk_s", "sample.alone.compute.spread", "sample.chunk.row_bytes", "sample.partial.size_bytes",
		"sample.plan_s", "sample.cpu_share", "splits.count", "splits.size_bytes", "splits.largest_rows",
		"machine.processors", "machine.took_s", "crossovers.compute_row_s", "crossovers.threads_pay_rows.found", "fastest", "chosen", "warnings", "predictions",
	} {
		var at any = e
		for _, name := range strings.Split(path, ".") {
			object, _ := at.(map[string]any)
			if at = object[name]; at == nil {
				t.Errorf("there is no %s", path)
				break
			}
		}
	}
	var names []string
	for _, p := range e["predictions"].([]any) {
		p := p.(map[string]any)
		names = append(names, fmt.Sprint(p["mode"]))
		wall, _ := p["wall_s"].(float64)
		steps, _ := p["cpu_s"].(map[string]any)
		if p["impossible"] == nil && (wall <= 0 || wall > 10 || steps["compute"] == nil || steps["plan"] == nil) {
			t.Errorf("%v", p)
		}
	}
	if got := strings.Join(names, " "); got != "sequential threads pipe pipe mmap" {
		t.Errorf("predictions of %s", got)
	}
	if e["chosen"] != "sequential" {
		t.Errorf("run would take %v", e["chosen"])
	}
}

// Explain runs nothing and writes nothing.
func TestExplainOfNothing(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir+"/header.csv", "a,b\n")
	o := weir(t, dir, "explain", "--agg", "count()", path)
	if !strings.Contains(o.out, "there is nothing to read") || !strings.Contains(o.out, "There are no rows") {
		t.Error(o.out)
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("the directory holds %v", got)
	}
}
