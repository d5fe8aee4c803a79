package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/weir-pipeline/weir/pipeline/profile"
	"github.com/weir-pipeline/weir/storage/atomicfile"
)

// profileFlags say which profiles are taken, and of what. run and compare share
// them.
func profileFlags(of string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "cpuprofile", Usage: "write a CPU profile of " + of + " to `FILE`, for go tool pprof"},
		&cli.StringFlag{Name: "memprofile", Usage: "write a heap profile of " + of + " to `FILE`, for go tool pprof"},
		&cli.StringFlag{Name: "profile", Usage: "write both to `DIR`, merged and of each process; a run with a profile takes longer: do not compare its time with one without"},
	}
}

// profiles are the files of --cpuprofile, --memprofile and --profile. They are
// opened before the run, whose time would be lost if they could not be.
type profiles struct {
	collector *profile.Collector // nil: no flag is given
	files     []profileFile      // merged over all processes
	dir       string             // of --profile
	made      bool               // dir was not there
}

type profileFile struct {
	flag string
	kind profile.Kind
	file *atomicfile.File
}

func newProfiles(c *cli.Context) (_ *profiles, err error) {
	p := &profiles{dir: c.String("profile")}
	var targets []profileFile
	var paths []string
	add := func(flag string, kind profile.Kind, path string) {
		targets, paths = append(targets, profileFile{flag: flag, kind: kind}), append(paths, path)
	}
	if path := c.String("cpuprofile"); path != "" {
		add("--cpuprofile", profile.CPU, path)
	}
	if path := c.String("memprofile"); path != "" {
		add("--memprofile", profile.Heap, path)
	}
	if p.dir != "" {
		add("--profile", profile.CPU, filepath.Join(p.dir, "cpu.pprof"))
		add("--profile", profile.Heap, filepath.Join(p.dir, "heap.pprof"))
	}
	for _, flag := range []string{"cpuprofile", "memprofile", "profile"} {
		if c.IsSet(flag) && c.String(flag) == "" {
			return nil, usagef("--%s: the name is empty", flag)
		}
	}
	if len(targets) == 0 {
		return p, nil
	}
	if err := p.refuse(c, targets, paths); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			p.abort()
		}
	}()
	if p.dir != "" {
		if err := p.makeDir(); err != nil {
			return nil, fmt.Errorf("--profile: %w", err)
		}
	}
	var o profile.Options
	for i, t := range targets {
		if t.file, err = atomicfile.Create(paths[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", t.flag, err)
		}
		p.files = append(p.files, t)
		o.CPU, o.Heap = o.CPU || t.kind == profile.CPU, o.Heap || t.kind == profile.Heap
	}
	p.collector = profile.New(o)
	return p, nil
}

// refuse is an error if a profile would replace an input, or two outputs are
// one file.
func (p *profiles) refuse(c *cli.Context, targets []profileFile, paths []string) error {
	taken := map[string]string{}
	for flag, name := range map[string]string{"output": "-o", "report": "--report"} {
		if path := c.String(flag); path != "" {
			taken[filepath.Clean(path)] = name
		}
	}
	for i, t := range targets {
		if err := refuseInputs(t.flag, paths[i], c.Args().Slice()); err != nil {
			return err
		}
		path := filepath.Clean(paths[i])
		if other, ok := taken[path]; ok && path != os.DevNull {
			return usagef("%s and %s name the same file, %s", other, t.flag, path)
		}
		taken[path] = t.flag
	}
	for _, path := range p.ofProcesses() {
		if err := refuseInputs("--profile", path, c.Args().Slice()); err != nil {
			return err
		}
	}
	return nil
}

func (p *profiles) makeDir() error {
	switch err := os.Mkdir(p.dir, 0o777); {
	case err == nil:
		p.made = true
	case !errors.Is(err, os.ErrExist):
		return err
	default:
		if info, err := os.Stat(p.dir); err != nil {
			return err
		} else if !info.IsDir() {
			return fmt.Errorf("%s is no directory", p.dir)
		}
	}
	return nil
}

// write completes all files, those of the processes last.
func (p *profiles) write() error {
	for _, f := range p.files {
		if err := commit(f.file, func(w io.Writer) error { return p.collector.Write(w, f.kind) }); err != nil {
			return fmt.Errorf("%s: %w", f.flag, err)
		}
	}
	if p.dir == "" {
		return nil
	}
	stale := map[string]bool{}
	for _, path := range p.ofProcesses() {
		stale[path] = true
	}
	for _, kind := range []profile.Kind{profile.CPU, profile.Heap} {
		for _, process := range p.collector.Processes(kind) {
			path := filepath.Join(p.dir, fmt.Sprintf("%s.%s.pprof", kind, strings.ReplaceAll(process, " ", "-")))
			file, err := atomicfile.Create(path)
			if err == nil {
				err = commit(file, func(w io.Writer) error { return p.collector.WriteProcess(w, kind, process) })
			}
			if err != nil {
				return fmt.Errorf("--profile: %w", err)
			}
			delete(stale, path)
		}
	}
	for path := range stale {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("--profile: removing what an earlier run left: %w", err)
		}
	}
	return nil
}

func commit(file *atomicfile.File, write func(io.Writer) error) error {
	defer file.Abort()
	if err := write(file); err != nil {
		return err
	}
	return file.Commit()
}

// ofProcess is the name of a file with the profile of one process.
var ofProcess = regexp.MustCompile(`^(cpu|heap)\.(coordinator|worker-[0-9]+)\.pprof$`)

// ofProcesses are such files that are there from an earlier run. With those of
// this one they would be taken for one run's.
func (p *profiles) ofProcesses() (paths []string) {
	if p.dir == "" {
		return nil
	}
	entries, _ := os.ReadDir(p.dir)
	for _, e := range entries {
		if ofProcess.MatchString(e.Name()) {
			paths = append(paths, filepath.Join(p.dir, e.Name()))
		}
	}
	return paths
}

// abort leaves no file behind that write has not completed.
func (p *profiles) abort() {
	for _, f := range p.files {
		f.file.Abort()
	}
	if p.made {
		_ = os.Remove(p.dir) // succeeds if it is empty
	}
}
