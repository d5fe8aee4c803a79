package verdict

import (
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/account"
	"github.com/weir-pipeline/weir/pipeline/replay"
	"github.com/weir-pipeline/weir/pipeline/timing"
)

// Recording is a run that was recorded, as a workload that can be replayed.
type Recording struct {
	Report   *pipeline.Report
	Workload replay.Workload
	Wall     time.Duration // of the workload's replay, unchanged

	// Planning and closing are what the coordinator did before and after all
	// lanes, without what processes took to start and to end.
	planning, closing time.Duration

	// load is the processor time of the lanes and the runtime together, by that of
	// the lanes alone; collecting counts of the runtime only garbage collection.
	load, collecting float64

	// Latency is what a chunk takes on its way between processes beyond the work
	// on it: waking up who waits for it.
	Latency time.Duration
}

// Record makes the workload of a run that had Options.Trace.
//
// Each chunk costs what the lanes recorded for it: the processor time, and what
// they were blocked for; not the time in which they were ready and other lanes
// had the cores, because the replay shares cores itself.
func Record(r *pipeline.Report) *Recording {
	rec := &Recording{Report: r, Workload: workloadOf(r)}
	rec.planning, rec.closing = ownTime(r.Trace, rec.Workload)
	rec.loads()
	rec.burden()
	rec.fit()
	return rec
}

// Predict is how long the run would have taken with another workload. What the
// replay of the run leaves unexplained is taken to stay in proportion.
func (r *Recording) Predict(w replay.Workload) time.Duration {
	if r.Wall == 0 {
		return r.Report.Wall
	}
	unexplained := max(1, r.Report.Wall.Seconds()/r.Wall.Seconds())
	return time.Duration(float64(replay.Run(w).Wall) * unexplained)
}

// Gain is the part of the wall time that would be gone.
func (r *Recording) Gain(w replay.Workload) float64 {
	if r.Report.Wall == 0 {
		return 0
	}
	return 1 - float64(r.Predict(w))/float64(r.Report.Wall)
}

// fit finds the latency of a chunk with which the replay takes as long as the
// run did. Only hand-overs have one.
func (r *Recording) fit() {
	chunks := 0
	for _, s := range r.Workload.Splits {
		chunks += len(s.Chunks)
	}
	r.Wall = replay.Run(r.Workload).Wall
	if !r.Workload.Handover || chunks == 0 {
		return
	}
	perLane := max(1, chunks/max(1, r.Workload.Lanes))
	for range 4 {
		missing := r.Report.Wall - r.Wall
		if missing < r.Report.Wall/100 {
			return
		}
		more := min(missing/time.Duration(perLane), mostLatency-r.Latency)
		if more <= 0 {
			return
		}
		r.Latency += more
		w := r.Workload
		w.Splits = make([]replay.Split, len(r.Workload.Splits))
		for i, s := range r.Workload.Splits {
			w.Splits[i] = replay.Split{Open: s.Open, Chunks: append([]replay.Chunk(nil), s.Chunks...)}
			for j := range w.Splits[i].Chunks {
				w.Splits[i].Chunks[j].Take.Blocked += more
			}
		}
		r.Workload = w
		r.Wall = replay.Run(w).Wall
	}
}

// mostLatency is what waking up another process can take at the most, on a
// machine that is not overloaded; what is missing beyond is something else.
const mostLatency = 60 * time.Microsecond

type chunkID struct{ split, index int32 }

// workloadOf reads the costs off a trace.
func workloadOf(r *pipeline.Report) replay.Workload {
	b := &builder{
		report: r, trace: r.Trace, demands: account.Demands(r.Trace, r.Cores),
		chunks: map[chunkID]*replay.Chunk{}, opens: map[int32]*replay.Cost{},
	}
	b.w = replay.Workload{Cores: r.Cores, Lanes: r.Workers, Handover: r.Mode == pipeline.Pipe || r.Mode == pipeline.Mmap}
	b.place()
	for i := range b.trace.Lanes {
		b.lane(i)
	}
	b.serial()
	if b.w.Handover {
		b.w.Readers, b.w.Queue, b.w.Ahead = r.Readers, r.Workers, aheadMapped
		if b.leased {
			b.w.Ahead = aheadLeased
		}
	}
	if b.leased {
		b.w.MemoryBytes = r.ArenaLimit
	}
	return b.w
}

// How many chunks a worker has at once, see exec's links.
const (
	aheadMapped = 8
	aheadLeased = 2
)

