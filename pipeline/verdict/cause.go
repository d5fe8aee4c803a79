package verdict

import (
	"slices"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/account"
	"github.com/weir-pipeline/weir/pipeline/costmodel"
	"github.com/weir-pipeline/weir/pipeline/machine"
	"github.com/weir-pipeline/weir/pipeline/replay"
	"github.com/weir-pipeline/weir/pipeline/timing"
)

// Cause is a known reason for which a run is slower than it could be.
type Cause string

// The causes.
const (
	StartUp     Cause = "start-up"                // processes start for longer than the job is worth
	SmallChunks Cause = "chunks too small"        // what every chunk costs, whatever its rows
	LargeChunks Cause = "chunks too large"        // too few of them to share out
	Skew        Cause = "uneven chunks"           // some rows cost far more than others
	FewSplits   Cause = "too few splits"          // the input cannot be shared out
	Codec       Cause = "codec"                   // writing and reading chunks in a codec
	Copying     Cause = "copying"                 // moving bytes between processes
	SlowInput   Cause = "slow input"              // what the input comes from does not keep up
	ColdFiles   Cause = "cold files"              // the input was not in the page cache
	SlowOutput  Cause = "slow output"             // what takes the rows does not keep up
	MemoryLimit Cause = "memory limit"            // chunks wait for memory, or are cut small to fit
	ManyWorkers Cause = "more workers than cores" // each costs a start, a partial and its share of caches
	SerialMerge Cause = "serial merge"            // partials are combined one after another
	Garbage     Cause = "garbage collection"      // the runtime had the cores
	OtherLoad   Cause = "other load"              // other programs had the cores
)

// Finding is a cause and what it costs a run.
type Finding struct {
	Cause Cause
	Share float64       // of the wall time, that would be gone without it
	Saved time.Duration // Share of the wall time
}

// Evidence is what is known beside a recorded run.
type Evidence struct {
	Model      *costmodel.Model // of the job on this machine; nil if there was nothing to sample
	RowBytes   float64          // of columns that the job reads
	Columns    []string         // that the job reads
	Processors int              // that the machine has for the run
	Resident   float64          // part of the input that was in the page cache before the run; below 0: unknown

	// Costs of the machine, in ns a byte.
	WriteNanoPerByte float64 // of writing a raw chunk to a worker's pipe
	ReadNanoPerByte  float64 // of reading it there
	TouchNanoPerByte float64 // of reading a mapped file for the first time, beyond reading memory that is in the cache

	Faults  account.FaultCosts
	Machine machine.Costs // what the figures above are taken from

	Convertible   bool // the input could be decoded once and kept, and would be as quick to compute on
	MemoryLimited bool // the user set a memory limit
	ChunkRowsSet  bool // the user set the size of chunks
}

// What is smaller is no cause worth a word.
const (
	leastShare = 0.10
	leastSaved = time.Millisecond
)

// Causes are the causes for which a run took as long as it did, the dearest
// first: each is found by replaying the run without it. A run without a problem
// has none.
func Causes(rec *Recording, e Evidence) []Finding {
	return newInquiry(rec, e).causes()
}

func (q *inquiry) causes() []Finding {
	rec := q.Recording
	var found []Finding
	for _, c := range []Cause{
		StartUp, SmallChunks, LargeChunks, Skew, FewSplits, Codec, Copying, SlowInput, ColdFiles, SlowOutput, MemoryLimit, ManyWorkers, SerialMerge, Garbage, OtherLoad,
	} {
		w, possible := q.without(c)
		if !possible {
			continue
		}
		share := rec.Gain(w)
		f := Finding{Cause: c, Share: share, Saved: time.Duration(share * float64(rec.Report.Wall))}
		if f.Share >= leastShare && f.Saved >= leastSaved {
			found = append(found, f)
		}
	}
	found = apart(found)
	slices.SortStableFunc(found, func(a, b Finding) int { return int(b.Saved - a.Saved) })
	return found
}

