package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/pipeline/environment"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/pipeline/verdict"
)

// A comparison has a line for each way, and one digest.
func TestCompare(t *testing.T) {
	s := sample("s.csv")
	want := digestOf(t, weir(t, "", "run", "--timings", "none", "--format", "json", "--agg", "sum(x)", "--by", "k", s).out)
	for _, tt := range []struct {
		name string
		args string
		ways []string
	}{
		{"all modes", "", []string{"sequential", "threads", "pipe/raw", "mmap"}},
		{"one mode", "--modes mmap", []string{"mmap"}},
		{"codecs", "--modes pipe --codecs raw,arrow,gob,json", []string{"pipe/raw", "pipe/arrow", "pipe/gob", "pipe/json"}},
		{"workers and chunks", "--modes sequential,threads --workers 1,2 --chunk-rows 100,1000",
			[]string{"sequential @100", "sequential @1000", "threads x1 @100", "threads x1 @1000", "threads x2 @100", "threads x2 @1000"}},
		{"a mode and itself", "--modes threads,auto,threads", []string{"threads", "auto", "threads #2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"compare", "--trials", "1", "--agg", "sum(x)", "--by", "k", s}, strings.Fields(tt.args)...)
			dir := t.TempDir()
			o := weir(t, dir, append(args, "--format", "json", "--report", "c.json")...)
			var got, reported struct {
				Digest  string
				Trials  int
				Command []string
				Ways    []struct {
					Way  string
					Runs []map[string]any
				}
			}
			if err := json.Unmarshal([]byte(o.out), &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(read(t, filepath.Join(dir, "c.json"))), &reported); err != nil || reported.Digest != want {
				t.Errorf("the report has %v, %v", reported, err)
			}
			var ways []string
			for _, w := range got.Ways {
				ways = append(ways, w.Way)
				if len(w.Runs) != 1 || w.Runs[0]["digest"] != want {
					t.Errorf("%s has %d runs of digest %v", w.Way, len(w.Runs), w.Runs[0]["digest"])
				}
			}
			if !slices.Equal(ways, tt.ways) || got.Digest != want || got.Trials != 1 || !slices.Equal(got.Command[1:len(args)+1], args) {
				t.Errorf("ways %q, want %q; digest %s, trials %d, command %q", ways, tt.ways, got.Digest, got.Trials, got.Command)
			}
			checkTables(t, weir(t, dir, args...).out, want, tt.ways)
		})
	}
}