type builder struct {
	report  *pipeline.Report
	trace   *timing.Trace
	demands [][]account.Demand
	chunks  map[chunkID]*replay.Chunk
	opens   map[int32]*replay.Cost
	leased  bool
	w       replay.Workload
}

// place makes the splits and chunks, in the order of the dataset.
func (b *builder) place() {
	counts := map[int32]int32{}
	last := int32(-1)
	for _, c := range b.trace.Chunks {
		counts[c.Split] = max(counts[c.Split], c.Index+1)
		last = max(last, c.Split)
	}
	b.w.Splits = make([]replay.Split, last+1)
	for split, n := range counts {
		b.w.Splits[split].Chunks = make([]replay.Chunk, n)
	}
	for i := range b.w.Splits {
		b.opens[int32(i)] = &b.w.Splits[i].Open
	}
	for _, c := range b.trace.Chunks {
		to := &b.w.Splits[c.Split].Chunks[c.Index]
		to.Rows = int(c.Rows)
		if c.Leased {
			to.Bytes = c.SizeBytes
			b.leased = true
		}
		b.chunks[chunkID{c.Split, c.Index}] = to
	}
}

// lane puts what one lane recorded where it belongs.
func (b *builder) lane(i int) {
	lane := &b.trace.Lanes[i]
	switch lane.Role {
	case timing.Worker, timing.Thread:
		b.w.Start = append(b.w.Start, b.start(i))
	}
	var merge, combine, returning replay.Cost
	for _, s := range lane.Recorded {
		if s.Category.Waits() {
			continue
		}
		cost := b.cost(i, s)
		chunk := b.chunks[chunkID{s.Split, s.Index}]
		switch {
		case s.Split >= 0 && s.Category == timing.Start:
			if open := b.opens[s.Split]; open != nil {
				add(open, cost)
			}
		case s.Split >= 0 && chunk == nil: // the end of a split is looked for past its last chunk
			if open := b.opens[s.Split]; open != nil {
				add(open, cost)
			}
		case chunk != nil:
			if to := stepOf(chunk, lane.Role, s.Category); to != nil {
				add(to, cost)
			}
		case s.Category == timing.Return && lane.Role == timing.Worker:
			add(&merge, cost)
		case s.Category == timing.Merge && lane.Role != timing.Coordinator:
			add(&combine, cost)
			add(&combine, returning) // the partial arrived
		}
		returning = replay.Cost{}
		if s.Category == timing.Return && lane.Role == timing.Receiver {
			returning = cost
		}
	}
	switch lane.Role {
	case timing.Worker:
		b.w.Merge = append(b.w.Merge, merge)
	case timing.Receiver, timing.Thread:
		b.w.Combine = append(b.w.Combine, combine)
	}
}

// stepOf is where a chunk keeps what a lane did to it.
func stepOf(c *replay.Chunk, role timing.Role, category timing.Category) *replay.Cost {
	switch category {
	case timing.Read:
		return &c.Read
	case timing.Decode:
		if role == timing.Worker {
			return &c.Take
		}
		return &c.Decode
	case timing.Encode:
		return &c.Encode
	case timing.Copy:
		if role == timing.Worker {
			return &c.Take
		}
		return &c.Copy
	case timing.Compute:
		return &c.Compute
	case timing.Return:
		return &c.Return
	case timing.Merge, timing.Write:
		return &c.Emit
	}
	return nil
}

// cost is what a span needed. Copying between two processes overlaps: what one
// of them waits for there is the other.
func (b *builder) cost(lane int, s timing.Span) replay.Cost {
	d := b.demands[lane][s.Category]
	took := float64(s.End - s.Start)
	cost := replay.Cost{CPU: time.Duration(took * d.CPU)}
	if s.Category != timing.Copy {
		cost.Blocked = time.Duration(took * d.Blocked)
	}
	return cost
}

// start is how long it took from the begin of the run until a lane could work: a
// process from the run's begin, a thread from its own.
func (b *builder) start(i int) replay.Cost {
	lane := &b.trace.Lanes[i]
	for _, s := range lane.Recorded {
		if s.Category != timing.Start || s.Split >= 0 {
			if lane.Role == timing.Worker {
				return replay.Cost{Blocked: s.Start}
			}
			return replay.Cost{CPU: s.Start - b.trace.Begins[i]}
		}
	}
	return replay.Cost{}
}

