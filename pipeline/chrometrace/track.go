package chrometrace

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/weir-pipeline/weir/pipeline/timing"
)

// lane is where the events of one lane stand.
type lane struct {
	name     string
	role     timing.Role
	pid, tid int
	process  process
	order    int // within the process
}

// first tells whether the lane is the first thread of its process.
func (l lane) first() bool { return l.pid == l.tid }

type process struct {
	name  string
	order int // within the file
	real  int // the id that the system gave it, or 0
}

// numbering gives processes and threads their numbers. No number stands for two
// of them in a file, processes of different runs least of all: the viewers tell
// tracks apart by them, Perfetto threads even without looking at the process.
type numbering struct {
	taken     map[int]bool
	free      int // this number and those above are nobody's
	processes int // placed so far
}

func newNumbering(runs []Run) *numbering {
	n := &numbering{taken: map[int]bool{}, free: 1}
	for _, r := range runs {
		for _, l := range r.Trace.Lanes {
			n.free = max(n.free, l.Pid+1)
		}
	}
	return n
}

func (n *numbering) next() int {
	n.free++
	return n.free - 1
}

// process numbers a process by its real id if that is known and no other has
// it: the coordinator of several runs is one and the same.
func (n *numbering) process(name string, real int) (id int, p process) {
	id = real
	if real <= 0 || n.taken[real] {
		id = n.next()
	}
	n.taken[id] = true
	n.processes++
	return id, process{name: name, order: n.processes - 1, real: max(0, real)}
}

// place finds the tracks of a run's lanes: the coordinator's in the way that
// chunks take, then the workers.
func (n *numbering) place(r Run) []lane {
	lanes := make([]lane, len(r.Trace.Lanes))
	order := make([]int, len(lanes))
	for i, l := range r.Trace.Lanes {
		lanes[i] = lane{name: l.Name, role: l.Role}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &lanes[a], &lanes[b]
		return cmp.Or(cmp.Compare(rank(x.role), rank(y.role)), cmp.Compare(len(x.name), len(y.name)), cmp.Compare(x.name, y.name))
	})
	prefix := r.Name
	if prefix != "" {
		prefix += ": "
	}
	coordinator := -1
	for position, i := range order {
		l, pid := &lanes[i], r.Trace.Lanes[i].Pid
		switch {
		case l.role == timing.Worker:
			l.pid, l.process = n.process(prefix+l.name, pid)
			l.tid = l.pid
		case coordinator < 0:
			coordinator = i
			l.pid, l.process = n.process(prefix+"coordinator", pid)
			l.tid = l.pid
		default:
			l.pid, l.process = lanes[coordinator].pid, lanes[coordinator].process
			l.tid = n.next()
			l.order = position
		}
	}
	return lanes
}

// rank orders roles as a chunk meets them. Workers come last because they are
// processes of their own.
func rank(r timing.Role) int {
	order := []timing.Role{timing.Coordinator, timing.Thread, timing.Reader, timing.Feeder, timing.Receiver, timing.Worker}
	return slices.Index(order, r)
}

// metadata names and orders the tracks.
func (e *encoder) metadata(lanes []lane) {
	for _, l := range lanes {
		if l.first() {
			e.about(l, "process_name", "name", l.process.name)
			e.sortIndex(l, "process_sort_index", l.process.order)
			if l.process.real > 0 && l.process.real != l.pid {
				e.about(l, "process_labels", "labels", fmt.Sprintf("pid %d", l.process.real))
			}
		}
		e.about(l, "thread_name", "name", l.name)
		e.sortIndex(l, "thread_sort_index", l.order)
	}
}

func (e *encoder) about(l lane, what, key, value string) {
	e.event("M", l)
	e.text("name", what)
	e.args()
	e.text(key, value)
	e.closeArgs()
	e.close()
}

func (e *encoder) sortIndex(l lane, what string, index int) {
	e.event("M", l)
	e.text("name", what)
	e.args()
	e.integer("sort_index", int64(index))
	e.closeArgs()
	e.close()
}
