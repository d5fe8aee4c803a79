package open

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// isGlob tells whether a path that does not exist may be meant as a pattern.
func isGlob(path string) bool { return strings.ContainsAny(path, "*?[") }

// expand lists what matches the pattern, sorted. A part ** stands for any
// number of directories, and wild cards match no name that begins with a dot
// unless the pattern does.
func expand(pattern string) ([]string, error) {
	volume := filepath.VolumeName(pattern)
	rest := filepath.ToSlash(pattern[len(volume):])
	parts := strings.Split(rest, "/")
	for _, p := range parts {
		if _, err := filepath.Match(p, ""); err != nil {
			return nil, fmt.Errorf("%s: the pattern %q is malformed; a literal bracket is written [[]", pattern, p)
		}
	}
	base := volume
	if strings.HasPrefix(rest, "/") {
		base += "/"
		parts = parts[1:]
	}
	g := globber{seen: map[string]bool{}, filesOnly: slices.Contains(parts, "**")}
	if err := g.walk(base, parts); err != nil {
		return nil, err
	}
	slices.Sort(g.found)
	return g.found, nil
}

type globber struct {
	found []string
	seen  map[string]bool // two ** in a row reach a file by several ways

	filesOnly bool // ** goes through directories and does not match them
}

// walk adds what matches parts below base.
func (g *globber) walk(base string, parts []string) error {
	for len(parts) > 0 && parts[0] == "" { // a doubled or trailing slash
		parts = parts[1:]
	}
	if len(parts) == 0 {
		if info, err := os.Stat(base); g.filesOnly && err == nil && info.IsDir() {
			return nil
		}
		if !g.seen[base] {
			g.seen[base] = true
			g.found = append(g.found, base)
		}
		return nil
	}
	part, rest := parts[0], parts[1:]
	if !isGlob(part) {
		path := join(base, part)
		if _, err := os.Lstat(path); err != nil {
			return nil
		}
		return g.walk(path, rest)
	}
	if part == "**" {
		if len(rest) == 0 {
			rest = []string{"*"}
		}
		if err := g.walk(base, rest); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(orDot(base))
	if err != nil {
		if info, statErr := os.Stat(orDot(base)); statErr == nil && !info.IsDir() {
			return nil
		}
		return explain(orDot(base), err)
	}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") && !strings.HasPrefix(part, ".") {
			continue
		}
		if part == "**" {
			if e.IsDir() && !strings.HasPrefix(name, "_") {
				if err := g.walk(join(base, name), parts); err != nil {
					return err
				}
			}
			continue
		}
		matched, _ := filepath.Match(part, name) // malformed patterns were refused
		if !matched || len(rest) > 0 && !isDirectory(base, e) {
			continue
		}
		if err := g.walk(join(base, name), rest); err != nil {
			return err
		}
	}
	return nil
}

func isDirectory(base string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.IsDir()
	}
	info, err := os.Stat(join(base, e.Name()))
	return err == nil && info.IsDir()
}

// join is path joining that leaves the pattern's own spelling alone.
func join(base, name string) string {
	if base == "" || strings.HasSuffix(base, "/") || strings.HasSuffix(base, string(filepath.Separator)) {
		return base + name
	}
	return base + string(filepath.Separator) + name
}

func orDot(base string) string {
	if base == "" {
		return "."
	}
	return base
}
