package replay

import "math"

// event is the end of something that an activity does.
type event struct {
	at       float64
	order    int64 // in which they were scheduled, for events of the same time
	activity int
}

func (e event) before(f event) bool { return e.at < f.at || e.at == f.at && e.order < f.order }

// heap holds events by time.
//
// Note: container/heap boxes every event it pushes and pops, which allocates.
type heap struct{ events []event }

func (h *heap) len() int { return len(h.events) }

// first is the time of the first event, or infinite.
func (h *heap) first() float64 {
	if len(h.events) == 0 {
		return math.Inf(1)
	}
	return h.events[0].at
}

func (h *heap) push(e event) {
	h.events = append(h.events, e)
	i := len(h.events) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(h.events[parent]) {
			break
		}
		h.events[i] = h.events[parent]
		i = parent
	}
	h.events[i] = e
}

// pop removes the first event and returns whose it is.
func (h *heap) pop() (activity int) {
	first := h.events[0]
	last := len(h.events) - 1
	e := h.events[last]
	h.events = h.events[:last]
	for i := 0; i < last; {
		child := 2*i + 1
		if child+1 < last && h.events[child+1].before(h.events[child]) {
			child++
		}
		if child >= last || !h.events[child].before(e) {
			h.events[i] = e
			break
		}
		h.events[i] = h.events[child]
		i = child
	}
	return first.activity
}