// apart drops what is another cause by a wider name: balance is lost by uneven
// chunks if even ones of the same size would be balanced.
func apart(found []Finding) []Finding {
	share := map[Cause]float64{}
	for _, f := range found {
		share[f.Cause] = f.Share
	}
	return slices.DeleteFunc(found, func(f Finding) bool {
		switch f.Cause {
		case LargeChunks, FewSplits:
			return share[Skew] >= f.Share*0.8 || f.Cause == FewSplits && share[LargeChunks] >= f.Share*0.8
		case Skew:
			return max(share[LargeChunks], share[FewSplits])*0.8 > f.Share
		case StartUp:
			return share[ManyWorkers] >= f.Share/2
		case SmallChunks:
			return share[MemoryLimit] >= f.Share
		}
		return false
	})
}

// without is the workload of the run without a cause, and whether the run can
// have it at all.
func (q *inquiry) without(c Cause) (replay.Workload, bool) {
	w, r, e := q.Workload, q.Report, q.evidence
	processes := w.Handover
	switch c {
	case StartUp:
		return startless(q.Recording, 0), processes
	case SmallChunks:
		return q.rechunk(q.bestRows()), q.bestRows() > r.ChunkRows && !cutByMemory(r, e)
	case LargeChunks:
		return q.rechunk(q.bestRows()), processes && q.bestRows() < r.ChunkRows
	case Skew:
		return w.Even(), len(w.Splits) > 1 || processes
	case FewSplits:
		return w.Resplit(4 * w.Lanes), len(w.Splits) < 4*w.Lanes && r.Mode != pipeline.Sequential
	case Codec:
		return q.withRaw(), r.Mode == pipeline.Pipe && r.Codec != "raw"
	case Copying:
		return q.withoutCopies(), r.Mode == pipeline.Pipe && r.Codec == "raw"
	case SlowInput:
		w = unblocked(w, 1, 0)
		w.Plan.Blocked = 0
		return w, !cold(r, e)
	case ColdFiles:
		return unblocked(w, 1, 1), cold(r, e)
	case SlowOutput:
		return w.Free(replay.StepEmit), true
	case MemoryLimit:
		if cutByMemory(r, e) {
			w = q.rechunk(q.bestRows())
		}
		// With little memory garbage is collected again and again.
		return scaled(w, 1/q.collecting, 1).WithMemory(0), e.MemoryLimited
	case ManyWorkers:
		return fewerLanes(q.Recording, e), e.Processors > 0 && w.Lanes > e.Processors
	case SerialMerge:
		w = w.Free(replay.StepCombine)
		w.Finish.CPU = max(0, w.Finish.CPU-finishing(r.Trace))
		return w, true
	case OtherLoad:
		return unblocked(w, 0, 1), !cold(r, e)
	case Garbage:
		return scaled(w, 1/q.collecting, 1), !e.MemoryLimited
	}
	return w, false
}

// cutByMemory tells whether chunks are small because the memory limit made them
// so.
func cutByMemory(r *pipeline.Report, e Evidence) bool {
	return e.MemoryLimited && r.ChunkRowsCut
}

// cold tells whether the run waited for a device.
func cold(r *pipeline.Report, e Evidence) bool {
	return e.Resident >= 0 && e.Resident < 0.95 || r.Usage.MajorFaults > 32
}

// inquiry looks for the causes of one run.
type inquiry struct {
	*Recording
	evidence Evidence
	perChunk replay.Chunk // what every chunk costs, whatever its rows
	best     int          // see bestRows
}

func newInquiry(rec *Recording, e Evidence) *inquiry {
	return &inquiry{Recording: rec, evidence: e, perChunk: fixed(rec, e)}
}

// rechunk is the run with chunks of another size. Of each step the same part, in
// every chunk, is taken to be the rows'.
func (q *inquiry) rechunk(rows int) replay.Workload {
	mean, fixed := q.mean(), q.perChunk
	split := func(c *replay.Cost, mean, fixed replay.Cost) {
		if mean.CPU > 0 {
			c.CPU = fixed.CPU + time.Duration(float64(c.CPU)*(1-float64(fixed.CPU)/float64(mean.CPU)))
		}
	}
	w := eachChunk(q.Workload, func(_ chunkID, c *replay.Chunk) {
		split(&c.Read, mean.Read, fixed.Read)
		split(&c.Decode, mean.Decode, fixed.Decode)
		split(&c.Encode, mean.Encode, fixed.Encode)
		split(&c.Copy, mean.Copy, fixed.Copy)
		split(&c.Take, mean.Take, fixed.Take)
		split(&c.Compute, mean.Compute, fixed.Compute)
		split(&c.Return, mean.Return, fixed.Return)
	})
	return w.Rechunk(rows, fixed)
}

