// Package chrometrace writes what the lanes of runs did when as a file that
// ui.perfetto.dev and chrome://tracing open: the JSON object form of the trace
// event format.
//
// The coordinator is a process whose lanes are threads, each worker is a
// process of its own, and every span is a slice. Arrows (flow events) lead from
// the slice in which a chunk was decoded through the one in which it was sent to
// the one in which it was computed and, if it gave rows, to where those were
// merged and written. Where chunks go to workers, a counter says how many wait
// for one and how many are with one. All runs of a file begin at time 0, below
// each other.
package chrometrace

import (
	"fmt"
	"io"

	"github.com/weir-pipeline/weir/pipeline/timing"
)

// Run is one run in a file.
type Run struct {
	Name   string // stands before the names of its processes: "threads x2"
	Mode   string
	Digest string // of the result
	Trace  *timing.Trace
}

// Write writes the runs, which version of weir made, to w as it goes: what it
// keeps grows with the chunks and not with the spans.
func Write(w io.Writer, version string, runs []Run) error {
	for _, r := range runs {
		if r.Trace == nil {
			return fmt.Errorf("the run %s was not traced: Options.Trace has to be set", r.Name)
		}
	}
	e := newEncoder(w)
	if err := e.begin(header(version, runs)); err != nil {
		return err
	}
	tracks := newNumbering(runs)
	flowID := 0
	for _, r := range runs {
		lanes := tracks.place(r)
		e.metadata(lanes)
		paths := pathsOf(r.Trace)
		e.spans(r.Trace, lanes, paths)
		e.inFlight(lanes, paths)
		flowID = e.flows(lanes, paths, flowID)
	}
	return e.end()
}

// otherData is what the file says of itself.
type otherData struct {
	Version string    `json:"weir"`
	Runs    []runData `json:"runs"`
}

type runData struct {
	Name         string  `json:"name"`
	Mode         string  `json:"mode"`
	Digest       string  `json:"digest"`
	Wall         float64 `json:"wall_s"`
	SpansDropped int     `json:"spans_dropped"` // beyond what a run records
}

func header(version string, runs []Run) otherData {
	d := otherData{Version: version, Runs: []runData{}}
	for _, r := range runs {
		d.Runs = append(d.Runs, runData{r.Name, r.Mode, r.Digest, r.Trace.Wall.Seconds(), r.Trace.Dropped()})
	}
	return d
}

// spans writes a slice for every span.
func (e *encoder) spans(t *timing.Trace, lanes []lane, paths *paths) {
	for i, l := range t.Lanes {
		for _, s := range l.Recorded {
			e.event("X", lanes[i])
			e.time("ts", s.Start)
			e.time("dur", s.End-s.Start)
			category := "work"
			if s.Category.Waits() {
				category = "wait"
			}
			e.text("cat", category)
			e.text("name", s.Category.String())
			if s.Split >= 0 {
				e.chunk(s, paths.of(s.Split, s.Index))
			}
			e.close()
		}
	}
}

// chunk writes which chunk a span is about. A reader that looks for one more
// chunk is about its split only.
func (e *encoder) chunk(s timing.Span, p *path) {
	e.args()
	if p.read {
		e.text("chunk", fmt.Sprintf("%d/%d", s.Split, s.Index))
		e.integer("rows", int64(p.rows))
		e.integer("bytes", p.sizeBytes)
	} else {
		e.integer("split", int64(s.Split))
	}
	e.closeArgs()
}
