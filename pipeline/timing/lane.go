package timing

import (
	"os"
	"time"
)

// Role is what a lane is there for.
type Role string

// The roles.
const (
	Coordinator Role = "coordinator" // plans, waits, finishes; in mode sequential it does everything
	Thread      Role = "thread"      // reads and computes
	Reader      Role = "reader"      // reads and decodes, for workers
	Feeder      Role = "feeder"      // hands chunks to one worker
	Receiver    Role = "receiver"    // takes what one worker returns
	Worker      Role = "worker"      // a process that computes
)

// Lane measures one thing that spends time. Its methods belong to one
// goroutine; Spans may be read by others once the lane has ended.
type Lane struct {
	name    string
	role    Role
	pid     int
	begin   time.Time
	last    time.Duration // since begin
	current Category
	spent   [categories]time.Duration
	ended   bool
	meter   meter // of the processor time of the thread that the lane is bound to

	// Recording.
	limit                int // spans to keep; 0: none
	spans                []Span
	dropped              int
	split, index         int32 // of the current span
	nextSplit, nextIndex int32

	onSwitch func(Category)
}

// NewLane starts a lane of this process, in the category c.
func NewLane(name string, role Role, c Category) *Lane {
	return NewLaneSince(name, role, c, time.Now())
}

// NewLaneSince starts a lane whose time in c began earlier, at begin: a worker's
// lane begins when its parent created the process.
func NewLaneSince(name string, role Role, c Category, begin time.Time) *Lane {
	return &Lane{name: name, role: role, pid: os.Getpid(), begin: begin, current: c, split: -1, nextSplit: -1}
}

// Record makes the lane keep its spans, up to limit of them; what is beyond is
// counted.
func (l *Lane) Record(limit int) { l.limit = limit }

// On says which chunk the lane is busy with from the next Switch on; split -1
// is none. It returns the chunk so far, for callers that go back to it.
func (l *Lane) On(split, index int) (previousSplit, previousIndex int) {
	previousSplit, previousIndex = int(l.nextSplit), int(l.nextIndex)
	l.nextSplit, l.nextIndex = int32(split), int32(index)
	return previousSplit, previousIndex
}

// Switch ends the current span and begins one in c. It returns the category
// that was current, for callers that go back to it.
func (l *Lane) Switch(c Category) (previous Category) {
	now := time.Since(l.begin)
	l.spent[l.current] += now - l.last
	if l.limit > 0 {
		l.record(now)
	}
	l.meter.passed(l.current, now-l.last)
	previous, l.last, l.current = l.current, now, c
	l.split, l.index = l.nextSplit, l.nextIndex
	if l.onSwitch != nil {
		l.onSwitch(c)
	}
	return previous
}

// OnSwitch has f called with the lane's category, in its goroutine: now, and
// whenever it switches. Default: nobody is told.
func (l *Lane) OnSwitch(f func(Category)) {
	if l.onSwitch = f; f != nil {
		f(l.current)
	}
}

// record keeps the span that ends now. One that follows another of the same
// kind at once prolongs it.
func (l *Lane) record(now time.Duration) {
	if now == l.last {
		return
	}
	s := Span{Start: l.last, End: now, Category: l.current, Split: l.split, Index: l.index}
	if n := len(l.spans); n > 0 {
		before := &l.spans[n-1]
		if before.End == s.Start && before.Category == s.Category && before.Split == s.Split && before.Index == s.Index {
			before.End = now
			return
		}
	}
	if len(l.spans) == l.limit {
		l.dropped++
		return
	}
	l.spans = append(l.spans, s)
}

// Bind keeps the goroutine on its thread until Unbind, so that the processor
// time and the page faults of the thread are the lane's.
func (l *Lane) Bind() {
	l.Switch(l.current)
	l.meter.bind()
}

// Unbind ends what Bind began.
func (l *Lane) Unbind() {
	l.Switch(l.current)
	l.meter.unbind()
}

// Spent is the time in c so far, the current span left out.
func (l *Lane) Spent(c Category) time.Duration { return l.spent[c] }

// End ends the lane. Ending twice is harmless.
func (l *Lane) End() {
	if !l.ended {
		l.Switch(Unaccounted)
		l.meter.unbind()
		l.ended = true
	}
}

// Spans is the lane's account. The lane should have ended.
func (l *Lane) Spans() Spans {
	return Spans{
		Name: l.name, Role: l.role, Pid: l.pid, Begin: l.begin, Lifetime: l.last, Spent: l.spent, Usage: l.meter.usage,
		Recorded: l.spans, Dropped: l.dropped,
	}
}

// Spans is the account of one lane: Spent sums to Lifetime, with what nobody
// named under Unaccounted.
type Spans struct {
	Name     string
	Role     Role
	Pid      int
	Begin    time.Time
	Lifetime time.Duration
	Spent    [categories]time.Duration
	Usage    Usage
	Recorded []Span // in order; empty unless the lane was told to record
	Dropped  int    // spans beyond the limit
}

// Close makes the account add up to lifetime, measured by somebody else: what
// is missing is unaccounted.
func (s *Spans) Close(lifetime time.Duration) {
	var sum time.Duration
	for c := Start; c < categories; c++ {
		sum += s.Spent[c]
	}
	s.Lifetime = lifetime
	s.Spent[Unaccounted] = lifetime - sum
}