// bestRows is the chunk size with which the run would have been fastest.
func (q *inquiry) bestRows() int {
	if q.best > 0 {
		return q.best
	}
	best, wall := q.Report.ChunkRows, q.Report.Wall
	for _, rows := range []int{1 << 16, 1 << 14, 1 << 18, 1 << 12, 1 << 20, 1 << 10, 1 << 22} {
		if p := q.Predict(q.rechunk(rows)); p < wall*95/100 { // what is tried first has to be beaten
			best, wall = rows, p
		}
	}
	q.best = best
	return best
}

// withoutCopies leaves each chunk what it costs to hand over nothing.
func (q *inquiry) withoutCopies() replay.Workload {
	f := q.perChunk
	return eachChunk(q.Workload, func(_ chunkID, c *replay.Chunk) {
		c.Encode, c.Copy, c.Take = least(c.Encode, f.Encode), least(c.Copy, f.Copy), least(c.Take, f.Take)
	})
}

func least(a, b replay.Cost) replay.Cost {
	return replay.Cost{CPU: min(a.CPU, b.CPU), Blocked: min(a.Blocked, b.Blocked)}
}

// unblocked takes away a part of what chunks were blocked for in reading, and in
// decoding and computing.
func unblocked(w replay.Workload, reading, computing float64) replay.Workload {
	less := func(d *time.Duration, part float64) { *d -= time.Duration(float64(*d) * part) }
	w = eachChunk(w, func(_ chunkID, c *replay.Chunk) {
		less(&c.Read.Blocked, reading)
		less(&c.Decode.Blocked, computing)
		less(&c.Compute.Blocked, computing)
	})
	for i := range w.Splits {
		less(&w.Splits[i].Open.Blocked, reading)
	}
	return w
}

func eachChunk(w replay.Workload, f func(chunkID, *replay.Chunk)) replay.Workload {
	splits := make([]replay.Split, len(w.Splits))
	for i, s := range w.Splits {
		splits[i] = replay.Split{Open: s.Open, Chunks: slices.Clone(s.Chunks)}
		for j := range splits[i].Chunks {
			f(chunkID{int32(i), int32(j)}, &splits[i].Chunks[j])
		}
	}
	w.Splits = splits
	return w
}

// startless is the run in which processes start and end in the given part of
// the time.
func startless(rec *Recording, part float64) replay.Workload {
	w := rec.Workload
	if !w.Handover {
		return w
	}
	less := func(d, own time.Duration) time.Duration {
		return own + time.Duration(float64(max(0, d-own))*part)
	}
	w.Start = slices.Clone(w.Start)
	for i := range w.Start {
		w.Start[i].CPU = time.Duration(float64(w.Start[i].CPU) * part)
		w.Start[i].Blocked = time.Duration(float64(w.Start[i].Blocked) * part)
	}
	w.Plan.CPU = less(w.Plan.CPU, rec.planning)
	w.Finish.CPU = less(w.Finish.CPU, rec.closing)
	return w
}

// fewerLanes is the run with a lane for each processor: processes that are fewer
// start, and end, sooner, but not sooner than so many do on this machine.
func fewerLanes(rec *Recording, e Evidence) replay.Workload {
	n := e.Processors
	part := float64(n) / float64(max(1, rec.Workload.Lanes))
	var longest time.Duration
	for _, c := range rec.Workload.Start {
		longest = max(longest, c.CPU+c.Blocked)
	}
	if s := e.Machine.Spawn; s != nil && longest > 0 {
		starts := s.WallSeconds.Median
		if s.AtOnceWallSeconds != nil && s.AtOnce <= n {
			starts = max(starts, s.AtOnceWallSeconds.Median)
		}
		part = min(1, max(part, starts/longest.Seconds()))
	}
	return startless(rec, part).WithLanes(n)
}

// finishing is what the coordinator spent on the result once all lanes were
// done.
func finishing(t *timing.Trace) (sum time.Duration) {
	for _, l := range t.Lanes {
		if l.Role == timing.Coordinator {
			for _, s := range l.Recorded {
				if s.Category == timing.Merge && s.Split < 0 {
					sum += s.End - s.Start
				}
			}
		}
	}
	return sum
}
