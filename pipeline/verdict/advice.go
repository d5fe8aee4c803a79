package verdict

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/quantity"
	"github.com/weir-pipeline/weir/pipeline/replay"
)

// Change is what to do differently. What is zero stays as it is.
type Change struct {
	Mode          pipeline.Mode `json:"mode,omitempty"`
	Codec         string        `json:"codec,omitempty"`
	Workers       int           `json:"workers,omitempty"`
	ChunkRows     int           `json:"chunk_rows,omitempty"`
	NoMemoryLimit bool          `json:"no_memory_limit,omitempty"`
	Warm          bool          `json:"warm,omitempty"`  // the input is in the page cache
	Arrow         bool          `json:"arrow,omitempty"` // the input is decoded once, to an uncompressed Arrow file
}

// Apply is o with the change. The input is not an option.
func (c Change) Apply(o pipeline.Options) pipeline.Options {
	if c.Mode != "" {
		o.Mode = c.Mode
		if c.Mode != pipeline.Pipe {
			o.Codec = ""
		}
	}
	if c.Codec != "" {
		o.Codec = c.Codec
	}
	if c.Workers > 0 {
		o.Workers = c.Workers
	}
	if c.ChunkRows > 0 {
		o.ChunkRows = c.ChunkRows
	}
	if c.NoMemoryLimit {
		o.MemoryLimitBytes = 0
	}
	return o
}

// Flags are what to type for it, as far as it is flags.
func (c Change) Flags() string {
	var flags []string
	add := func(flag string, set bool, value any) {
		if set {
			flags = append(flags, fmt.Sprintf("--%s %v", flag, value))
		}
	}
	add("mode", c.Mode != "", c.Mode)
	add("codec", c.Codec != "", c.Codec)
	add("workers", c.Workers > 0, c.Workers)
	add("chunk-rows", c.ChunkRows > 0, c.ChunkRows)
	text := ""
	for i, f := range flags {
		if i > 0 {
			text += " "
		}
		text += f
	}
	return text
}

// Advice is a change and what it is expected to give.
type Advice struct {
	Change    Change        `json:"change"`
	Text      string        `json:"text"`
	Base      Change        `json:"base"`              // the way that it is advised for
	Columns   []string      `json:"columns,omitempty"` // to decode, where the change is to decode the input
	Wall      time.Duration `json:"-"`                 // without it
	Predicted time.Duration `json:"-"`                 // with it
	Measured  *Measured     `json:"measured,omitempty"`
}

// Gain is how many times as fast the run is predicted to be.
func (a *Advice) Gain() float64 { return ratio(a.Wall, a.Predicted) }

// Measured is what a change gave when it was made.
type Measured struct {
	Wall, Changed time.Duration // medians without and with it
	Lo, Hi        float64       // confidence interval of Gain; both 0 if unknown
	Different     bool          // the trials show a difference
}

// Gain is how many times as fast the run was.
func (m *Measured) Gain() float64 { return ratio(m.Wall, m.Changed) }

// MarshalJSON writes the durations as seconds.
func (a Advice) MarshalJSON() ([]byte, error) {
	type plain Advice
	return json.Marshal(struct {
		plain
		Wall      float64 `json:"wall_s"`
		Predicted float64 `json:"predicted_s"`
		Gain      float64 `json:"gain"`
	}{plain(a), a.Wall.Seconds(), a.Predicted.Seconds(), a.Gain()})
}

// MarshalJSON writes the durations as seconds, and null for what is not known.
func (m Measured) MarshalJSON() ([]byte, error) {
	object := struct {
		Wall    float64  `json:"wall_s"`
		Changed float64  `json:"changed_s"`
		Gain    float64  `json:"gain"`
		Lo      *float64 `json:"lo"`
		Hi      *float64 `json:"hi"`
	}{Wall: m.Wall.Seconds(), Changed: m.Changed.Seconds(), Gain: m.Gain()}
	if m.Lo != 0 || m.Hi != 0 {
		object.Lo, object.Hi = &m.Lo, &m.Hi
	}
	return json.Marshal(object)
}