// serial is what the coordinator did before all lanes and after them.
func (b *builder) serial() {
	first, last := b.trace.Wall, time.Duration(0)
	for _, l := range b.trace.Lanes {
		for _, s := range l.Recorded {
			atWork := s.Split >= 0 || s.Category == timing.Merge && l.Role != timing.Coordinator || s.Category == timing.Return
			if atWork && !s.Category.Waits() {
				first, last = min(first, s.Start), max(last, s.End)
			}
		}
	}
	if last == 0 {
		b.w.Plan = replay.Cost{CPU: b.trace.Wall}
		return
	}
	var ready time.Duration // threads begin after the plan
	for i, l := range b.trace.Lanes {
		if l.Role == timing.Thread && (ready == 0 || b.trace.Begins[i] < ready) {
			ready = b.trace.Begins[i]
		}
		if l.Role == timing.Reader && (ready == 0 || b.trace.Begins[i] < ready) {
			ready = b.trace.Begins[i]
		}
	}
	if ready == 0 {
		ready = first
	}
	b.w.Plan = b.plan(min(ready, first))
	b.w.Finish = replay.Cost{CPU: b.trace.Wall - last}
}

// ownTime is what of the plan and the finish was the coordinator's own work, not
// waiting for processes to start or to end.
func ownTime(t *timing.Trace, w replay.Workload) (planning, closing time.Duration) {
	until, from := w.Plan.CPU+w.Plan.Blocked, t.Wall-w.Finish.CPU
	for _, l := range t.Lanes {
		if l.Role != timing.Coordinator {
			continue
		}
		for _, s := range l.Recorded {
			if s.Category.Waits() {
				continue
			}
			planning += max(0, min(s.End, until)-s.Start)
			closing += max(0, s.End-max(s.Start, from))
		}
	}
	return planning, closing
}

// loads finds how much the runtime adds to what the lanes need.
func (r *Recording) loads() {
	a := Account(r.Report)
	var lanes time.Duration
	for _, c := range []account.Cause{account.Read, account.Decode, account.Encode, account.Copy, account.Faults, account.Compute, account.Return} {
		lanes += a.Spent[c]
	}
	r.load, r.collecting = 1, 1
	if lanes > 0 {
		of := func(d time.Duration) float64 { return 1 + min(1, d.Seconds()/lanes.Seconds()) }
		r.load, r.collecting = of(a.Spent[account.Runtime]), of(min(r.Report.Usage.GC, a.Spent[account.Runtime]))
	}
}

// burden gives the chunks' costs the runtime's share. What lanes were without a
// core for because of it is in that, and not counted twice.
func (r *Recording) burden() {
	var blocked, cpu time.Duration
	each(r.Workload, func(c *replay.Cost) { blocked, cpu = blocked+c.Blocked, cpu+c.CPU })
	runtime := time.Duration((r.load - 1) * float64(cpu))
	left := 1.0
	if blocked > 0 {
		left = max(0, 1-runtime.Seconds()/blocked.Seconds())
	}
	r.Workload = scaled(r.Workload, r.load, left)
}

// scaled is a workload whose chunks need so many times the cores, and are
// blocked so many times as long.
func scaled(w replay.Workload, cpu, blocked float64) replay.Workload {
	w = eachChunk(w, func(chunkID, *replay.Chunk) {})
	each(w, func(c *replay.Cost) {
		c.CPU, c.Blocked = time.Duration(float64(c.CPU)*cpu), time.Duration(float64(c.Blocked)*blocked)
	})
	return w
}

// each calls f for the costs of all steps that lanes work in.
func each(w replay.Workload, f func(*replay.Cost)) {
	for i := range w.Splits {
		for j := range w.Splits[i].Chunks {
			c := &w.Splits[i].Chunks[j]
			for _, cost := range []*replay.Cost{&c.Read, &c.Decode, &c.Encode, &c.Copy, &c.Take, &c.Compute, &c.Return} {
				f(cost)
			}
		}
	}
}

// plan is the time until the first lane began. What was waited for in reading a
// stream, which is kept in a file before anything else, is no work.
func (b *builder) plan(until time.Duration) replay.Cost {
	plan := replay.Cost{CPU: until}
	for i, l := range b.trace.Lanes {
		for _, s := range l.Recorded {
			if l.Role == timing.Coordinator && s.Split < 0 && s.Category == timing.Read && s.End <= until {
				blocked := b.cost(i, s).Blocked
				plan.CPU, plan.Blocked = plan.CPU-blocked, plan.Blocked+blocked
			}
		}
	}
	return plan
}

func add(to *replay.Cost, c replay.Cost) {
	to.CPU += c.CPU
	to.Blocked += c.Blocked
}
