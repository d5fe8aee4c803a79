package main

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/weir-pipeline/weir/"

// layers in the order in which imports may go: a package imports its own layer
// and those before it.
var layers = []string{"storage", "stages", "pipeline", "cmd", "examples"}

// leaves import no package of their own layer but those named.
var leaves = map[string][]string{
	"storage/chunk":        nil,
	"storage/atomicfile":   nil,
	"storage/format":       {"storage/chunk"},
	"storage/shm":          {"storage/chunk"},
	"storage/pagecache":    nil,
	"stages/exact":         nil,
	"stages/block":         nil,
	"stages/order":         nil,
	"pipeline/environment": nil,
	"pipeline/timing":      nil,
	"pipeline/replay":      nil,
	"pipeline/profile":     {"pipeline/timing"},
	"pipeline/wire":        nil,
	"pipeline/chrometrace": {"pipeline/timing"},
}

func TestImportsGoOneWay(t *testing.T) {
	all, _ := packages(t)
	for dir, files := range all {
		layer := slices.Index(layers, strings.Split(dir, "/")[0])
		allowed, leaf := leaves[dir]
		for _, f := range files {
			for _, spec := range f.Imports {
				path, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module)
				if !ours {
					continue
				}
				other := slices.Index(layers, strings.Split(path, "/")[0])
				switch {
				case other > layer:
					t.Errorf("%s imports %s, which is a layer above it", dir, path)
				case layers[other] == "cmd" || layers[other] == "examples":
					t.Errorf("%s imports %s, which is a program", dir, path)
				case leaf && other == layer && !slices.Contains(allowed, path):
					t.Errorf("%s is a leaf, but imports %s", dir, path)
				}
			}
		}
	}
}

func TestPackagesHaveNamesThatSaySomething(t *testing.T) {
	all, _ := packages(t)
	for dir := range all {
		switch name := filepath.Base(dir); name {
		case "util", "utils", "common", "types", "base", "helpers", "misc":
			t.Errorf("%s: a package called %s says nothing", dir, name)
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	all, fset := packages(t)
	for dir, files := range all {
		p, err := doc.NewFromFiles(fset, files, module+dir)
		if err != nil {
			t.Fatal(err)
		}
		if p.Doc == "" {
			t.Errorf("%s: the package is not documented", dir)
		}
		check := func(name, text string) {
			if ast.IsExported(name) && text == "" {
				t.Errorf("%s: %s is not documented", dir, name)
			}
		}
		for _, f := range p.Funcs {
			check(f.Name, f.Doc)
		}
		for _, typ := range p.Types {
			check(typ.Name, typ.Doc)
			for _, f := range typ.Funcs {
				check(f.Name, f.Doc)
			}
		}
	}
}

// packages parses the non-test files of every package, by directory.
func packages(t *testing.T) (map[string][]*ast.File, *token.FileSet) {
	t.Helper()
	found := map[string][]*ast.File{}
	fset := token.NewFileSet()
	for _, layer := range layers {
		err := filepath.WalkDir(filepath.Join("..", "..", layer), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
			if err != nil {
				return err
			}
			dir := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../../")
			if f.Name.Name == "main" && layer == "examples" {
				return nil
			}
			found[dir] = append(found[dir], f)
			return nil
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if len(found) < 20 {
		t.Fatalf("found %d packages only; is the test run in its directory?", len(found))
	}
	return found, fset
}