func ratio(a, b time.Duration) float64 {
	if b <= 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// leastGain is what a change has to give to be advised.
const leastGain = 1.10

// decodeShare is the part of core time in reading and decoding from which on
// decoding once is worth a word.
const decodeShare = 0.3

// addAdvice proposes changes for the causes that were found, and for a format
// that takes long to decode.
func (v *Verdict) addAdvice(rec *Recording, e Evidence, found []Finding) {
	seen := map[Change]bool{}
	propose := func(c Change, w replay.Workload, format string, args ...any) {
		a := &Advice{
			Change: c, Base: baseOf(rec.Report), Wall: rec.Report.Wall, Predicted: rec.Predict(w),
			Text: fmt.Sprintf(format, args...),
		}
		if c.Arrow {
			a.Columns = e.Columns
		}
		if seen[c] || a.Gain() < leastGain {
			return
		}
		seen[c] = true
		v.Statements = append(v.Statements, Statement{
			Kind: Advised, Way: nameOf(rec.Report), Advice: a,
			Heading: a.Text,
			Text:    fmt.Sprintf("Predicted: %s instead of %s, %s as fast.", quantity.Duration(a.Predicted), quantity.Duration(a.Wall), times(a.Gain())),
		})
	}
	r, q := rec.Report, newInquiry(rec, e)
	for _, f := range found {
		switch f.Cause {
		case Skew:
			// Who gets the dear chunks is chance as long as they are few.
			if rows := max(r.ChunkRows/16, 1024); rows < r.ChunkRows {
				propose(Change{ChunkRows: rows}, q.rechunk(rows), "Use chunks of %s", quantity.Count(int64(rows), "row"))
			}
		case SmallChunks, LargeChunks:
			if rows := q.bestRows(); rows != r.ChunkRows {
				propose(Change{ChunkRows: rows}, q.rechunk(rows), "Use chunks of %s", quantity.Count(int64(rows), "row"))
			}
		case StartUp:
			propose(Change{Mode: pipeline.Threads}, inProcess(rec), "Use threads, which start in no time")
		case Codec:
			propose(Change{Codec: "raw"}, q.withRaw(), "Use the codec raw")
		case Copying:
			propose(Change{Mode: pipeline.Mmap}, q.withoutCopies(), "Use shared memory (mmap)")
		case MemoryLimit:
			w, _ := q.without(MemoryLimit)
			propose(Change{NoMemoryLimit: true}, w, "Raise the memory limit")
		case ManyWorkers:
			propose(Change{Workers: e.Processors}, fewerLanes(rec, e), "Use %s", quantity.Count(int64(e.Processors), "worker"))
		case ColdFiles:
			propose(Change{Warm: true}, unblocked(rec.Workload, 1, 1), "Keep the input in the page cache")
		}
	}
	if a := Account(r); rec.leased() && decoding(a.Share) > decodeShare && e.Convertible {
		propose(Change{Arrow: true}, decoded(rec, e), "Decode the input once to an Arrow file")
	}
}

// baseOf is the way of a run.
func baseOf(r *pipeline.Report) Change {
	c := Change{Mode: r.Mode, Codec: r.Codec, Workers: r.Workers, ChunkRows: r.ChunkRows}
	if r.Mode == pipeline.Sequential {
		c.Workers = 0
	}
	return c
}

// inProcess is the run with threads instead of processes.
func inProcess(rec *Recording) replay.Workload {
	w := eachChunk(startless(rec, 0), func(_ chunkID, c *replay.Chunk) {
		c.Encode, c.Copy, c.Take, c.Return = replay.Cost{}, replay.Cost{}, replay.Cost{}, replay.Cost{}
	})
	w.Handover, w.Readers, w.Start, w.Merge, w.Combine = false, 0, nil, nil, nil
	w.Lanes = max(1, min(w.Lanes, len(w.Splits)))
	return w
}

// withRaw is the run in mode pipe with the codec raw.
func (q *inquiry) withRaw() replay.Workload {
	w, e := q.withoutCopies(), q.evidence
	sizes := map[chunkID]int64{}
	for _, c := range q.Report.Trace.Chunks {
		sizes[chunkID{c.Split, c.Index}] = c.SizeBytes
	}
	write := e.WriteNanoPerByte
	if !q.leased() { // whoever writes the pages of a mapped file touches them first
		write += e.TouchNanoPerByte
	}
	return eachChunk(w, func(id chunkID, c *replay.Chunk) {
		c.Copy.CPU += time.Duration(float64(sizes[id]) * write)
		c.Take.CPU += time.Duration(float64(sizes[id]) * e.ReadNanoPerByte)
	})
}

// decoded is the run over a mapped Arrow file: nothing is decoded, and the
// stages read memory that they touch for the first time.
func decoded(rec *Recording, e Evidence) replay.Workload {
	perRow := 0.0
	var rows, sizeBytes int64
	for _, c := range rec.Report.Trace.Chunks {
		rows, sizeBytes = rows+int64(c.Rows), sizeBytes+c.SizeBytes
	}
	if rows > 0 {
		perRow = float64(sizeBytes) / float64(rows)
	}
	w := eachChunk(rec.Workload, func(_ chunkID, c *replay.Chunk) {
		c.Read, c.Decode, c.Bytes = replay.Cost{}, replay.Cost{}, 0
		c.Compute.CPU += time.Duration(float64(c.Rows) * perRow * e.TouchNanoPerByte)
	})
	for i := range w.Splits {
		w.Splits[i].Open = replay.Cost{}
	}
	w.MemoryBytes = 0
	w.Plan.CPU = min(w.Plan.CPU, opening) // no types to find out
	if w.Handover {
		w.Ahead = aheadMapped
	}
	return w.Resplit(max(64, len(w.Splits)))
}

// opening is about what it takes to open an Arrow file, whose footer says all.
const opening = time.Millisecond

// leased tells whether the input was decoded into memory.
func (r *Recording) leased() bool {
	chunks := r.Report.Trace.Chunks
	return len(chunks) > 0 && chunks[0].Leased
}
