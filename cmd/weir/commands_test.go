package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The help of every command is in testdata/help.golden.
func TestHelp(t *testing.T) {
	g := openGolden(t, "help")
	for _, args := range [][]string{{}, {"--help"}, {"-h"}, {"help"}} {
		g.check(t, "weir", weir(t, "", args...).out)
	}
	for _, command := range []string{"run", "compare", "explain", "inspect", "gen", "completion"} {
		o := weir(t, "", command, "--help")
		g.check(t, "weir "+command, o.out)
		if o.err != "" {
			t.Errorf("weir %s --help writes %q to standard error", command, o.err)
		}
		for _, args := range [][]string{{command, "-h"}, {"help", command}, {command, "x.csv", "--help"}} {
			if got := weir(t, "", args...); got != o {
				t.Errorf("weir %v differs", args)
			}
		}
	}
}

func TestVersion(t *testing.T) {
	o := weir(t, "", "--version")
	if !regexp.MustCompile(`^weir version \S+ go1\.\S+\n$`).MatchString(o.out) {
		t.Errorf("%q", o.out)
	}
	if short := weir(t, "", "-v"); short != o {
		t.Errorf("-v gives %+v", short)
	}
}

func digestOf(t *testing.T, text string) string {
	t.Helper()
	var object struct{ Digest string }
	if err := json.Unmarshal([]byte(text), &object); err != nil || len(object.Digest) != 64 {
		t.Fatalf("digest %q, %v", object.Digest, err)
	}
	return object.Digest
}

func TestInspect(t *testing.T) {
	g := openGolden(t, "inspect")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "header.csv"), "a,b\n")
	for _, name := range []string{"weather.csv", "s.csv", "s.parquet", "s.arrow"} { // the width of a name shows
		write(t, filepath.Join(dir, name), read(t, sample(name)))
	}
	for name, args := range map[string][]string{
		"text":             {"weather.csv"},
		"statistics":       {"--stats", "weather.csv"},
		"splits":           {"--splits", "s.arrow"},
		"several files":    {"--stats", "s.csv", "s.parquet", "s.arrow"},
		"json":             {"--format", "json", "--stats", "--splits", "s.parquet"},
		"header only":      {"--stats", "header.csv"},
		"types asked for":  {"--types", "date=string,wind=string", "weather.csv"},
		"csv without rows": {"header.csv", "--splits"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"inspect"}, args...)
			o := invocation{dir: dir}.run(t, args...)
			g.check(t, name, transcript(o, args, dir))
			if strings.Contains(name, "json") && !json.Valid([]byte(o.out)) {
				t.Error("not JSON")
			}
		})
	}
	for _, stdin := range []any{read(t, sample("s.parquet")), opened(t, sample("s.parquet"))} {
		if o := (invocation{stdin: stdin}).run(t, "inspect", "-"); o.code != 0 || !strings.Contains(o.out, "5,000 rows, 9 columns") {
			t.Errorf("standard input: %+v", o)
		}
	}
}

// Tables of one seed are the same bytes; of another, other values.
func TestGen(t *testing.T) {
	for _, name := range []string{"t.csv", "t.tsv", "t.csv.gz", "t.csv.zst", "t.parquet", "t.arrow"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			gen := func(args ...string) string {
				weir(t, dir, append([]string{"gen", "--force", "--rows", "1000", name}, args...)...)
				return read(t, filepath.Join(dir, name))
			}
			first := gen("--seed", "7")
			if gen("--seed", "7") != first {
				t.Error("one seed gives two files")
			}
			if gen("--seed", "8") == first {
				t.Error("two seeds give one file")
			}
			if o := (invocation{dir: dir}).run(t, "gen", name); o.code != 1 || !strings.Contains(o.err, name+" exists; use --force") {
				t.Errorf("over a file: %+v", o)
			}
			if o := weir(t, dir, "run", "--timings", "none", "--format", "csv", "--agg", "count(), min(id), max(id)", name); o.out != "count(),min(id),max(id)\n1000,0,999\n" {
				t.Errorf("it reads as %q", o.out)
			}
			if got := fmt.Sprint(names(t, dir)); got != "["+name+"]" {
				t.Errorf("the directory holds %s", got)
			}
		})
	}
}

// The script of bash completes commands, flags, values and files.
func TestBashCompletion(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not installed")
	}
	script := weir(t, "", "completion", "bash").out
	dir := t.TempDir()
	write(t, filepath.Join(dir, "delays.csv"), "")
	for _, tt := range []struct{ words, want string }{
		{"weir co", "compare completion"},
		{"weir run --memo", "--memory-limit"},
		{"weir run --mode t", "threads"},
		{"weir run --codec ''", "raw arrow gob json"},
		{"weir run --format c", "csv"},
		{"weir compare --format ''", "table json csv gobench"},
		{"weir inspect --format ''", "table json"},
		{"weir compare --cache c", "cold"},
		{"weir compare --tri", "--trials"},
		{"weir run --tra", "--trace"},
		{"weir inspect --sp", "--splits"},
		{"weir run del", "delays.csv"},
	} {
		words := strings.Fields(tt.words)
		c := exec.Command("bash", "--norc", "-c", fmt.Sprintf("%s\nCOMP_WORDS=(%s)\nCOMP_CWORD=%d\n_weir\necho ${COMPREPLY[*]}", script, tt.words, len(words)-1))
		c.Dir = dir
		out, err := c.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != tt.want {
			t.Errorf("%s<tab> offers %q, want %q (%v)", tt.words, got, tt.want, err)
		}
	}
}

// The scripts of the other shells name every command and every flag.
func TestCompletionIsComplete(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		script := weir(t, "", "completion", shell).out
		for _, c := range newApp(streams{}).Commands {
			for _, name := range longNames(c) {
				flag := "--" + name
				if shell == "fish" {
					flag = "-l " + name
				}
				if !strings.Contains(script, c.Name) || !strings.Contains(script, flag) {
					t.Errorf("%s: weir %s %s is not there", shell, c.Name, flag)
				}
			}
		}
		if path, err := exec.LookPath(shell); err == nil {
			if out, err := exec.Command(path, "-n", write(t, filepath.Join(t.TempDir(), "script"), script)).CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", shell, err, out)
			}
		}
	}
}
