package account

import (
	"slices"
	"time"

	"github.com/weir-pipeline/weir/pipeline/timing"
)

// sweep goes through a trace from its begin to its end and finds out when cores
// were idle, and why.
type sweep struct {
	run    Run
	events []event
	active [][]float64 // by lane and category: the part of a core that the lane used
	ends   []time.Duration
	// The end of the last reading, and of the last work on a chunk.
	lastRead, lastWork time.Duration
}

// event is the begin of a span, or of the time after a lane's last.
type event struct {
	at       time.Duration
	lane     int
	category timing.Category
	gone     bool
}

func newSweep(r Run) *sweep {
	s := &sweep{run: r}
	for i := range r.Trace.Lanes {
		lane := &r.Trace.Lanes[i]
		s.active = append(s.active, activities(lane))
		end := r.Trace.Begins[i]
		for _, span := range lane.Recorded {
			if span.Start > end { // a gap: the limit of recording, or a lane that was late
				s.events = append(s.events, event{at: end, lane: i})
			}
			s.events = append(s.events, event{at: span.Start, lane: i, category: span.Category})
			end = span.End
			if span.Split >= 0 && !span.Category.Waits() {
				s.lastWork = max(s.lastWork, span.End)
				if lane.Role == timing.Reader || lane.Role == timing.Thread || lane.Role == timing.Coordinator {
					s.lastRead = max(s.lastRead, span.End)
				}
			}
		}
		s.events = append(s.events, event{at: end, lane: i, gone: true})
		s.ends = append(s.ends, end)
	}
	slices.SortStableFunc(s.events, func(a, b event) int { return int(a.at - b.at) })
	return s
}

// activities is how much of a core a lane used in each category: what the system
// counted while the lane was bound to a thread, else all of it.
func activities(lane *timing.Spans) []float64 {
	active := make([]float64, len(lane.Spent))
	for c := range active {
		active[c] = 1
		if bound := lane.Usage.Bound[c]; bound > 0 && bound >= lane.Spent[c]/2 {
			active[c] = min(1, float64(lane.Usage.CPU[c])/float64(bound))
		}
	}
	return active
}

func (s *sweep) activity(lane int, c timing.Category) float64 { return s.active[lane][c] }

// idle is how long cores were idle, by cause.
func (s *sweep) idle() (idle [causes]time.Duration) {
	lanes := make([]event, len(s.ends))
	for i := range lanes {
		lanes[i].gone = true
	}
	began := make([]bool, len(lanes))
	var last time.Duration
	for i := 0; i <= len(s.events); i++ {
		at := s.run.Trace.Wall
		if i < len(s.events) {
			at = min(max(s.events[i].at, 0), s.run.Trace.Wall)
		}
		if d := at - last; d > 0 {
			s.charge(&idle, lanes, began, last, d)
			last = at
		}
		if i < len(s.events) {
			e := s.events[i]
			lanes[e.lane] = e
			began[e.lane] = true
		}
	}
	return idle
}

// charge shares the cores that were idle for d from last on out over the lanes
// that could have used them.
func (s *sweep) charge(idle *[causes]time.Duration, lanes []event, began []bool, last, d time.Duration) {
	busy, working := 0.0, 0
	var why [causes]int
	reasons := 0
	for i, e := range lanes {
		role := s.run.Trace.Lanes[i].Role
		if !e.gone && !e.category.Waits() {
			busy += s.active[i][e.category]
			working++
			continue
		}
		if cause, ok := s.reason(e, role, began[i], last); ok {
			why[cause]++
			reasons++
		}
	}
	free := float64(s.run.Cores) - busy
	if free <= 0 {
		return
	}
	// An active lane that was off its core, without another to take its place,
	// waited for a device, or for its turn on the machine.
	off := float64(working) - busy
	if blocked := min(off, free); blocked > 0 && working <= s.run.Cores {
		for i, e := range lanes {
			if e.gone || e.category.Waits() {
				continue
			}
			part := blocked * (1 - s.active[i][e.category]) / off
			cause := causeOf(e.category)
			if s.run.Trace.Lanes[i].Usage.MajorFaults[e.category] > 0 {
				cause = Faults
			}
			idle[cause] += time.Duration(part * float64(d))
			free -= part
		}
	}
	if reasons == 0 {
		why[s.serial(lanes, last)], reasons = 1, 1
	}
	for c, n := range why {
		idle[c] += time.Duration(free * float64(d) * float64(n) / float64(reasons))
	}
}

// reason is why a lane that does not work leaves a core idle, if it is one that
// could work.
func (s *sweep) reason(e event, role timing.Role, began bool, at time.Duration) (Cause, bool) {
	switch role {
	case timing.Feeder, timing.Receiver:
		return 0, false
	case timing.Coordinator:
		if e.gone || e.category == timing.Wait {
			return 0, false
		}
	}
	switch {
	case !began:
		return StartUp, true
	case e.gone && at < s.lastWork && role != timing.Reader:
		return Imbalance, true
	case e.gone:
		return 0, false
	case e.category == timing.WaitMemory:
		return WaitMemory, true
	case e.category == timing.WaitTurn:
		return Merge, true
	case role == timing.Reader:
		return WaitWorker, true
	case at < s.lastRead:
		return WaitInput, true
	case at < s.lastWork:
		return Imbalance, true
	}
	return 0, false
}

// serial is what the others were idle for while nobody waited: the run begins,
// ends, or combines what it has; or there is nobody left but who works on the
// last chunks.
func (s *sweep) serial(lanes []event, at time.Duration) Cause {
	for _, e := range lanes {
		if e.gone || e.category.Waits() {
			continue
		}
		switch cause := causeOf(e.category); {
		case cause == Copy && at >= s.lastWork:
			return Return
		case cause == StartUp || cause == Merge || cause == Write || at >= s.lastWork:
			return cause
		}
		return Imbalance
	}
	return StartUp // nobody works yet, or processes are on their way out
}
