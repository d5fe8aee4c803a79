package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
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
	lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
	if len(lines) != 11+2*len(ways) || lines[0] != "one result, digest "+digest {
		t.Fatalf("the comparison is\n%s", out)
	}
	for i, pattern := range map[int]string{
		1:              `^1 trial of each way in random order, seed \d+; as many as asked for$`,
		2:              `^page cache warm: `,
		3:              `^\d+ cores? .*go1.* weir `,
		4:              `^$`,
		5:              `^ *mode +median +to fastest +interval +verdict( +to first +interval)?$`,
		6 + len(ways):  `^intervals: `,
		7 + len(ways):  `^no difference, ~: `,
		8 + len(ways):  `^$`,
		9 + len(ways):  `^time by category`,
		10 + len(ways): `^ *mode +start .* cpu +copied +peak memory$`,
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
		if line := lines[11+len(ways)+i]; !regexp.MustCompile(`^ *` + regexp.QuoteMeta(way) + ` .* \S+ [KM]?B +\S+ MB$`).MatchString(line) {
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

// With trials enough there are intervals and verdicts.
func TestCompareSaysWhatIsDifferent(t *testing.T) {
	o := weir(t, "", "compare", "--trials", "6", "--modes", "sequential,mmap,sequential", "--agg", "sum(x)", sample("s.arrow"))
	lines := strings.Split(o.out, "\n")[6:9]
	for i, pattern := range []string{
		`^ *sequential +\S+ +±\d+\.\d % +\d\.\d\d +\S+`,
		`^ *mmap +\S+ +±\d+\.\d % +\d+\.\d\d +\d+\.\d\d - \d+\.\d\d +slower p=0\.00\d`, // starting processes takes longer than the sum of 5,000 rows
		`^ *sequential #2 +\S+ +±\d+\.\d % +\d\.\d\d +\S+`,
	} {
		if !regexp.MustCompile(pattern).MatchString(lines[i]) {
			t.Errorf("line %d is %q", i, lines[i])
		}
	}
}

func TestCompareEndsByItsRules(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"--precision 90% --budget 60s", `^(\d+) trials of each way in random order, seed \d+; ended when every median was known to ±90 %$`},
		{"--precision 0.01% --budget 500ms --seed 12", `^(\d+) trials of each way in random order, seed 12; ended when the budget of 500ms was spent$`},
		{"--budget 1us", `^1 trial of each way in random order, seed \d+; ended when ten times the budget of 1µs was spent, with too few rounds for an interval$`},
	} {
		o := weir(t, "", append([]string{"compare", "--modes", "sequential,threads", "--agg", "sum(x)", sample("s.arrow")}, strings.Fields(tt.args)...)...)
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
