package account

import (
	"time"

	"github.com/weir-pipeline/weir/pipeline/timing"
)

// Demand is what a lane needed in one category, as parts of the time that it was
// in it: a core, or something without a core (a device, another process). The
// rest it was ready, and other lanes of the run had the cores.
type Demand struct{ CPU, Blocked float64 }

// Demands are the demands of each lane of a trace, by category.
func Demands(t *timing.Trace, cores int) [][]Demand {
	s := newSweep(Run{Trace: t, Cores: cores})
	contended := s.contended()
	all := make([][]Demand, len(t.Lanes))
	for i := range t.Lanes {
		lane := &t.Lanes[i]
		all[i] = make([]Demand, len(lane.Spent))
		for c := range all[i] {
			d := Demand{CPU: s.active[i][c]}
			if spent := lane.Spent[c]; spent > 0 && !timing.Category(c).Waits() {
				d.Blocked = max(0, 1-d.CPU-float64(contended[i][c])/float64(spent))
			}
			all[i][c] = d
		}
	}
	return all
}

// contended is for how long each lane, in each category, must have been without
// a core because more lanes were active than there are cores.
func (s *sweep) contended() [][]time.Duration {
	sums := make([][]time.Duration, len(s.ends))
	for i := range sums {
		sums[i] = make([]time.Duration, len(s.active[i]))
	}
	lanes := make([]event, len(s.ends))
	for i := range lanes {
		lanes[i].gone = true
	}
	var last time.Duration
	for _, e := range s.events {
		if d := e.at - last; d > 0 {
			s.contend(sums, lanes, d)
			last = e.at
		}
		lanes[e.lane] = e
	}
	return sums
}

func (s *sweep) contend(sums [][]time.Duration, lanes []event, d time.Duration) {
	active := 0
	for _, e := range lanes {
		if !e.gone && !e.category.Waits() {
			active++
		}
	}
	if active <= s.run.Cores {
		return
	}
	without := time.Duration(float64(d) * (1 - float64(s.run.Cores)/float64(active)))
	for i, e := range lanes {
		if !e.gone && !e.category.Waits() {
			sums[i][e.category] += without
		}
	}
}
