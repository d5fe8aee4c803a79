package replay

import (
	"math"
	"time"
)

// Run simulates w. It is deterministic, and takes time in proportion to the
// chunks and the logarithm of the lanes.
func Run(w Workload) Outcome {
	s := newSimulation(&w)
	s.begin()
	s.drain()
	s.serial = true
	s.wake(s.coordinator())
	s.drain()
	return s.outcome()
}

// simulation is the state of a run at a moment. Activities that can go on at
// this moment are in ready; those that do something are in one of two heaps; the
// others stand in a line of the one that will wake them.
//
// Cores are shared evenly: with n activities on c cores each advances at rate
// min(1, c/n). The virtual time is how far each of them has got since the
// beginning, so that the order in which they end does not change when others
// come and go, and an event costs a heap operation whatever n is.
type simulation struct {
	w          *Workload
	cores      float64
	now        float64 // ns since the beginning of the run
	virtual    float64 // ns that an activity on a core has advanced since then
	onCore     heap    // by virtual time of its end
	offCore    heap    // by time of its end
	events     int64   // scheduled so far
	ready      fifo
	activities []activity
	nextOf     []int // links the activities of a line; each stands in one at most
	count      [kinds][states]int

	// What is handed from one activity to another are parcels: the chunks, and
	// after them the partials of the lanes.
	chunks     []*Chunk
	nextParcel []int // links the parcels of a line; each stands in one at most
	firstChunk []int // of each split, in chunks
	splitsUsed int

	leased       int64 // bytes
	forMemory    fifo
	locked       bool
	forLock      fifo
	queue        fifo // parcels between readers and feeders
	queued       int
	forQueue     fifo // readers whose chunk has no place in it
	forChunk     fifo // feeders that found none in it
	received     fifo // parcels for the receiver
	readersLeft  int
	lanesLeft    int // that have chunk work
	startingOff  int // activities off the core that start
	serial       bool
	lastChunkEnd float64
	busy         float64
	idle         [reasons]float64 // core time
}

func newSimulation(w *Workload) *simulation {
	w.Cores, w.Lanes, w.Readers, w.Ahead = max(w.Cores, 1), max(w.Lanes, 1), max(w.Readers, 1), max(w.Ahead, 1)
	w.Queue, w.MemoryBytes = max(w.Queue, 0), max(w.MemoryBytes, 0)
	s := &simulation{w: w, cores: float64(w.Cores), serial: true, lanesLeft: w.Lanes}
	s.firstChunk = make([]int, len(w.Splits))
	chunks := 0
	for i := range w.Splits {
		s.firstChunk[i] = chunks
		chunks += len(w.Splits[i].Chunks)
	}
	s.chunks = make([]*Chunk, 0, chunks)
	for i := range w.Splits {
		for j := range w.Splits[i].Chunks {
			s.chunks = append(s.chunks, &w.Splits[i].Chunks[j])
		}
	}
	s.nextParcel = make([]int, chunks+w.Lanes)
	s.addActivities()
	s.nextOf = make([]int, len(s.activities))
	s.onCore.events = make([]event, 0, len(s.activities))
	s.offCore.events = make([]event, 0, len(s.activities))
	return s
}

// drain runs until nothing happens any more.
func (s *simulation) drain() {
	for {
		for a, ok := s.ready.pop(s.nextOf); ok; a, ok = s.ready.pop(s.nextOf) {
			s.advance(&s.activities[a])
		}
		core, off := s.onCore.first(), s.offCore.first()
		if math.IsInf(core, 1) && math.IsInf(off, 1) {
			return
		}
		// Note: float64() keeps products from being fused with the sum that follows,
		// which some processors do and others do not: results would differ.
		slow := max(1, float64(s.onCore.len())/s.cores)
		core = s.now + float64(max(0, core-s.virtual)*slow)
		if core <= off {
			virtual := s.onCore.first()
			s.elapse(core)
			s.virtual = virtual
			s.wake(&s.activities[s.onCore.pop()])
			continue
		}
		passed := float64((off - s.now) / slow)
		s.elapse(off)
		s.virtual += passed
		a := &s.activities[s.offCore.pop()]
		if a.state == starting {
			s.startingOff--
		}
		s.schedule(a)
	}
}

