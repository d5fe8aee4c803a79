package chrometrace

import (
	"cmp"
	"slices"
	"time"

	"github.com/weir-pipeline/weir/pipeline/timing"
)

// inFlight writes how many chunks wait for a worker and how many are with one,
// whenever that changes, on the coordinator's track. Modes without workers have
// no such counter.
func (e *encoder) inFlight(lanes []lane, paths *paths) {
	type change struct {
		time          time.Duration
		waiting, with int64
	}
	var changes []change
	for i := range paths.all {
		p := &paths.all[i]
		read, handed := p.stops[decoded], p.stops[sent]
		if read.end == 0 || handed.end == 0 || p.returned == 0 || read.end > handed.start || handed.start > p.returned {
			continue
		}
		changes = append(changes, change{read.end, 1, 0}, change{handed.start, -1, 1}, change{p.returned, 0, -1})
	}
	if len(changes) == 0 {
		return
	}
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(a.time, b.time) })
	on := lanes[slices.IndexFunc(lanes, func(l lane) bool { return l.role != timing.Worker && l.first() })]
	now := change{}
	for i, c := range changes {
		if c.time != now.time || i == 0 {
			e.count(on, now.time, now.waiting, now.with)
		}
		now = change{c.time, now.waiting + c.waiting, now.with + c.with}
	}
	e.count(on, now.time, now.waiting, now.with)
}

func (e *encoder) count(on lane, at time.Duration, waiting, with int64) {
	e.event("C", on)
	e.time("ts", at)
	e.text("cat", "chunk")
	e.text("name", "chunks in flight")
	e.args()
	e.integer("waiting for a worker", waiting)
	e.integer("with workers", with)
	e.closeArgs()
	e.close()
}
