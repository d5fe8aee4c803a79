// Package timing accounts for the time of a run: every lane (a goroutine of
// the coordinator, a worker process) is in exactly one category at any moment,
// so that a lane's categories add up to its lifetime by construction, and what
// its owner did not name is reported as unaccounted.
package timing

import (
	"os"
	"sync"
	"time"
)

// Category is what a lane spends time on.
type Category uint8

// The categories. Unaccounted is time that its owner did not name; it is
// reported apart.
const (
	Unaccounted Category = iota
	Start                // creating processes, mapping memory, opening files, planning
	Read                 // getting bytes of the input from the file
	Decode               // turning them into column buffers
	Encode               // writing a chunk in a codec, before it is handed over
	Copy                 // moving bytes from one process to another
	Wait                 // for input, for memory, for a worker, for work
	Compute              // running the stages on chunks
	Return               // encoding and sending partials or rows back
	Merge                // combining partials, ordering rows
	Write                // writing the result
	categories
)

var names = [categories]string{"unaccounted", "start", "read", "decode", "encode", "copy", "wait", "compute", "return", "merge", "write"}

// String is the category's name in tables and reports.
func (c Category) String() string { return names[c] }

// Categories are all categories but Unaccounted, in the order of reports.
func Categories() []Category {
	all := make([]Category, 0, categories-1)
	for c := Start; c < categories; c++ {
		all = append(all, c)
	}
	return all
}

// ParseCategory is the inverse of String.
func ParseCategory(name string) (Category, bool) {
	for c, n := range names {
		if n == name {
			return Category(c), true
		}
	}
	return 0, false
}

// Lane measures one thing that spends time. Its methods belong to one
// goroutine; Spans may be read by others once the lane has ended.
type Lane struct {
	name    string
	pid     int
	begin   time.Time
	last    time.Duration // since begin
	current Category
	spent   [categories]time.Duration
	ended   bool
}

// NewLane starts a lane of this process, in the category c.
func NewLane(name string, c Category) *Lane { return NewLaneSince(name, c, time.Now()) }

// NewLaneSince starts a lane whose time in c began earlier, at begin: a worker's
// lane begins when its parent created the process.
func NewLaneSince(name string, c Category, begin time.Time) *Lane {
	return &Lane{name: name, pid: os.Getpid(), begin: begin, current: c}
}

// Switch ends the current span and begins one in c. It returns the category
// that was current, for callers that go back to it.
func (l *Lane) Switch(c Category) (previous Category) {
	now := time.Since(l.begin)
	l.spent[l.current] += now - l.last
	previous, l.last, l.current = l.current, now, c
	return previous
}

// Spent is the time in c so far, the current span left out.
func (l *Lane) Spent(c Category) time.Duration { return l.spent[c] }

// End ends the lane. Ending twice is harmless.
func (l *Lane) End() {
	if !l.ended {
		l.Switch(Unaccounted)
		l.ended = true
	}
}

// Spans is the lane's account. The lane should have ended.
func (l *Lane) Spans() Spans {
	s := Spans{Name: l.name, Pid: l.pid, Lifetime: l.last}
	s.Spent = l.spent
	return s
}

// Spans is the account of one lane: Spent sums to Lifetime, with what nobody
// named under Unaccounted.
type Spans struct {
	Name     string
	Pid      int
	Lifetime time.Duration
	Spent    [categories]time.Duration
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

// Account collects the lanes of a run. It is safe for concurrent use.
type Account struct {
	mu    sync.Mutex
	lanes []Spans
}

// Add appends a lane's account.
func (a *Account) Add(s Spans) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lanes = append(a.lanes, s)
}

// Lanes are the accounts added so far.
func (a *Account) Lanes() []Spans {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Spans(nil), a.lanes...)
}
