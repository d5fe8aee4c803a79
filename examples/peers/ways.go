package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// way is one way of computing a task: weir in a mode, or a peer.
type way struct {
	name    string
	version string
	peer    bool
	formats []string // that it can read
	command func(t task, path string) command
	// result is what a process of the command says that it computed, and how long
	// it took inside.
	result func(o *outcome) (*answer, time.Duration, error)
}

func (w *way) reads(format string) bool { return slices.Contains(w.formats, format) }

// findWeir is weir's ways.
func findWeir(ctx context.Context, s *settings) ([]way, error) {
	o, err := command{args: []string{s.weir, "--version"}}.run(ctx, s.limit)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("there is no %s: build it with \"make build\", or name the program with -weir", s.weir)
	}
	if err != nil {
		return nil, err
	}
	version := strings.TrimPrefix(strings.TrimSpace(string(o.stdout)), "weir version ")
	modes := []string{"threads", "mmap"}
	if runtime.GOOS == "windows" { // has no worker processes
		modes = modes[:1]
	}
	var ways []way
	for _, mode := range modes {
		ways = append(ways, way{
			name: "weir " + mode, version: version, formats: formatNames(), result: weirResult,
			command: func(t task, path string) command {
				// Note: --report has the same wall_s, but judges the run as well, which the
				// process pays for with up to 300 ms before it exits.
				args := []string{s.weir, "run", "--mode", mode, "--workers", strconv.Itoa(s.workers),
					"--format", "json", "--timings", "json", "--progress", "off"}
				return command{args: append(append(args, t.flags...), path)}
			},
		})
	}
	return ways, nil
}

//go:embed scripts
var scripts embed.FS

// writeScripts writes the peers' scripts to dir.
func writeScripts(dir string) error { return os.CopyFS(dir, scripts) }

// peer is an engine that a script speaks to.
type peer struct {
	name    string
	script  string
	about   []string // before "about" or the task
	argued  func(s *settings) []string
	environ func(s *settings) []string
	install func(s *settings) string // how it can be had
}

func peers() []peer {
	npm := func(s *settings) []string {
		dir, err := filepath.Abs(s.npm())
		if err != nil {
			dir = s.npm()
		}
		return []string{"WEIR_NPM=" + dir, "POLARS_MAX_THREADS=" + strconv.Itoa(s.workers)}
	}
	byNpm := func(s *settings) string {
		return fmt.Sprintf("get it with -install, or: %s", strings.Join(npmInstall(s.npm()), " "))
	}
	nothing := func(*settings) []string { return nil }
	byPip := func(*settings) string {
		return "it is looked for in python3 and /usr/bin/python3: install pandas (it brings numpy)"
	}
	return []peer{
		{name: "duckdb", script: "duckdb.mjs", environ: npm, install: byNpm,
			argued: func(s *settings) []string { return []string{strconv.Itoa(s.workers)} }},
		{name: "polars", script: "polars.mjs", environ: npm, install: byNpm,
			argued: func(*settings) []string { return []string{"in-memory"} }},
		{name: "polars-streaming", script: "polars.mjs", environ: npm, install: byNpm,
			argued: func(*settings) []string { return []string{"streaming"} }},
		{name: "pandas", script: "frames.py", about: []string{"pandas"}, environ: nothing, argued: nothing, install: byPip},
		{name: "numpy", script: "frames.py", about: []string{"numpy"}, environ: nothing, argued: nothing, install: byPip},
	}
}

func peerNames() (names []string) {
	for _, p := range peers() {
		names = append(names, p.name)
	}
	return names
}

// interpreters are the programs that may be able to run the peer's script.
func (p peer) interpreters() []string {
	if strings.HasSuffix(p.script, ".py") {
		return []string{"python3", "/usr/bin/python3", "python"}
	}
	return []string{"node"}
}

// findPeers is the ways of the peers that are there, and a sentence on each that
// is not.
func findPeers(ctx context.Context, s *settings, dir string) (found []way, missing []string) {
	for _, p := range peers() {
		if !slices.Contains(s.peers, p.name) {
			continue
		}
		w, err := p.find(ctx, s, dir)
		if err != nil {
			missing = append(missing, fmt.Sprintf("%s is not measured: %v; %s", p.name, err, p.install(s)))
			continue
		}
		found = append(found, *w)
	}
	return found, missing
}

func (p peer) find(ctx context.Context, s *settings, dir string) (w *way, err error) {
	script := filepath.Join(dir, "scripts", p.script)
	for _, name := range p.interpreters() {
		program, lookErr := exec.LookPath(name)
		if lookErr != nil {
			if err == nil {
				err = fmt.Errorf("there is no %s in PATH", name)
			}
			continue
		}
		start := append([]string{program, script}, p.about...)
		o, runErr := command{append(slices.Clone(start), "about"), p.environ(s)}.run(ctx, s.limit)
		if runErr != nil {
			err = fmt.Errorf("%s cannot load it", name)
			continue
		}
		var about struct {
			Version string
			Formats []string
		}
		if jsonErr := json.Unmarshal(o.stdout, &about); jsonErr != nil {
			err = fmt.Errorf("%s says %q of itself", p.script, o.stdout)
			continue
		}
		version := about.Version
		if o, err := (command{args: []string{program, "--version"}}).run(ctx, s.limit); err == nil {
			by := strings.TrimSpace(string(o.stdout))
			if name == "node" {
				by = "Node " + strings.TrimPrefix(by, "v")
			}
			version += ", " + by
		}
		return &way{
			name: p.name, version: version, peer: true, formats: about.Formats, result: peerResult,
			command: func(t task, path string) command {
				return command{append(append(slices.Clone(start), t.name, path), p.argued(s)...), p.environ(s)}
			},
		}, nil
	}
	return nil, err
}
