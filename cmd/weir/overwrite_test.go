package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An output that is an input would be read and replaced in one run.
func TestAnInputIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	const text = "a,b\n1,2\n3,4\n"
	for _, name := range []string{"in.csv", "sub/in.csv"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("in.csv", filepath.Join(dir, "link.csv")); err != nil {
		t.Skip("links are not allowed here")
	}
	for _, c := range []struct {
		name, out string
		input     string
	}{
		{"itself", "in.csv", "in.csv"},
		{"a link to it", "link.csv", "in.csv"},
		{"through a link", "in.csv", "link.csv"},
		{"by a glob", "in.csv", "i*.csv"},
		{"in a directory", "sub/in.csv", "sub"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := invocation{dir: dir}.run(t, "run", "--timings", "none", "--agg", "sum(a)", "-o", c.out, c.input)
			if o.code != 2 || !strings.Contains(o.err, "would replace an input") {
				t.Errorf("exit code %d, %s", o.code, o.err)
			}
			if got, _ := os.ReadFile(filepath.Join(dir, "in.csv")); string(got) != text {
				t.Errorf("the input is now %q", got)
			}
		})
	}
	weir(t, dir, "run", "--timings", "none", "--agg", "sum(a)", "-o", "new.csv", "in.csv")
}

// A report that is an input would be too.
func TestAReportDoesNotReplaceAnInput(t *testing.T) {
	dir := t.TempDir()
	const text = "a,b\n1,2\n3,4\n"
	for _, name := range []string{"in.html", "in.json"} {
		for _, command := range []string{"run", "compare"} {
			write(t, filepath.Join(dir, name), text)
			o := invocation{dir: dir}.run(t, command, "--agg", "sum(a)", "--report", "./"+name, name)
			if o.code != 2 || !strings.Contains(o.err, "would replace an input") || read(t, filepath.Join(dir, name)) != text {
				t.Errorf("weir %s: exit code %d, %s", command, o.code, o.err)
			}
		}
	}
}