// checkTables checks what a comparison of one trial prints.
func checkTables(t *testing.T, out, digest string, ways []string) {
	t.Helper()
	out, said, _ := strings.Cut(out, "\nverdict\n")
	if !strings.HasPrefix(said, "\n") || strings.HasSuffix(said, "\n\n") {
		t.Errorf("the verdict is %q", said)
	}
	for _, line := range strings.Split(said, "\n") {
		if n := utf8.RuneCountInString(line); n > 100 && !strings.HasPrefix(line, "  $ weir run ") {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
	lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
	if len(lines) != 12+2*len(ways) || lines[0] != "one result, digest "+digest {
		t.Fatalf("the comparison is\n%s", out)
	}
	for i, pattern := range map[int]string{
		1:              `^1 trial of each way in random order, seed \d+; as many as asked for$`,
		2:              `^page cache warm: `,
		3:              `^\d+ cores? .*go1.* weir `,
		4:              `^$`,
		5:              `^ *mode +median +to fastest +interval +verdict( +to first +interval)?$`,
		6 + len(ways):  `^ratios are `,
		7 + len(ways):  `^intervals: `,
		8 + len(ways):  `^no difference, ~: `,
		9 + len(ways):  `^$`,
		10 + len(ways): `^time by category`,
		11 + len(ways): `^ *mode +start .* cpu +copied +peak memory$`,
	} {
		if !regexp.MustCompile(pattern).MatchString(lines[i]) {
			t.Errorf("line %d is %q, want %q", i, lines[i], pattern)
		}
	}
	fastest := 0
	for i, way := range ways {
		line := lines[6+i]
		if !regexp.MustCompile(`^ *` + regexp.QuoteMeta(way) + ` +[\d.]+(µs|ms|s) +- +\d+\.\d\d +- +(fastest|[678] trials needed)( |$)`).MatchString(line) {
			t.Errorf("the line of %s is %q", way, line)
		}
		if strings.Contains(line, " fastest") {
			fastest++
		}
		if line := lines[12+len(ways)+i]; !regexp.MustCompile(`^ *` + regexp.QuoteMeta(way) + ` .* \S+ [KM]?B +\S+ MB$`).MatchString(line) {
			t.Errorf("the second line of %s is %q", way, line)
		}
	}
	if fastest != 1 {
		t.Errorf("%d are the fastest", fastest)
	}
	for _, line := range lines[4:] {
		if n := utf8.RuneCountInString(line); n > 120 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
}

// What is said of a comparison is in testdata/comparison.golden.
func TestComparisonTables(t *testing.T) {
	g := openGolden(t, "comparison")
	ms := func(n float64) time.Duration { return time.Duration(n * 1e6) }
	series := func(mode pipeline.Mode, repeat int, median, lo, hi float64, fastest, first compare.Against) compare.Series {
		return compare.Series{
			Way: compare.Way{Mode: mode, Repeat: repeat}, AgainstFastest: fastest, AgainstFirst: first,
			Summary: compare.Summary{Median: ms(median), Lo: ms(lo), Hi: ms(hi), Confidence: 0.96},
			Samples: []compare.Sample{{Round: 1, Position: 1, Wall: ms(median), Resident: 1}},
			Reports: []pipeline.Report{{
				Mode: mode, PeakRSSBytes: 50e6, Bytes: pipeline.Bytes{Copied: 1e6}, Usage: pipeline.Spending{CPU: ms(300)},
				Lanes: []pipeline.Lane{{Spans: map[timing.Category]time.Duration{timing.Start: ms(5), timing.Compute: ms(290)}, Unaccounted: ms(0.2)}},
			}},
		}
	}
	itself := compare.Against{Ratio: 1, Lo: 1, Hi: 1, Confidence: 1, P: 1}
	c := &compare.Comparison{
		Digest: "d1", Trials: 12, Stop: compare.StopPrecision, Precision: 0.02, Budget: 30 * time.Second, Alpha: 0.0083, LeastTrials: 6,
		Seed: 42, Cache: compare.Warm, Fastest: 1,
		Environment: environment.Environment{CPU: "Some CPU", Cores: 2, GOMAXPROCS: 2, Memory: 16e9, Kernel: "Linux 6.18", LoadAverage: 0.12, Go: "go1.23", Weir: "v1.0.0"},
		Rows: []compare.Series{
			series(pipeline.Sequential, 0, 398, 393, 405, compare.Against{Ratio: 1.853, Lo: 1.81, Hi: 1.9, Confidence: 0.992, P: 1e-6, Different: true}, itself),
			series(pipeline.Threads, 0, 215, 211, 218, itself, compare.Against{Ratio: 0.54, Lo: 0.526, Hi: 0.552, Confidence: 0.992, P: 1e-6, Different: true}),
			series(pipeline.Threads, 2, 216, 212, 219, compare.Against{Ratio: 1.004, Lo: 0.99, Hi: 1.018, Confidence: 0.992, P: 0.4}, compare.Against{Ratio: 0.543, Lo: 0.53, Hi: 0.56, Confidence: 0.992, P: 1e-6, Different: true}),
			series(pipeline.Mmap, 0, 390, 380, 399, compare.Against{Ratio: 1.81, Lo: 1.02, Hi: 1.86, Confidence: 0.992, P: 0.0042, Different: true}, compare.Against{Ratio: 0.98, Lo: 0.96, Hi: 1.01, Confidence: 0.992, P: 0.09}),
		},
	}
	v := &verdict.Verdict{Statements: []verdict.Statement{
		{Kind: verdict.Winner, Heading: "threads is the fastest", Text: "threads takes 215ms. The next, mmap, takes 1.81 times as long (1.02 to 1.86, p = 0.004). Between threads and threads #2 no difference was found."},
		{Kind: verdict.Advised, Heading: "Use chunks of 4,194,304 rows", Text: "Predicted: 100ms instead of 215ms, 2.1 times as fast.", Advice: &verdict.Advice{}},
	}}
	advise := func(*verdict.Advice) [][]string {
		return [][]string{{"weir", "run", "-o", "x.arrow"}, {"weir", "run", "--chunk-rows", "4194304", "--where", "name == 'Ann'", "x.arrow"}}
	}
	check := func(name string) {
		var out bytes.Buffer
		if err := writeComparison(&out, c, v, advise); err != nil {
			t.Fatal(err)
		}
		g.check(t, name, out.String())
	}
	check("the first is not the fastest")

	c.Rows, c.Fastest, c.Stop, c.Cache = c.Rows[1:], 0, compare.StopBudget, compare.Cold
	c.Rows[2].Samples[0].Resident, c.Rows[0].Samples[0].Resident = 0, 0
	check("the first is the fastest")

	v = &verdict.Verdict{}
	c.Trials, c.Stop, c.Cache = 3, compare.StopTrials, compare.AsIs
	for i := range c.Rows {
		c.Rows[i].Summary = compare.Summary{Median: c.Rows[i].Median()}
		c.Rows[i].AgainstFastest = compare.Against{Ratio: c.Rows[i].AgainstFastest.Ratio, P: 0.1}
		c.Rows[i].Samples[0].Resident = compare.NotKnown
	}
	check("too few trials")
}

func TestCompareEndsByItsRules(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"--precision 90% --budget 60s", `^(\d+) trials of each way in random order, seed \d+; ended when every median was known to ±90 %$`},
		{"--precision 0.01% --budget 100ms --seed 12", `^(\d+) trials of each way in random order, seed 12; ended when the budget of 100ms was spent$`},
		{"--budget 1us", `^1 trial of each way in random order, seed \d+; ended when ten times the budget of 1µs was spent, with too few rounds for an interval$`},
	} {
		o := weir(t, "", append([]string{"compare", "--modes", "sequential,mmap", "--agg", "sum(x)", sample("s.arrow")}, strings.Fields(tt.args)...)...)
		if line := strings.Split(o.out, "\n")[1]; !regexp.MustCompile(tt.want).MatchString(line) {
			t.Errorf("%s: %q", tt.args, line)
		}
	}
}

func TestCompareFormats(t *testing.T) {
	compare := func(format string) []string {
		o := weir(t, "", "compare", "--trials", "2", "--modes", "sequential,pipe", "--format", format, "--agg", "sum(x)", sample("s.arrow"))
		return strings.Split(strings.TrimRight(o.out, "\n"), "\n")
	}
	if lines := compare("csv"); len(lines) != 5 || !strings.HasPrefix(lines[0], "way,mode,codec,workers,chunk_rows,round,position,wall_s,") {
		t.Errorf("csv is %q", lines)
	}
	runs := slices.DeleteFunc(compare("gobench"), func(line string) bool { return !strings.HasPrefix(line, "Benchmark") })
	if len(runs) != 4 {
		t.Errorf("gobench has %q", runs)
	}
	for _, line := range runs {
		if !regexp.MustCompile(`^BenchmarkCompare/mode=(sequential|pipe/codec=raw)/workers=\d+/chunk-rows=\d+(-\d+)? 1 \d+ ns/op \d+ cpu-ns/op \d+ B/s \d+ rows/s$`).MatchString(line) {
			t.Errorf("gobench has %q", line)
		}
	}
}

// One seed gives one order of the runs.
func TestCompareSeed(t *testing.T) {
	order := func(seed int) string {
		o := weir(t, "", "compare", "--trials", "5", "--format", "csv", "--modes", "sequential,threads,auto", "--seed", fmt.Sprint(seed), "--agg", "count()", sample("s.arrow"))
		var ways []string
		for _, line := range strings.Split(o.out, "\n")[1:] {
			way, _, _ := strings.Cut(line, ",")
			ways = append(ways, way)
		}
		return strings.Join(ways, " ")
	}
	if one, again, other := order(1), order(1), order(2); one != again || one == other {
		t.Errorf("orders are\n%s\n%s\n%s", one, again, other)
	}
}
