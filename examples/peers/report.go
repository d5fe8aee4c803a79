package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/weir-pipeline/weir/pipeline/environment"
)

// report is all that was measured, and on what.
type report struct {
	bench   *bench
	missing []string
	began   time.Time
	machine environment.Environment
	cells   []*cell
}

func newReport(b *bench, missing []string) *report {
	return &report{bench: b, missing: missing, began: time.Now(), machine: environment.Read()}
}

// problem is an error if a way failed or gave a wrong result.
func (r *report) problem() error {
	var failed, wrong []string
	for _, c := range r.cells {
		for _, m := range c.ways {
			name := fmt.Sprintf("%s with %s on %s", c.task.name, m.way.name, c.file.format.name)
			if m.failed != nil {
				failed = append(failed, name)
			}
			if slices.ContainsFunc(m.differences, func(d difference) bool { return d.Reason == "" }) {
				wrong = append(wrong, name)
			}
		}
	}
	var errs []error
	if len(failed) > 0 {
		errs = append(errs, fmt.Errorf("these failed: %s", strings.Join(failed, ", ")))
	}
	if len(wrong) > 0 {
		errs = append(errs, fmt.Errorf("these differ from weir's for no known reason: %s", strings.Join(wrong, ", ")))
	}
	return errors.Join(errs...)
}

// comparison is what a cell comes to. What cannot be said is NaN, or nil.
type comparison struct {
	threads, mmap *measured
	best          *measured // the peer with the least median inside
	bestWall      *measured // with the least median of the whole process
	leanest       *measured // with the least memory

	inside, whole float64 // threads, as a part of the best peer
	mmapRatio     float64 // mmap, as a multiple of threads
	weirMemory    memory  // the larger one of the two modes
	memoryRatio   float64 // as a part of the leanest peer's
	load          float64 // processors that other programs kept busy
}

