package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The same job written in every way that flags and inputs can be.
func TestFlagsAndInputs(t *testing.T) {
	s := sample("s.csv")
	same := []struct {
		name  string
		stdin any
		args  []string
	}{
		{"flags first", nil, []string{"--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "k < 9", s}},
		{"input first", nil, []string{s, "--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "k < 9"}},
		{"input between", nil, []string{"--format", "csv", "--timings", "none", s, "--agg", "sum(x) as s", "--where", "k < 9"}},
		{"two dashes", nil, []string{"--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "k < 9", "--", s}},
		{"equals signs", nil, []string{"--format=csv", "--timings=none", "--agg=sum(x) as s", "--where=k < 9", s}},
		{"one dash", nil, []string{"-format", "csv", "-timings=none", "-agg", "sum(x) as s", "-where", "k < 9", s}},
		{"value with a minus", nil, []string{"--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "-k > -9", s}},
		{"value with commas", nil, []string{"--format", "csv", "--timings", "none", "--agg", "sum(xx) as s", "--derive", "xx = if(k < 9, x, 0)", s}},
		{"two derived", nil, []string{"--format", "csv", "--timings", "none", "--agg", "sum(c) as s", "--derive", "b = k < 9", "--derive", "c = if(b, x, 0)", s}},
		{"types as a list", nil, []string{"--format", "csv", "--timings", "none", "--types", "x=float64,k=int", "--agg", "sum(x) as s", "--where", "k < 9", s}},
		{"types one by one", nil, []string{"--format", "csv", "--timings", "none", "--types", "x=float", "--types", "k=int64", "--agg", "sum(x) as s", "--where", "k < 9", s}},
		{"parquet", nil, []string{"--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "k < 9", sample("s.parquet")}},
		{"arrow", nil, []string{"--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "k < 9", sample("s.arrow")}},
		{"glob", nil, []string{"--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "k < 9", sample("s.ar*")}},
		{"csv through a pipe", read(t, s), []string{"--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "k < 9", "-"}},
		{"parquet through a pipe", read(t, sample("s.parquet")), []string{"--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "k < 9", "-"}},
		{"arrow through a pipe", read(t, sample("s.arrow")), []string{"--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "k < 9", "-"}},
		{"csv redirected", opened(t, s), []string{"--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "k < 9", "-"}},
		{"parquet redirected", opened(t, sample("s.parquet")), []string{"--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "k < 9", "-"}},
		{"arrow redirected", opened(t, sample("s.arrow")), []string{"--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "k < 9", "-"}},
		{"silly chunks", nil, []string{"--chunk-rows", "1", "--workers", "3", "--mode", "threads", "--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "k < 9", s}},
		{"many workers", nil, []string{"--mode", "mmap", "--workers", "16", "--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "k < 9", s}},
		{"little memory", nil, []string{"--mode", "threads", "--memory-limit", "64MiB", "--format", "csv", "--timings", "none", "--agg", "sum(x) as s", "--where", "k < 9", s}},
	}
	var want outcome
	for i, tt := range same {
		t.Run(tt.name, func(t *testing.T) {
			o := invocation{stdin: tt.stdin}.run(t, append([]string{"run"}, tt.args...)...)
			if i == 0 {
				want = o
			}
			if o != want || o.code != 0 || o.err != "" || !strings.HasPrefix(o.out, "s\n") {
				t.Errorf("%+v\nwant %+v", o, want)
			}
		})
	}
}

// Files of one schema are one dataset, whatever names them and in any format.
func TestSeveralFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"s.csv", "s.parquet", "s.arrow"} {
		write(t, filepath.Join(dir, "year=1", name), read(t, sample(name)))
	}
	values := 0 // of column z, the fourth, in one file
	for _, line := range strings.Split(strings.TrimSpace(read(t, sample("s.csv"))), "\n")[1:] {
		if strings.Split(line, ",")[3] != "" {
			values++
		}
	}
	for name, inputs := range map[string][]string{
		"files":                 {"year=1/s.csv", "year=1/s.parquet", "year=1/s.arrow"},
		"directory":             {"."},
		"glob":                  {"year*/s.*"},
		"deep glob":             {"**/s.*"},
		"glob and one of its":   {"year=1/s.[pc]*", "year=1/s.arrow", "year=1/s.csv"},
		"directory with a dash": {"./year=1/"},
	} {
		t.Run(name, func(t *testing.T) {
			o := weir(t, dir, append([]string{"run", "--timings", "none", "--format", "csv", "--agg", "count() as n, count(z) as z"}, inputs...)...)
			if want := fmt.Sprintf("n,z\n15000,%d\n", 3*values); o.out != want {
				t.Errorf("%s, want %s", o.out, want)
			}
		})
	}
}

// A file without rows has columns, a count of 0 and no sums.
func TestHeaderOnly(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "header.csv"), "a,b\n")
	for _, mode := range []string{"auto", "sequential", "threads", "pipe", "mmap"} {
		for _, tt := range []struct{ args, want string }{
			{"--agg=count()", "count()\n0\n"},
			{"--agg=count(), sum(a), min(b) --types=a=int64", "count(),sum(a),min(b)\n0,,\n"},
			{"--agg=count() --by=a", "a,count()\n"},
			{"--timings=none", "a,b\n"},
		} {
			args := append([]string{"run", "--mode", mode, "--format", "csv", "--timings", "none", "header.csv"}, strings.Split(strings.ReplaceAll(tt.args, " --", "\x00--"), "\x00")...)
			if o := weir(t, dir, args...); o.out != tt.want {
				t.Errorf("%s %s: %q, want %q", mode, tt.args, o.out, tt.want)
			}
		}
	}
}

// What -o writes reads back the same in every format, replaces an old file, and
// leaves it alone when the run fails.
func TestOutputFiles(t *testing.T) {
	g := openGolden(t, "outputs")
	dir := t.TempDir()
	weather := sample("weather.csv")
	job := []string{"run", "--timings", "none", "--agg", "count() as n, mean(temp_max) as t, min(date) as first", "--by", "weather"}
	want := weir(t, dir, append(job, "--format", "json", weather)...).out
	for _, name := range []string{"r.csv", "r.json", "r.txt", "r.arrow", "r.feather", "r.parquet"} {
		t.Run(name, func(t *testing.T) {
			path := write(t, filepath.Join(dir, name), "old")
			if o := (invocation{dir: dir}).run(t, append(job, weather, "-o", name, "--where", "sqrt(wind) // 0 % 0 > 1 or date // 2 = 3")...); o.code == 0 {
				t.Fatal("a wrong expression is no error")
			}
			bad := write(t, filepath.Join(dir, "bad.csv"), strings.Repeat("2012-01-01,1,2,3,4,sun\n", 20000)+"x,y\n")
			if o := (invocation{dir: dir}).run(t, "run", "-o", name, bad); o.code != 3 {
				t.Errorf("bad data: exit code %d", o.code)
			}
			os.Remove(bad)
			if got := read(t, path); got != "old" {
				t.Errorf("a failing run left %q", got)
			}
			if o := weir(t, dir, append(job, weather, "-o", name)...); o.out != "" || o.err != "" {
				t.Errorf("it prints %q and %q", o.out, o.err)
			}
			switch filepath.Ext(name) {
			case ".csv", ".txt", ".json":
				g.check(t, name, read(t, path))
			default:
				if got := weir(t, dir, "run", "--timings", "none", "--format", "json", name).out; got != want {
					t.Errorf("it reads back as\n%s, want\n%s", got, want)
				}
			}
		})
	}
	if got := fmt.Sprint(names(t, dir)); got != "[r.arrow r.csv r.feather r.json r.parquet r.txt]" {
		t.Errorf("the directory holds %s", got)
	}
}

// --format json is one object of three keys. Its digest is the SHA-256 of the
// columns with their types and of the rows, a line each.
func TestJSONAndItsDigest(t *testing.T) {
	o := weir(t, "", "run", "--timings", "none", "--format", "json", "--by", "weather",
		"--agg", "count() as n, mean(temp_max) as t, min(date) as first, sum(wind / 0) as inf", sample("weather.csv"))
	if o.err != "" {
		t.Errorf("standard error has %q", o.err)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(o.out), &object); err != nil {
		t.Fatal(err)
	}
	if keys := slices.Sorted(maps.Keys(object)); !slices.Equal(keys, []string{"columns", "digest", "rows"}) {
		t.Errorf("keys are %v", keys)
	}
	var columns []string
	var rows []json.RawMessage
	var digest string
	for key, to := range map[string]any{"columns": &columns, "rows": &rows, "digest": &digest} {
		if err := json.Unmarshal(object[key], to); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	types := []string{"string", "integer", "float", "date", "float"}
	if len(columns) != len(types) {
		t.Fatalf("columns are %q", columns)
	}
	pairs := make([][2]string, len(columns))
	for i := range columns {
		pairs[i] = [2]string{columns[i], types[i]}
	}
	head, _ := json.Marshal(pairs)
	lines := string(head) + "\n"
	for _, row := range rows {
		lines += string(row) + "\n"
	}
	sum := sha256.Sum256([]byte(lines))
	if want := hex.EncodeToString(sum[:]); digest != want {
		t.Errorf("the digest is %s, that of\n%sis %s", digest, lines, want)
	}
}

// A sum beyond 64 bits has all its digits and one digest in every mode; beside it
// are means and deviations that do not depend on 64 bits.
func TestSumsBeyond64Bits(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	text.WriteString("k,a,u\n")
	for i := range 3000 {
		switch i % 3 {
		case 0: // the largest values
			text.WriteString("0,9223372036854775807,18446744073709551615\n")
		case 1:
			text.WriteString("1,-9223372036854775808,0\n")
		case 2:
			fmt.Fprintf(&text, "2,%d,%d\n", i, i)
		}
	}
	write(t, filepath.Join(dir, "wide.csv"), text.String())
	wide := []string{"wide.csv", "--types", "a=int64,u=uint64", "--timings", "none"}
	for _, name := range []string{"wide.arrow", "wide.parquet"} {
		weir(t, dir, append([]string{"run", "-o", name}, wide...)...)
	}
	job := []string{"run", "--agg", "sum(a), sum(u), mean(a), stddev_pop(u), min(a), last(u)", "--format"}
	want := map[string]string{
		"json": `[0,9223372036854775807000,18446744073709551615000,9223372036854776000,0,9223372036854775807,18446744073709551615],
[1,-9223372036854775808000,0,-9223372036854776000,0,-9223372036854775808,0],
[2,1500500,1500500,1500.5,866.0249707716285,2,2999]
`,
		"csv": `k,sum(a),sum(u),mean(a),stddev_pop(u),min(a),last(u)
0,9223372036854775807000,18446744073709551615000,9223372036854776000,0,9223372036854775807,18446744073709551615
1,-9223372036854775808000,0,-9223372036854776000,0,-9223372036854775808,0
2,1500500,1500500,1500.5,866.0249707716285,2,2999
`,
		"table": `k                   sum(a)                   sum(u)               mean(a)      stddev_pop(u)                min(a)               last(u)
-  -----------------------  -----------------------  --------------------  -----------------  --------------------  --------------------
0   9223372036854775807000  18446744073709551615000   9223372036854776000                  0   9223372036854775807  18446744073709551615
1  -9223372036854775808000                        0  -9223372036854776000                  0  -9223372036854775808                     0
2                  1500500                  1500500                1500.5  866.0249707716285                     2                  2999
`,
	}
	digests := map[string]bool{}
	for _, mode := range []string{"sequential", "threads", "pipe", "mmap"} {
		for _, input := range [][]string{wide, {"wide.arrow", "--timings", "none"}, {"wide.parquet", "--timings", "none"}} {
			for format, want := range want {
				args := append(append(job, format, "--by", "k", "--mode", mode, "--workers", "2", "--chunk-rows", "100"), input...)
				o := weir(t, dir, args...)
				got := o.out
				if format == "json" {
					digests[digestOf(t, got)] = true
					_, got, _ = strings.Cut(got, "[\n")
					got, _, _ = strings.Cut(got, "], \"digest\"")
				}
				if got != want {
					t.Errorf("%s of %s in %s:\n%swant\n%s", mode, input[0], format, got, want)
				}
			}
		}
	}
	if len(digests) != 1 {
		t.Errorf("the digests are %v", digests)
	}
	if o := weir(t, dir, "run", "--timings", "none", "--format", "csv", "--agg", "sum(a), sum(u)", "wide.arrow"); o.out != "sum(a),sum(u)\n1499500,18446744073709553115500\n" {
		t.Errorf("without keys: %s", o.out)
	}
}

// The report has every field that is documented, and its times add up.
func TestReport(t *testing.T) {
	for _, mode := range []string{"sequential", "threads", "pipe", "mmap"} {
		t.Run(mode, func(t *testing.T) {
			dir := t.TempDir()
			o := weir(t, dir, "run", "--mode", mode, "--workers", "2", "--timings", "json", "--format", "json", "--agg", "sum(x)", "--report", "r.json", sample("s.csv"))
			text := read(t, filepath.Join(dir, "r.json"))
			var compact bytes.Buffer
			if err := json.Compact(&compact, []byte(text)); err != nil {
				t.Fatal(err)
			}
			if strings.TrimSpace(o.err) != compact.String() {
				t.Errorf("--timings json is\n%s, --report\n%s", o.err, compact.String())
			}
			var r map[string]any
			json.Unmarshal([]byte(text), &r)
			for _, key := range []string{"mode", "workers", "chunk_rows", "chunks", "rows", "wall_s", "digest", "bytes", "peak_rss_bytes", "lanes", "warnings"} {
				if _, ok := r[key]; !ok {
					t.Errorf("it has no %s", key)
				}
			}
			if codec, ok := r["codec"]; mode == "pipe" && codec != "raw" || mode != "pipe" && ok && codec != "" {
				t.Errorf("codec is %v", codec)
			}
			var result struct{ Digest string }
			json.Unmarshal([]byte(o.out), &result)
			if r["mode"] != mode || r["rows"] != 5000.0 || r["digest"] != result.Digest {
				t.Errorf("mode %v, rows %v, digest %v", r["mode"], r["rows"], r["digest"])
			}
			for _, key := range []string{"read", "shared", "copied"} {
				if _, ok := r["bytes"].(map[string]any)[key].(float64); !ok {
					t.Errorf("bytes.%s is missing", key)
				}
			}
			lanes := r["lanes"].([]any)
			if processes := mode == "pipe" || mode == "mmap"; processes && len(lanes) < 3 {
				t.Errorf("there are %d lanes", len(lanes))
			}
			for _, l := range lanes {
				lane := l.(map[string]any)
				if lane["name"] == "" || lane["pid"].(float64) < 1 {
					t.Errorf("a lane is called %v, process %v", lane["name"], lane["pid"])
				}
				sum, life := lane["unaccounted_s"].(float64), lane["lifetime_s"].(float64)
				for _, s := range lane["spans"].(map[string]any) {
					sum += s.(float64)
				}
				if diff := sum - life; diff > 0.02*life || diff < -0.02*life {
					t.Errorf("lane %v lived %v s, of which %v are told", lane["name"], life, sum)
				}
			}
		})
	}
}

// --timings table is on standard error, none is nothing at all.
func TestTimings(t *testing.T) {
	job := []string{"run", "--mode", "sequential", "--agg", "count()", "--format", "csv", sample("s.arrow")}
	if o := weir(t, "", append(job, "--timings", "none")...); o.err != "" {
		t.Errorf("none writes %q", o.err)
	}
	o := weir(t, "", append(job, "--timings", "table")...)
	shape := `^sequential, 1 worker, 5,000 rows in \d+ chunks? of at most [\d,]+ rows, \S+, [\d,]+ rows/s\nbytes (read|mapped) .*, shared .*, copied 0 B; peak memory .*\n +lane +lifetime .* unaccounted\n +coordinator .*\n$`
	if o.out != "count()\n5000\n" || !regexp.MustCompile(shape).MatchString(o.err) {
		t.Errorf("%s%s", o.out, o.err)
	}
}

// Every line of a log in JSON is JSON.
func TestLogAsJSON(t *testing.T) {
	o := weir(t, "", "run", "--log-format", "json", "--log-level", "debug", "--mode", "mmap", "--timings", "none", "--agg", "count()", sample("s.csv"))
	lines := 0
	for s := bufio.NewScanner(strings.NewReader(o.err)); s.Scan(); lines++ {
		var line struct{ Time, Level, Msg string }
		if err := json.Unmarshal(s.Bytes(), &line); err != nil || line.Msg == "" || line.Level == "" {
			t.Errorf("%s: %v", s.Text(), err)
		}
	}
	if lines == 0 {
		t.Error("debug logs nothing")
	}
	if o := weir(t, "", "run", "--log-level", "error", "--timings", "none", "--agg", "count()", sample("s.csv"), sample("s.csv")); o.err != "" {
		t.Errorf("level error shows %q", o.err)
	}
}

// Away from a terminal --progress on is a line a second, auto nothing.
func TestProgressWithoutTerminal(t *testing.T) {
	dir := t.TempDir()
	weir(t, dir, "gen", "--rows", "60000", "long.csv")
	job := []string{"run", "--mode", "mmap", "--workers", "1", "--chunk-rows", "1", "--timings", "none", "--format", "csv", "--agg", "count()", "long.csv"}
	o := weir(t, dir, append(job, "--progress", "on")...)
	for _, line := range strings.Split(strings.TrimSpace(o.err), "\n") {
		if !regexp.MustCompile(`^\d+ %: [\d,]+ rows?, [\d,]+ rows/s(, \S+ left)?$`).MatchString(line) {
			t.Errorf("progress is %q", line)
		}
	}
	if o := weir(t, dir, "run", "--timings", "none", "--agg", "count()", "long.csv"); o.err != "" {
		t.Errorf("auto shows %q", o.err)
	}
}

func opened(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
