package main

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// traced is what a test needs to know of a file of --trace.
type traced struct {
	OtherData struct {
		Weir string
		Runs []struct{ Name, Mode, Digest string }
	}
	TraceEvents []struct {
		Ph, Name string
		Args     struct{ Name string }
	}
}

func readTrace(t *testing.T, path string) (f traced) {
	t.Helper()
	file := opened(t, path)
	var text io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		var err error
		if text, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	all, err := io.ReadAll(text)
	if err == nil {
		err = json.Unmarshal(all, &f)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if want := weir(t, "", "--version").out; want != "weir version "+f.OtherData.Weir+"\n" {
		t.Errorf("%s is of version %q, the program says %q", path, f.OtherData.Weir, want)
	}
	return f
}

// processes are the names of a trace's processes, sorted.
func (f traced) processes() []string {
	var names []string
	for _, e := range f.TraceEvents {
		if e.Name == "process_name" {
			names = append(names, e.Args.Name)
		}
	}
	slices.Sort(names)
	return names
}

func (f traced) has(phase string) bool {
	for _, e := range f.TraceEvents {
		if e.Ph == phase {
			return true
		}
	}
	return false
}

// --trace writes a file beside the result, which stays what it is.
func TestTrace(t *testing.T) {
	for _, tt := range []struct {
		mode, file string
		processes  []string
	}{
		{"sequential", "t.json", []string{"sequential: coordinator"}},
		{"threads", "t.JSON", []string{"threads x2: coordinator"}},
		{"pipe", "t.json.gz", []string{"pipe/raw x2: coordinator", "pipe/raw x2: worker 1", "pipe/raw x2: worker 2"}},
		{"mmap", "t.json", []string{"mmap x2: coordinator", "mmap x2: worker 1", "mmap x2: worker 2"}},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			dir := t.TempDir()
			job := []string{"run", "--mode", tt.mode, "--workers", "2", "--chunk-rows", "500", "--timings", "none", "--format", "json", "--agg", "sum(x)", "--by", "k", sample("s.csv")}
			plain := weir(t, dir, job...)
			with := weir(t, dir, append(job, "--trace", tt.file)...)
			if with != plain {
				t.Errorf("with --trace it prints %+v, without %+v", with, plain)
			}
			f := readTrace(t, filepath.Join(dir, tt.file))
			if got := f.processes(); !slices.Equal(got, tt.processes) {
				t.Errorf("processes are %q, want %q", got, tt.processes)
			}
			about := f.OtherData.Runs
			if len(about) != 1 || about[0].Mode != tt.mode || about[0].Digest != digestOf(t, plain.out) {
				t.Errorf("it says of the run %+v", about)
			}
			if workers := len(tt.processes) > 1; !f.has("X") || workers != f.has("f") {
				t.Error("slices or arrows are missing, or too many")
			}
			if got := names(t, dir); len(got) != 1 {
				t.Errorf("the directory holds %q", got)
			}
		})
	}
}

// A comparison traces one run of each way.
func TestTraceOfAComparison(t *testing.T) {
	dir := t.TempDir()
	o := weir(t, dir, "compare", "--trials", "2", "--modes", "threads,mmap", "--workers", "1,2", "--agg", "sum(x)", "--format", "json", "--trace", "c.json", sample("s.csv"))
	f := readTrace(t, filepath.Join(dir, "c.json"))
	want := []string{
		"mmap x1: coordinator", "mmap x1: worker 1", "mmap x2: coordinator", "mmap x2: worker 1", "mmap x2: worker 2",
		"threads x1: coordinator", "threads x2: coordinator",
	}
	if got := f.processes(); !slices.Equal(got, want) {
		t.Errorf("processes are %q, want %q", got, want)
	}
	var ways []string
	for _, r := range f.OtherData.Runs {
		ways = append(ways, r.Name)
		if r.Digest != digestOf(t, o.out) {
			t.Errorf("%s has digest %s", r.Name, r.Digest)
		}
	}
	if want := []string{"threads x1", "threads x2", "mmap x1", "mmap x2"}; !slices.Equal(ways, want) {
		t.Errorf("runs are of %q, want %q", ways, want)
	}
}

func TestTraceIsRefused(t *testing.T) {
	dir := t.TempDir()
	input := write(t, filepath.Join(dir, "in.csv"), "a\n1\n")
	write(t, filepath.Join(dir, "in.json"), "a\n1\n") // told to be CSV by what is in it
	if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("sub", filepath.Join(dir, "link")); err != nil {
		t.Skip("links are not allowed here")
	}
	for _, tt := range []struct {
		name string
		args string
		want string
		code int
	}{
		{"another ending", "run --trace t.html", "--trace t.html: traces are written as JSON: use a name that ends in .json or .json.gz", 2},
		{"no name but the ending's", "run --trace t.gz", "use a name that ends in", 2},
		{"the result's file", "run -o r.json --trace r.json", "--trace and --output name the same file, r.json", 2},
		{"the result's file by another way", "run -o sub/r.json --trace link/r.json", "name the same file", 2},
		{"the report's file", "run --report ./r.json --trace r.json", "--trace and --report name the same file, r.json", 2},
		{"an input", "run in.json --trace in.json", "--trace in.json would replace an input", 2},
		{"an input of a comparison", "compare in.json --modes threads --trials 1 --trace in.json", "--trace in.json would replace an input", 2},
		{"a comparison's report", "compare --modes threads --trials 1 --report r.json --trace r.json", "name the same file", 2},
		{"a directory that is not there", "run --trace none/t.json", "--trace: create none/t.json", 1},
		{"a job that fails", "run --where a//0>0 --types a=int64 --trace t.json", "", 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append(strings.Fields(tt.args), "--agg", "sum(a)", input)
			o := invocation{dir: dir}.run(t, args...)
			if o.code != tt.code || !strings.Contains(o.err, tt.want) || o.out != "" {
				t.Errorf("%+v", o)
			}
			if got := names(t, dir); !slices.Equal(got, []string{"in.csv", "in.json", "link", "sub"}) || len(names(t, filepath.Join(dir, "sub"))) > 0 {
				t.Errorf("the directory holds %q", got)
			}
		})
	}
}
