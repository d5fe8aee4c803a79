package chrometrace

import "time"

// flows writes an arrow for every chunk that more than one lane had, numbered
// from id+1 on, and returns the last number. What the chunk is stands in the
// slices that an arrow meets.
//
// Note: arguments that every event of an arrow repeats are an error in
// chrome://tracing.
func (e *encoder) flows(lanes []lane, paths *paths, id int) int {
	for i := range paths.all {
		way := paths.all[i].way()
		if len(way) < 2 {
			continue
		}
		id++
		for n, at := range way {
			phase := "t"
			switch n {
			case 0:
				phase = "s"
			case len(way) - 1:
				phase = "f"
			}
			e.event(phase, lanes[at.lane])
			e.time("ts", at.time)
			e.integer("id", int64(id))
			e.text("cat", "chunk")
			e.text("name", "chunk")
			e.text("bp", "e") // belongs to the slice around it, not to the next one
			e.close()
		}
	}
	return id
}

// moment is a time at which a lane had a chunk.
type moment struct {
	lane int32
	time time.Duration
}

// way is the moments of a chunk's stops, in order, the last one on each lane.
// They lie inside the stops' slices, because at the edge of two a viewer cannot
// tell which one is meant, and each after the one before: a worker may compute
// while its feeder is still on the way back from sending.
func (p *path) way() []moment {
	var way []stop
	for _, s := range p.stops {
		switch {
		case s.end == 0:
		case len(way) > 0 && way[len(way)-1].lane == s.lane:
			way[len(way)-1] = s
		default:
			way = append(way, s)
		}
	}
	moments := make([]moment, len(way))
	n := len(way)
	for i := n - 1; i >= 0; i-- {
		at := way[i].start + (way[i].end-way[i].start)/2
		if n < len(way) {
			at = min(at, moments[n].time-1)
		}
		if at < way[i].start {
			continue // the clocks of two processes disagree
		}
		n--
		moments[n] = moment{way[i].lane, at}
	}
	return moments[n:]
}