// perform lets a do the work, of which useful and overhead are parts, and wakes
// it afterwards. It is false when there is nothing to do.
func (s *simulation) perform(a *activity, useful, overhead Cost) bool {
	if a.state != starting {
		a.useful += useful.sum()
		a.overhead += overhead.sum()
	}
	a.onCore = useful.cpu() + overhead.cpu()
	blocked := useful.blocked() + overhead.blocked()
	if blocked == 0 && a.onCore == 0 {
		return false
	}
	if blocked == 0 {
		s.schedule(a)
		return true
	}
	if a.state == starting {
		s.startingOff++
	}
	s.events++
	s.offCore.push(event{s.now + blocked, s.events, a.id})
	return true
}

// schedule puts a on a core for what it has to do there.
func (s *simulation) schedule(a *activity) {
	if a.onCore == 0 {
		s.wake(a)
		return
	}
	s.events++
	s.onCore.push(event{s.virtual + a.onCore, s.events, a.id})
	a.onCore = 0
}

// elapse advances the time to t and says what the cores did since.
func (s *simulation) elapse(t float64) {
	d := t - s.now
	s.now = t
	if d <= 0 {
		return
	}
	running := min(s.cores, float64(s.onCore.len()))
	s.busy += float64(running * d)
	if idle := s.w.Cores - s.onCore.len(); idle > 0 {
		s.explain(idle, d)
	}
}

// explain says why cores are idle for d, as the doc of Outcome has it.
func (s *simulation) explain(cores int, d float64) {
	blame := func(r reason, most int) {
		n := min(cores, most)
		cores -= n
		s.idle[r] += float64(float64(n) * d)
	}
	if s.serial || s.lanesLeft == 0 {
		blame(alone, cores)
		return
	}
	starved := s.count[worker][waitInput]
	readerless := min(starved, s.count[reader][ended])
	blame(disk, s.offCore.len()-s.startingOff)
	blame(memory, s.count[thread][waitMemory]+s.count[reader][waitMemory])
	blame(lock, s.count[thread][waitLock])
	blame(imbalance, s.count[thread][ended]+s.count[worker][ended]+readerless)
	blame(input, starved-readerless)
	blame(startup, s.count[thread][starting]+s.count[worker][starting])
	blame(unused, cores)
}

// reason is why a core is idle.
type reason uint8

const (
	alone reason = iota
	disk
	memory
	lock
	imbalance
	input
	startup
	unused
	reasons
)

func (s *simulation) outcome() Outcome {
	o := Outcome{
		Wall: duration(s.now), Busy: duration(s.busy),
		Serial: duration(s.idle[alone]), Blocked: duration(s.idle[disk]), WaitMemory: duration(s.idle[memory]),
		WaitLock: duration(s.idle[lock]), Imbalance: duration(s.idle[imbalance]), WaitInput: duration(s.idle[input]),
		Starting: duration(s.idle[startup]), Unused: duration(s.idle[unused]),
		Lanes: make([]Lane, 0, len(s.activities)),
	}
	for i := range s.activities {
		a := &s.activities[i]
		role := a.kind.role()
		if role == "" {
			continue
		}
		after := s.now - max(a.since, s.lastChunkEnd)
		o.Lanes = append(o.Lanes, Lane{
			Role: role, Start: duration(a.spent[starting]),
			Useful: duration(a.useful), Overhead: duration(a.overhead),
			WaitCore:  duration(a.spent[working] - a.useful - a.overhead),
			WaitInput: duration(a.spent[waitInput]), WaitMemory: duration(a.spent[waitMemory]),
			WaitOutput: duration(a.spent[waitOutput]), WaitLock: duration(a.spent[waitLock]),
			Idle: duration(s.now - a.since - after), After: duration(after),
		})
	}
	return o
}

func duration(ns float64) time.Duration {
	if ns >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(math.Round(max(ns, 0)))
}

func (c Cost) cpu() float64     { return float64(max(c.CPU, 0)) }
func (c Cost) blocked() float64 { return float64(max(c.Blocked, 0)) }
func (c Cost) sum() float64     { return c.cpu() + c.blocked() }
