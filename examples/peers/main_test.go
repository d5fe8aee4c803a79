package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// weirProgram is weir, built once for all tests.
var weirProgram string

func TestMain(m *testing.M) {
	if generations := os.Getenv(allocating); generations != "" {
		allocate(generations)
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "weir-peers-test")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		weirProgram = filepath.Join(dir, "weir.exe")
		if out, err := exec.Command("go", "build", "-o", weirProgram, "../../cmd/weir").CombinedOutput(); err != nil {
			panic(string(out))
		}
		return m.Run()
	}())
}

// measureSmall runs the program as its command line would, with files of its own
// in data, and returns what it prints.
func measureSmall(t *testing.T, args ...string) (out, messages string, err error) {
	t.Helper()
	var said, printed bytes.Buffer
	s, err := parse(append([]string{"-weir", weirProgram}, args...), &said)
	if err != nil {
		t.Fatal(err)
	}
	err = run(context.Background(), s, &printed, &said)
	return printed.String(), said.String(), err
}

func TestWeirAlone(t *testing.T) {
	dir := t.TempDir()
	out, messages, err := measureSmall(t, "-dir", dir, "-peers", "none", "-rows", "20000", "-trials", "2", "-format", "json")
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	var r struct {
		Weir    string
		Peers   map[string]string
		Missing []string
		Seed    uint64
		Cells   []struct {
			Task, Format string
			Rows         int64
			Writer       string   `json:"written_by"`
			Mmap         *float64 `json:"mmap_to_threads"`
			Inside       *float64 `json:"threads_to_best_peer_inside"`
			Ways         []struct {
				Name      string
				Failed    string
				InsideS   float64 `json:"median_inside_s"`
				AnonBytes int64   `json:"peak_anon_bytes"`
				PssBytes  int64   `json:"peak_pss_bytes"`
				Samples   []struct {
					InsideS float64 `json:"inside_s"`
					WallS   float64 `json:"wall_s"`
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if len(r.Peers) > 0 || len(r.Missing) > 0 || r.Seed == 0 || r.Weir == "" || len(r.Cells) != 15 {
		t.Fatalf("%d cells, weir %q, seed %d, peers %v, missing %v", len(r.Cells), r.Weir, r.Seed, r.Peers, r.Missing)
	}
	names := []string{"weir threads", "weir mmap"}
	if runtime.GOOS == "windows" {
		names = names[:1]
	}
	for i, c := range r.Cells {
		if c.Task != tasks()[i%5].name || c.Format != formats()[i/5].name || c.Rows != 20000 || len(c.Ways) != len(names) || c.Inside != nil {
			t.Errorf("cell %d is %+v", i, c)
			continue
		}
		if (c.Mmap == nil) != (len(names) == 1) || (c.Writer != "") != (c.Format == "parquet") {
			t.Errorf("%s %s: mmap to threads %v, written by %q", c.Task, c.Format, c.Mmap, c.Writer)
		}
		for j, w := range c.Ways {
			if w.Name != names[j] || w.Failed != "" || len(w.Samples) != 2 {
				t.Errorf("%s %s: %+v", c.Task, c.Format, w)
				continue
			}
			a, b := w.Samples[0], w.Samples[1]
			if a.InsideS <= 0 || a.InsideS >= a.WallS || w.InsideS < min(a.InsideS, b.InsideS) || w.InsideS > max(a.InsideS, b.InsideS) {
				t.Errorf("%s %s %s: median %v of %+v", c.Task, c.Format, w.Name, w.InsideS, w.Samples)
			}
			if runtime.GOOS == "linux" && (w.AnonBytes <= 0 || w.PssBytes < w.AnonBytes) {
				t.Errorf("%s %s %s: %d bytes, with mapped files %d", c.Task, c.Format, w.Name, w.AnonBytes, w.PssBytes)
			}
		}
	}
	for _, name := range []string{"t20k.csv", "t20k.parquet", "t20k.arrow"} {
		if _, err := os.Stat(filepath.Join(dir, "data", name)); err != nil {
			t.Error(err)
		}
	}
}

// Peers that are there agree with weir.
func TestBesidePeers(t *testing.T) {
	dir := os.Getenv("WEIR_PEERS")
	if dir == "" {
		t.Skip("WEIR_PEERS does not name a directory with the peers (peers -install makes one)")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("there is no node in PATH")
	}
	data := t.TempDir()
	npm, err := filepath.Abs(filepath.Join(dir, "npm"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(npm, filepath.Join(data, "npm")); err != nil {
		t.Skip(err)
	}
	out, messages, err := measureSmall(t, "-dir", data, "-rows", "20000", "-trials", "1", "-targets", "-format", "markdown")
	if err != nil {
		t.Fatalf("%v\n%s%s", err, messages, out)
	}
	for _, want := range []string{"making " + filepath.Join(data, "data", "t20k.parquet") + ": DuckDB", "written by DuckDB",
		"\n- duckdb: v", "\n- polars: nodejs-polars", "\n- polars-streaming: ", "| T5 exact median and p99 of y | ", "inside 0.40 "} {
		if !strings.Contains(messages+out, want) {
			t.Errorf("the output does not have %q:\n%s%s", want, messages, out)
		}
	}
	if rows := strings.Count(out, "\n| T"); rows != 15 {
		t.Errorf("%d rows, not 15:\n%s", rows, out)
	}
}

// pandas and numpy agree, too, where they are.
func TestFramesAgree(t *testing.T) {
	dir := t.TempDir()
	if err := writeScripts(dir); err != nil {
		t.Fatal(err)
	}
	s := &settings{weir: weirProgram, dir: dir, rows: 20_000, peers: []string{"pandas", "numpy"}, workers: 2, limit: time.Minute}
	found, missing := findPeers(context.Background(), s, dir)
	if len(found) == 0 {
		t.Skip(missing)
	}
	weir, err := findWeir(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	file, err := prepare(context.Background(), s, "csv", nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks() {
		c := &cell{task: task, file: file}
		for _, w := range append([]way{weir[0]}, found...) {
			o, err := w.command(task, file.path).run(context.Background(), s.limit)
			if err != nil {
				t.Fatal(err)
			}
			m := &measured{way: &w}
			if _, err := c.check(m, o); err != nil {
				t.Errorf("%s %s: %v", task.name, w.name, err)
			}
			for _, d := range m.differences {
				if d.Reason == "" {
					t.Errorf("%s %s: %v", task.name, w.name, d)
				}
			}
		}
	}
}

func TestMissingPeersAreNamed(t *testing.T) {
	dir := t.TempDir()
	out, messages, err := measureSmall(t, "-dir", dir, "-tasks", "T1", "-formats", "arrow", "-rows", "1000", "-trials", "1")
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	reason := "node cannot load it"
	if _, err := exec.LookPath("node"); err != nil {
		reason = "there is no node in PATH"
	}
	want := "duckdb is not measured: " + reason + "; get it with -install, or: npm install --prefix " + filepath.Join(dir, "npm") + " --no-audit --no-fund @duckdb/node-api@"
	if !strings.Contains(messages, want) || !strings.Contains(out, want) {
		t.Errorf("%q was expected:\n%s%s", want, messages, out)
	}
	if !strings.Contains(out, "T1 sum(x*x)") {
		t.Errorf("weir was not measured:\n%s", out)
	}
}

func TestWrongFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := measureSmall(t, "-data", dir, "-peers", "none", "-formats", "csv", "-rows", "1000"); err == nil ||
		err.Error() != "-data: there is no "+filepath.Join(dir, "t1k.csv")+"; leave -data out, and it is made in data in -dir" {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "t1k.csv"), []byte("id,x\n1,2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := measureSmall(t, "-data", dir, "-peers", "none", "-formats", "csv", "-rows", "1000"); err == nil ||
		!strings.HasSuffix(err.Error(), "t1k.csv: it has 1 row, but by its name it should have 1,000: remove it") {
		t.Error(err)
	}
}

// A task that fails is said, and the others are still measured.
func TestFailuresAreSaid(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "t2.csv"), []byte("id,x,k,y,price\n1,2,1,3,4\n2,2,1,3,4\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, messages, err := measureSmall(t, "-data", dir, "-peers", "none", "-formats", "csv", "-rows", "2", "-trials", "1", "-tasks", "T1,T2")
	if err == nil || !strings.Contains(err.Error(), "these failed: T2 with weir threads on csv") {
		t.Error(err)
	}
	for _, want := range []string{"weir threads      inside", "weir threads      failed: ", "T2, weir threads: failed: ", "T1 sum(x*x)"} {
		if !strings.Contains(messages+out, want) {
			t.Errorf("the output does not have %q:\n%s%s", want, messages, out)
		}
	}
}

func TestFlagsThatCannotBeMeant(t *testing.T) {
	for want, args := range map[string][]string{
		`-tasks: "T9" is unknown; possible are T1, T2, T3, T4, T5`: {"-tasks", "T1,T9"},
		`-formats: "" is unknown`:                                  {"-formats", ""},
		`-peers: "spark" is unknown; possible are duckdb`:          {"-peers", "spark"},
		`-format: "html" is unknown`:                               {"-format", "html"},
		`-parquet-writer: "polars" is unknown`:                     {"-parquet-writer", "polars"},
		"-trials 0: at least 1 is needed":                          {"-trials", "0"},
		"-workers 0: at least 1 is needed":                         {"-workers", "0"},
		"-rows 0: at least 1 is needed":                            {"-rows", "0"},
		"-rows -1: at least 1 is needed":                           {"-rows", "-1"},
		`"T1" is no flag`:                                          {"T1"},
	} {
		if _, err := parse(args, io.Discard); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v: %v; %q was expected", args, err, want)
		}
	}
	s, err := parse([]string{"-weir", filepath.Join(t.TempDir(), "weir")}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := run(context.Background(), s, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), `build it with "make build"`) {
		t.Error(err)
	}
}

func TestProcessesAreKilledAtTheLimit(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip(err)
	}
	began := time.Now()
	_, err = command{args: []string{sleep, "60"}}.run(context.Background(), 50*time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "it did not end within 50ms (-limit)") || time.Since(began) > 30*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// allocating is the variable that makes the test's own program a process with
// 64 MB, and a child with as much for each letter but the first.
const allocating = "WEIR_TEST_ALLOCATING"

func allocate(generations string) {
	block := make([]byte, 64<<20)
	for i := range block {
		block[i] = byte(i)
	}
	if len(generations) > 1 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), allocating+"="+generations[1:])
		if err := child.Run(); err != nil {
			os.Exit(1)
		}
	} else {
		time.Sleep(100 * time.Millisecond)
	}
	runtime.KeepAlive(block)
	os.Exit(0)
}

func TestMemoryOfTheWholeTree(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the system does not tell")
	}
	c := command{args: []string{os.Args[0]}, environ: []string{allocating + "=abc"}}
	o, err := c.runMeasuringMemory(context.Background(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if got := o.peak.anonBytes; got < 3*64<<20 || got > 4*64<<20 {
		t.Errorf("three processes with 64 MiB each have %d bytes", got)
	}
	if o.peak.pssBytes <= o.peak.anonBytes {
		t.Errorf("%d bytes with mapped files, %d without", o.peak.pssBytes, o.peak.anonBytes)
	}
}

func TestFileNames(t *testing.T) {
	for rows, want := range map[int64]string{50_000_000: "t50M.arrow", 1_000_000: "t1M.arrow", 1_500_000: "t1500k.arrow", 20_000: "t20k.arrow", 123: "t123.arrow"} {
		if got := fileName(rows, "arrow"); got != want {
			t.Errorf("%d rows: %s, want %s", rows, got, want)
		}
	}
}

func TestMedian(t *testing.T) {
	for want, times := range map[time.Duration][]time.Duration{0: {}, 3: {3}, 5: {9, 5, 1}, 4: {9, 1, 5, 3}} {
		if got := median(slices.Clone(times)); got != want {
			t.Errorf("the median of %v is %v, not %v", times, got, want)
		}
	}
}