func (c *cell) compare() comparison {
	k := comparison{inside: math.NaN(), whole: math.NaN(), mmapRatio: math.NaN(), memoryRatio: math.NaN()}
	var peers []*measured
	var samples []sample
	for _, m := range c.ways {
		samples = append(samples, m.samples...)
		switch {
		case m.failed != nil:
		case m.way.peer:
			peers = append(peers, m)
		case m.way.name == "weir threads":
			k.threads = m
		case m.way.name == "weir mmap":
			k.mmap = m
		}
	}
	k.load = load(samples)
	for _, m := range []*measured{k.threads, k.mmap} {
		if m != nil {
			k.weirMemory.anonBytes = max(k.weirMemory.anonBytes, m.memory.anonBytes)
			k.weirMemory.pssBytes = max(k.weirMemory.pssBytes, m.memory.pssBytes)
		}
	}
	if k.threads != nil && k.mmap != nil {
		k.mmapRatio = ratio(k.mmap.inside(), k.threads.inside())
	}
	if len(peers) == 0 {
		return k
	}
	k.best = slices.MinFunc(peers, func(a, b *measured) int { return cmp.Compare(a.inside(), b.inside()) })
	k.bestWall = slices.MinFunc(peers, func(a, b *measured) int { return cmp.Compare(a.wall(), b.wall()) })
	k.leanest = slices.MinFunc(peers, func(a, b *measured) int { return cmp.Compare(a.memory.anonBytes, b.memory.anonBytes) })
	if k.threads != nil {
		k.inside = ratio(k.threads.inside(), k.best.inside())
		k.whole = ratio(k.threads.wall(), k.bestWall.wall())
	}
	if k.weirMemory.anonBytes > 0 && k.leanest.memory.anonBytes > 0 {
		k.memoryRatio = float64(k.weirMemory.anonBytes) / float64(k.leanest.memory.anonBytes)
	}
	return k
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func (r *report) write(w io.Writer) error {
	switch r.bench.output {
	case "json":
		return r.writeJSON(w)
	case "markdown":
		return r.writeTables(w, markdown)
	}
	return r.writeTables(w, plain)
}

// head says what was measured, on what and how, in lines.
func (r *report) head() []string {
	e, b := r.machine, r.bench
	machine := fmt.Sprintf("%d cores of %s, %.3g GB, %s", e.Cores, cmp.Or(e.CPU, e.Arch), float64(e.Memory)/1e9, cmp.Or(e.Kernel, e.OS))
	lines := []string{machine + ", " + r.began.Format(time.DateOnly), "weir " + b.ways[0].version}
	for _, w := range b.ways {
		if w.peer {
			lines = append(lines, w.name+": "+w.version)
		}
	}
	lines = append(lines, r.missing...)
	return append(lines,
		fmt.Sprintf("%d threads or workers each; medians of %d rounds in random order, seed %d; files in the page cache", b.workers, b.trials, b.seed),
		strings.Join(append([]string{"peers"}, os.Args[1:]...), " "))
}

// writeJSON writes every sample.
func (r *report) writeJSON(w io.Writer) error {
	type sampleJSON struct {
		InsideS float64  `json:"inside_s"`
		WallS   float64  `json:"wall_s"`
		CPUS    float64  `json:"cpu_s"`
		Others  *float64 `json:"others_cpu_s"`
	}
	type wayJSON struct {
		Name        string       `json:"name"`
		InsideS     float64      `json:"median_inside_s"`
		WallS       float64      `json:"median_wall_s"`
		AnonBytes   int64        `json:"peak_anon_bytes"`
		PssBytes    int64        `json:"peak_pss_bytes"`
		Samples     []sampleJSON `json:"samples"`
		Differences []difference `json:"differences"`
		Failed      string       `json:"failed,omitempty"`
	}
	type cellJSON struct {
		Task        string    `json:"task"`
		Format      string    `json:"format"`
		File        string    `json:"file"`
		Rows        int64     `json:"rows"`
		SizeBytes   int64     `json:"size_bytes"`
		Writer      string    `json:"written_by,omitempty"`
		Ways        []wayJSON `json:"ways"`
		Inside      *float64  `json:"threads_to_best_peer_inside"`
		Whole       *float64  `json:"threads_to_best_peer_whole"`
		Mmap        *float64  `json:"mmap_to_threads"`
		MemoryRatio *float64  `json:"memory_to_leanest_peer"`
		Load        *float64  `json:"other_load"`
	}
	all := struct {
		Began   time.Time               `json:"began"`
		Command []string                `json:"command"`
		Machine environment.Environment `json:"machine"`
		Weir    string                  `json:"weir"`
		Peers   map[string]string       `json:"peers"`
		Missing []string                `json:"missing"`
		Workers int                     `json:"workers"`
		Trials  int                     `json:"trials"`
		Seed    uint64                  `json:"seed"`
		Cells   []cellJSON              `json:"cells"`
	}{r.began, os.Args, r.machine, r.bench.ways[0].version, map[string]string{}, r.missing, r.bench.workers, r.bench.trials, r.bench.seed, nil}
	all.Machine.Weir = all.Weir // not this program
	for _, w := range r.bench.ways {
		if w.peer {
			all.Peers[w.name] = w.version
		}
	}
	for _, c := range r.cells {
		k := c.compare()
		cj := cellJSON{Task: c.task.name, Format: c.file.format.name, File: c.file.path, Rows: c.file.rows, SizeBytes: c.file.sizeBytes, Writer: c.file.writer,
			Inside: known(k.inside), Whole: known(k.whole), Mmap: known(k.mmapRatio), MemoryRatio: known(k.memoryRatio), Load: known(k.load)}
		for _, m := range c.ways {
			wj := wayJSON{Name: m.way.name, InsideS: m.inside().Seconds(), WallS: m.wall().Seconds(),
				AnonBytes: m.memory.anonBytes, PssBytes: m.memory.pssBytes, Differences: m.differences}
			if m.failed != nil {
				wj.Failed = m.failed.Error()
			}
			for _, s := range m.samples {
				sj := sampleJSON{InsideS: s.inside.Seconds(), WallS: s.wall.Seconds(), CPUS: s.cpu.Seconds()}
				if s.others >= 0 {
					sj.Others = known(s.others.Seconds())
				}
				wj.Samples = append(wj.Samples, sj)
			}
			cj.Ways = append(cj.Ways, wj)
		}
		all.Cells = append(all.Cells, cj)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(all)
}

// known is nil for NaN, which JSON does not have.
func known(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}
