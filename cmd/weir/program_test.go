package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The tests of the command line run the real program.
var (
	program    string // its path
	samples    string // a directory of small files that no test changes
	buildFlags []string
	update     = flag.Bool("update", false, "write the golden files anew")
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Setenv("GORACE", "atexit_sleep_ms=0") // a second by default, of each run
	os.Exit(withProgram(m.Run))
}

func withProgram(tests func() int) int {
	dir, err := os.MkdirTemp("", "weir-cmd-test")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "weir")
	build := exec.Command("go", append(append([]string{"build"}, buildFlags...), "-o", program, ".")...)
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: %v\n%s", build, err, out)
		return 1
	}
	samples = filepath.Join(dir, "samples")
	if err := makeSamples(samples); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return tests()
}

// makeSamples writes small files of every format with the same 5,000 rows, and
// one of real data.
func makeSamples(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	weather, err := os.ReadFile("testdata/seattle-weather.csv")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "weather.csv"), weather, 0o644); err != nil {
		return err
	}
	gen := exec.Command(program, "gen", "--rows", "5000", "--city", "s.csv", "s.parquet", "s.arrow")
	gen.Dir = dir
	if out, err := gen.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", gen, err, out)
	}
	return nil
}

// outcome is what a run of the program left.
type outcome struct {
	code     int
	out, err string
}

// invocation is a run of the program. The zero value runs in a directory of its
// own with nothing on standard input.
type invocation struct {
	dir   string
	stdin any // string: through a pipe; *os.File: as it is
	env   []string
}

// command makes the process; everything it writes stays within the test.
func (i invocation) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(program, args...)
	c.Dir, c.Env = i.dir, append(os.Environ(), i.env...)
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	switch in := i.stdin.(type) {
	case string:
		c.Stdin = strings.NewReader(in)
	case *os.File:
		c.Stdin = in
	}
	return c
}

// run runs the program to its end, which has to come within a minute.
func (i invocation) run(t *testing.T, args ...string) outcome {
	t.Helper()
	return finish(t, i.command(t, args...))
}

func finish(t *testing.T, c *exec.Cmd) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	if c.Stdout == nil {
		c.Stdout = &out
	}
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { c.Process.Kill() })
	err := c.Wait()
	if !late.Stop() {
		t.Fatalf("weir %s hangs\n%s", strings.Join(c.Args[1:], " "), errs.String())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if text := errs.String(); strings.Contains(text, "DATA RACE") || strings.Contains(text, "goroutine ") {
		t.Errorf("weir %s:\n%s", strings.Join(c.Args[1:], " "), text)
	}
	return outcome{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

// weir runs the program in dir and expects success.
func weir(t *testing.T, dir string, args ...string) outcome {
	t.Helper()
	o := invocation{dir: dir}.run(t, args...)
	if o.code != 0 {
		t.Fatalf("weir %s: exit code %d\n%s", strings.Join(args, " "), o.code, o.err)
	}
	return o
}

// sample is the path of a sample file.
func sample(name string) string { return filepath.Join(samples, name) }

func write(t *testing.T, path, text string) string {
	os.MkdirAll(filepath.Dir(path), 0o755)
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// names are the names in a directory, hidden ones too.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// golden compares text with the entry of that name in testdata/FILE.golden.
type golden struct {
	file string
	mu   sync.Mutex
	want map[string]string
	got  map[string]string
}

var entryLine = regexp.MustCompile(`(?m)^=== (.*)\n`)

func openGolden(t *testing.T, name string) *golden {
	t.Helper()
	g := &golden{file: filepath.Join("testdata", name+".golden"), want: map[string]string{}, got: map[string]string{}}
	text, err := os.ReadFile(g.file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	at := entryLine.FindAllStringSubmatchIndex(string(text), -1)
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		g.want[string(text[m[2]:m[3]])] = string(text[m[1]:end])
	}
	t.Cleanup(func() { g.close(t) })
	return g
}

func (g *golden) check(t *testing.T, name, got string) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if !strings.HasSuffix(got, "\n") {
		got += "\n"
	}
	g.got[name] = got
	if want := g.want[name]; !*update && got != want {
		t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
	}
}

func (g *golden) close(t *testing.T) {
	if !*update {
		return
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(g.got)) {
		fmt.Fprintf(&b, "=== %s\n%s", name, g.got[name])
	}
	if err := os.WriteFile(g.file, []byte(b.String()), 0o644); err != nil {
		t.Error(err)
	}
}

// transcript is an outcome as a golden text, without what differs from machine
// to machine.
func transcript(o outcome, args []string, dirs ...string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = a
		if strings.ContainsAny(a, " ()*<>|`'\"") || a == "" {
			quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	text := fmt.Sprintf("$ weir %s\n%s%sexit code %d\n", strings.Join(quoted, " "), o.out, o.err, o.code)
	text = strings.ReplaceAll(text, samples+string(filepath.Separator), "")
	for _, d := range dirs {
		text = strings.ReplaceAll(text, d+string(filepath.Separator), "")
	}
	return text
}
