package main

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// way is a program, and how it does a task.
type way struct {
	name    string
	version string
	weir    bool
	mode    string // of weir
	env     []string
	reads   []string // formats

	// args is the command. It says how long it took: weir on standard error, the
	// others with their rows on standard output.
	args func(t task, file string) []string
}

//go:embed scripts
var scripts embed.FS

// threads is how many every way may use.
const threads = 2

// weirs are the ways of weir.
func weirs(program string) ([]way, error) {
	out, err := exec.Command(program, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("%s --version: %w; build it with make build, or say -weir PROGRAM", program, err)
	}
	var all []way
	for _, mode := range []string{"threads", "mmap"} {
		all = append(all, way{
			name: "weir " + mode, version: strings.TrimPrefix(strings.TrimSpace(string(out)), "weir "), weir: true, mode: mode,
			reads: []string{"csv", "parquet", "arrow"},
			args: func(t task, file string) []string {
				args := []string{program, "run", "--mode", mode, "--workers", strconv.Itoa(threads), "--format", "json", "--progress", "off", "--timings", "json"}
				return append(append(args, t.flags...), file)
			},
		})
	}
	return all, nil
}

// peers are the other programs on this machine, and what to do about those that
// are missing. dir has the node_modules of those for Node; the scripts are
// written to scriptDir.
func peers(dir, scriptDir string) (found []way, missing []string, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, nil, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, []string{"DuckDB and Polars: there is no node, whose bindings are used here; install Node.js 20 or newer"}, nil
	}
	for _, p := range []struct {
		name, module, script string
		engines              []string
		reads                []string
	}{
		{"DuckDB", "@duckdb/node-api", "duckdb.mjs", []string{""}, []string{"csv", "parquet"}},
		{"Polars", "nodejs-polars", "polars.mjs", []string{"in-memory", "streaming"}, []string{"csv", "parquet", "arrow"}},
	} {
		version, err := moduleVersion(dir, p.module)
		if err != nil {
			missing = append(missing, fmt.Sprintf("%s: %v; to install it there, and nowhere else: %s", p.name, err, strings.Join(installCommand(dir), " ")))
			continue
		}
		text, err := scripts.ReadFile("scripts/" + p.script)
		if err != nil {
			return nil, nil, err
		}
		script := filepath.Join(scriptDir, p.script)
		if err := os.WriteFile(script, text, 0o600); err != nil {
			return nil, nil, err
		}
		for _, engine := range p.engines {
			found = append(found, way{
				name: strings.TrimSpace(p.name + " " + engine), version: version, reads: p.reads,
				env: []string{"PEERS=" + dir, "POLARS_MAX_THREADS=" + strconv.Itoa(threads)},
				args: func(t task, file string) []string {
					return []string{node, script, t.name, file, strconv.Itoa(threads), engine}
				},
			})
		}
	}
	return found, missing, nil
}

// moduleVersion is the version of a module for Node in dir.
func moduleVersion(dir, module string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "node_modules", module, "package.json"))
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("%s is not in %s", module, filepath.Join(dir, "node_modules"))
	}
	if err != nil {
		return "", err
	}
	var pack struct{ Version string }
	if err := json.Unmarshal(text, &pack); err != nil {
		return "", fmt.Errorf("%s: %w", module, err)
	}
	return pack.Version, nil
}

// installCommand brings the peers into dir. npm on Node 20 leaves the binary of
// Polars out, because it says that it wants Node 22, so it is named as well.
func installCommand(dir string) []string {
	return []string{"npm", "install", "--prefix", dir, "@duckdb/node-api@1.5.6-r.1", "nodejs-polars@0.26.1", "nodejs-polars-linux-x64-gnu@0.26.1"}
}

// canRead tells whether it knows the format.
func (w way) canRead(format string) bool { return slices.Contains(w.reads, format) }
