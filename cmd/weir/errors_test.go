package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What a user reads of everything that can be wrong with files, flags and
// expressions is in testdata/errors.golden, with the exit code.
func TestErrors(t *testing.T) {
	g := openGolden(t, "errors")
	dir := t.TempDir()
	var late strings.Builder
	late.WriteString("a,b\n")
	for i := range 20000 {
		fmt.Fprintf(&late, "%d,%d\n", i, i)
	}
	for name, text := range map[string]string{
		"few.csv": "a,b,c\n1,2,3\n4,5\n6,7,8\n", "many.csv": "a,b,c\n1,2,3\n4,5,6,7\n6,7,8\n",
		"late.csv": late.String() + "x,1\n", "late-float.csv": late.String() + "1,1.5\n",
		"empty.csv": "", "empty.parquet": "", "empty.arrow": "", "blank.csv": "\n\n",
		"quote.csv": "a,b\n1,\"abc\n2,3\n", "max.csv": "a\n9223372036854775807\n1\n",
		"text.parquet": "a,b\n1,2\n3,4\n", "text.arrow": "a,b\n1,2\n3,4\n", "binary.csv": "\x00\x01\x02\x03\xff\xfe\x00\x00",
		"arrow.parquet": read(t, sample("s.arrow")), "parquet.csv": read(t, sample("s.parquet")),
		"other.csv": "p,q\n1,2\n", "pprof/cpu.pprof": "a\n1\n", "pprof/heap.worker-1.pprof": "a\n1\n", "odd.csv": "Cost Total,größe\n1,2\n",
	} {
		write(t, filepath.Join(dir, name), text)
	}
	os.Mkdir(filepath.Join(dir, "nothing"), 0o755)

	weather, s := sample("weather.csv"), sample("s.parquet")
	for _, tt := range []struct {
		name string
		code int
		args []string
	}{
		// Files.
		{"missing file", 1, []string{"run", "missing.csv"}},
		{"missing file beside a similar one", 1, []string{"run", "fwe.csv"}},
		{"directory without data", 1, []string{"run", "nothing"}},
		{"glob without match", 1, []string{"run", "*.npz"}},
		{"empty name", 1, []string{"run", ""}},
		{"empty csv", 3, []string{"run", "empty.csv"}},
		{"empty parquet", 3, []string{"run", "empty.parquet"}},
		{"empty arrow", 3, []string{"run", "empty.arrow"}},
		{"blank lines", 3, []string{"run", "blank.csv"}},
		{"text named parquet", 3, []string{"run", "text.parquet"}},
		{"text named arrow", 3, []string{"run", "text.arrow"}},
		{"binary named csv", 3, []string{"run", "binary.csv"}},
		{"arrow named parquet is read and said", 0, []string{"run", "--log-format", "json", "--timings", "none", "--agg", "count()", "arrow.parquet"}},
		{"parquet named csv is read and said", 0, []string{"run", "--log-format", "json", "--timings", "none", "--agg", "count()", "parquet.csv"}},
		{"too few fields", 3, []string{"run", "--agg", "sum(a)", "few.csv"}},
		{"too many fields", 3, []string{"run", "--agg", "sum(a)", "many.csv"}},
		{"open quote", 3, []string{"run", "quote.csv"}},
		{"later text in a column of integers", 3, []string{"run", "--agg", "sum(a)", "late.csv"}},
		{"later float in a column of integers", 3, []string{"run", "--agg", "sum(b)", "late-float.csv"}},
		{"differing schemas", 3, []string{"run", "--agg", "count()", "late.csv", "other.csv"}},

		{"explain: standard input", 2, []string{"explain", "--agg", "count()", "-"}},
		{"explain: bad data", 3, []string{"explain", "--agg", "sum(a)", "late.csv"}},
		{"explain: no input", 2, []string{"explain", "--agg", "count()"}},
		{"explain: no duration", 2, []string{"explain", "--probe", "soon", s}},
		{"explain: unknown codec", 2, []string{"explain", "--codec", "xml", s}},
		{"explain: unknown mode", 2, []string{"explain", "--mode", "fork", s}},

		// Expressions.
		{"unknown column", 2, []string{"run", "--agg", "sum(temp_mx)", weather}},
		{"unknown column within", 2, []string{"run", "--agg", "count()", "--where", "wind > 1 and temp_mni < 3", weather}},
		{"unknown column in by", 2, []string{"run", "--agg", "count()", "--by", "wether", weather}},
		{"unknown column in select", 2, []string{"run", "--select", "wind, dat", weather}},
		{"unknown column in derive", 2, []string{"run", "--derive", "y = if(wnd > 1, 1, 0)", weather}},
		{"unknown column beside odd names", 2, []string{"run", "--agg", "sum(größe) as g, sum(`Cost Totl`)", "odd.csv"}},
		{"unknown function", 2, []string{"run", "--agg", "sum(sqroot(wind))", weather}},
		{"unknown aggregate", 2, []string{"run", "--agg", "summ(wind)", weather}},
		{"quantile out of range", 2, []string{"run", "--agg", "quantile(wind, 99)", weather}},
		{"quantile of a column", 2, []string{"run", "--agg", "quantile(0.5, wind)", weather}},
		{"quantile without p", 2, []string{"run", "--agg", "count(), quantile(wind)", weather}},
		{"type error", 2, []string{"run", "--agg", "count()", "--where", "wind + weather > 3", weather}},
		{"sum of text", 2, []string{"run", "--agg", "count(), sum(weather)", weather}},
		{"number as condition", 2, []string{"run", "--where", "wind", weather}},
		{"ends too soon", 2, []string{"run", "--where", "wind >", weather}},
		{"open backtick", 2, []string{"run", "--agg", "sum(`wind)", weather}},
		{"two columns of one name", 2, []string{"run", "--agg", "sum(wind), sum(wind)", weather}},
		{"by without aggregate", 2, []string{"run", "--by", "weather", weather}},
		{"select beside aggregate", 2, []string{"run", "--select", "wind", "--agg", "count()", weather}},
		{"overflow in a product", 3, []string{"run", "--agg", "max((id + 1) * 9223372036854775807)", s}},
		{"division by zero", 3, []string{"run", "--agg", "max(1 // (id - 1))", s}},
		{"division by zero in a worker", 3, []string{"run", "--mode", "mmap", "--workers", "1", "--agg", "max(1 // (id - 1))", s}},
		{"sum that no Arrow file holds", 1, []string{"run", "-o", "x.arrow", "--agg", "sum(a)", "max.csv"}},
		{"sum that no Parquet file holds", 1, []string{"run", "-o", "x.parquet", "--agg", "count(), sum(a) as total", "--derive", "negative = a < 0", "--by", "negative", "max.csv"}},

		// Flags and commands.
		{"unknown command", 2, []string{"rnu", "x.csv"}},
		{"no such command", 2, []string{"frobnicate"}},
		{"flag where the command should be", 2, []string{"--mode", "threads", "run", "x.csv"}},
		{"unknown flag", 2, []string{"run", "--aggr", "count()", "x.csv"}},
		{"unknown flag with a value", 2, []string{"run", "x.csv", "--worker=3"}},
		{"no such flag", 2, []string{"run", "--frobnicate", "x.csv"}},
		{"flag without its value", 2, []string{"run", "x.csv", "--agg"}},
		{"flag as value", 2, []string{"run", "--agg", "--by", "k", "x.csv"}},
		{"no input", 2, []string{"run"}},
		{"no workers", 2, []string{"run", "--workers", "0", weather}},
		{"negative workers", 2, []string{"run", "--workers", "-3", weather}},
		{"workers as text", 2, []string{"run", "--workers", "two", weather}},
		{"too many workers", 2, []string{"run", "--workers", "5000", weather}},
		{"no chunk rows", 2, []string{"run", "--chunk-rows=0", weather}},
		{"too many chunk rows", 2, []string{"run", "--chunk-rows", "99999999999", weather}},
		{"memory limit without a meaning", 2, []string{"run", "--memory-limit", "much", weather}},
		{"negative memory limit", 2, []string{"run", "--memory-limit", "-1GB", weather}},
		{"memory limit too small", 2, []string{"run", "--memory-limit", "1MB", weather}},
		{"memory limit too small for the workers", 5, []string{"run", "--mode", "mmap", "--workers", "16", "--memory-limit", "128MiB", weather}},
		{"memory limit too small for the groups", 5, []string{"run", "--mode", "sequential", "--memory-limit", "64MiB", "--agg", "count()", "--by", "a,b,c", "groups.csv"}},
		{"memory limit too small for the values of groups", 5, []string{"run", "--mode", "sequential", "--memory-limit", "64MiB", "--agg", "count_distinct(c)", "groups.csv"}},
		{"a histogram without its numbers", 2, []string{"run", "--agg", "histogram(wind, 0)", weather}},
		{"a histogram of no width", 2, []string{"run", "--agg", "histogram(wind, 5, 5, 10)", weather}},
		{"a correlation with a text", 2, []string{"run", "--agg", "corr(wind, weather)", weather}},
		{"unknown mode", 2, []string{"run", "--mode", "fast", weather}},
		{"unknown codec", 2, []string{"run", "--mode", "pipe", "--codec", "xml", weather}},
		{"codec without pipe", 2, []string{"run", "--mode", "mmap", "--codec", "gob", weather}},
		{"zero copy through a pipe", 2, []string{"run", "--mode", "pipe", "--strict-zero-copy", weather}},
		{"unknown format", 2, []string{"run", "--format", "xml", weather}},
		{"unknown timings", 2, []string{"run", "--timings", "some", weather}},
		{"unknown progress", 2, []string{"run", "--progress", "maybe", weather}},
		{"unknown log level", 2, []string{"run", "--log-level", "loud", weather}},
		{"unknown log format", 2, []string{"run", "--log-format", "xml", weather}},
		{"error as a log line", 2, []string{"run", "--log-format", "json", "--mode", "fast", weather}},
		{"comma of two characters", 2, []string{"run", "--comma", ";;", weather}},
		{"unknown type", 2, []string{"run", "--types", "wind=number", weather}},
		{"output without a format", 2, []string{"run", "-o", "x.xyz", weather}},
		{"output of two formats", 2, []string{"run", "-o", "x.csv", "--format", "json", weather}},
		{"output without a directory", 1, []string{"run", "-o", "nowhere/x.csv", weather}},
		{"report without a format", 2, []string{"run", "--report", "x.txt", weather}},
		{"report without a directory", 1, []string{"run", "--report", "nowhere/x.json", weather}},
		{"report over the output", 2, []string{"run", "--report", "x.json", "-o", "x.json", weather}},
		{"cpu profile over the input", 2, []string{"run", "--cpuprofile", "few.csv", "few.csv"}},
		{"cpu profile over the report", 2, []string{"run", "--cpuprofile", "x.json", "--report", "./x.json", weather}},
		{"cpu profile over the output", 2, []string{"run", "--cpuprofile", "x.csv", "-o", "x.csv", weather}},
		{"cpu profile without a name", 2, []string{"run", "--cpuprofile", "", weather}},
		{"cpu profile without a directory", 1, []string{"run", "--cpuprofile", "nowhere/x.pprof", weather}},
		{"heap profile over the cpu profile", 2, []string{"run", "--memprofile", "x.pprof", "--cpuprofile", "x.pprof", weather}},
		{"heap profile over that of the directory", 2, []string{"run", "--memprofile", "nothing/heap.pprof", "--profile", "nothing", weather}},
		{"heap profile to a directory", 1, []string{"run", "--memprofile", "nothing", weather}},
		{"profiles to a file", 1, []string{"run", "--profile", "few.csv", weather}},
		{"profiles without a directory", 1, []string{"run", "--profile", "nowhere/x", weather}},
		{"profiles over the input", 2, []string{"run", "--profile", "pprof", "pprof/cpu.pprof"}},
		{"profiles over an input in the place of a process", 2, []string{"run", "--profile", "pprof", "pprof/heap.worker-1.pprof"}},
		{"standard input twice", 2, []string{"run", "-", "-"}},

		// The other commands.
		{"compare nothing", 2, []string{"compare"}},
		{"compare an unknown mode", 2, []string{"compare", "--modes", "threads,fast", weather}},
		{"compare an unknown codec", 2, []string{"compare", "--codecs", "xml", weather}},
		{"compare codecs without pipe", 2, []string{"compare", "--codecs", "gob", "--modes", "mmap", weather}},
		{"compare an empty list", 2, []string{"compare", "--modes", ",", weather}},
		{"compare no workers", 2, []string{"compare", "--workers", "1,0", weather}},
		{"compare chunks of text", 2, []string{"compare", "--chunk-rows", "many", weather}},
		{"compare without trials", 2, []string{"compare", "--trials", "0", weather}},
		{"compare trials beside a budget", 2, []string{"compare", "--trials", "9", "--budget", "1m", weather}},
		{"compare to no precision", 2, []string{"compare", "--precision", "2", weather}},
		{"compare to a precision of nothing", 2, []string{"compare", "--precision", "0%", weather}},
		{"compare without a budget", 2, []string{"compare", "--budget", "0s", weather}},
		{"compare for long", 2, []string{"compare", "--budget", "long", weather}},
		{"compare an unknown state of the cache", 2, []string{"compare", "--cache", "hot", weather}},
		{"compare to an unknown format", 2, []string{"compare", "--format", "xml", weather}},
		{"compare with a profile over the input", 2, []string{"compare", "--memprofile", "few.csv", "few.csv"}},
		{"compare standard input", 2, []string{"compare", "-"}},
		{"inspect nothing", 2, []string{"inspect"}},
		{"inspect a missing file", 1, []string{"inspect", "missing.csv"}},
		{"inspect an unknown format", 2, []string{"inspect", "--format", "xml", weather}},
		{"gen nothing", 2, []string{"gen"}},
		{"gen without a format", 2, []string{"gen", "first.csv", "x.xyz"}},
		{"gen over a file", 1, []string{"gen", "few.csv"}},
		{"gen negative rows", 2, []string{"gen", "--rows", "-1", "x.csv"}},
		{"gen negative seed", 2, []string{"gen", "--seed", "-1", "x.csv"}},
		{"gen batches of nothing", 2, []string{"gen", "--batch-rows", "0", "x.csv"}},
		{"gen unknown compression", 2, []string{"gen", "--compression", "rar", "x.arrow"}},
		{"gen without a directory", 1, []string{"gen", "nowhere/x.csv"}},
		{"completion of nothing", 2, []string{"completion"}},
		{"completion of an unknown shell", 2, []string{"completion", "tcsh"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if strings.Contains(tt.name, "groups") {
				writeGroups(t, filepath.Join(dir, "groups.csv"))
			}
			before := names(t, dir)
			o := invocation{dir: dir}.run(t, tt.args...)
			if o.code != tt.code {
				t.Errorf("exit code %d, want %d", o.code, tt.code)
			}
			if after := names(t, dir); strings.Join(after, " ") != strings.Join(before, " ") {
				t.Errorf("files changed from %v to %v", before, after)
			}
			if tt.code != 0 && o.out != "" {
				t.Errorf("standard output has %q", o.out)
			}
			g.check(t, tt.name, maskNumbers.ReplaceAllString(transcript(o, tt.args, dir), "$1..."))
		})
	}
}

// maskNumbers hides times, and sizes that depend on how memory is laid out.
var maskNumbers = regexp.MustCompile(`("time":"|one lane take )[^",]*`)

// writeGroups writes more groups than fit in the smallest memory limit.
func writeGroups(t *testing.T, path string) {
	var b strings.Builder
	b.WriteString("a,b,c\n")
	for i := range 300_000 {
		fmt.Fprintf(&b, "%d,%d,%d\n", i, i*7, i*i)
	}
	write(t, path, b.String())
}
