package shm

// space tells which bytes of an arena are free. It is not safe for concurrent
// use; offsets and sizes are multiples of chunk.Align.
//
// Every extent, leased or free, is in one list by address, which makes
// coalescing a matter of looking at two neighbours. Free extents are also in a
// list by age, which makes the one released last the first to be looked at: its
// pages are mapped and may still be in a cache.
//
//	0               touched           capacity
//	| used | free | used | free, never used  |
type space struct {
	touched int64   // bytes from here on have never been leased
	first   *extent // by address
	newest  *extent // free extents by age
	spare   *extent // unused structs, linked by next
}

type extent struct {
	offset, size int64
	coldFrom     int64 // touched as it was before this extent was taken
	free         bool
	prev, next   *extent // by address
	newer, older *extent // by age, while free
}

func (e *extent) end() int64 { return e.offset + e.size }

// maxLooked bounds the search for a better fit once there is a fit. Arenas
// have a few dozen extents; many more mean tiny leases, for which any will do.
const maxLooked = 64

func newSpace(capacity int64) space {
	e := &extent{size: capacity}
	s := space{first: e}
	s.pushNewest(e)
	return s
}

// take cuts an extent of size bytes out of the free one that fits best among
// those used before, the newest of equals; memory that was never used comes
// last. It returns nil if no free extent is large enough.
//
// Note: the plain newest-first fit lets small leases chew up the large hot
// extents, so that large ones move on to cold memory; lowest address first
// reuses memory as well, but gives the least recently used of it.
func (s *space) take(size int64) *extent {
	var best, cold *extent
	var bestSize int64
	looked := 0
	for e := s.newest; e != nil; e = e.older {
		usedBefore := min(e.end(), s.touched) - e.offset
		if usedBefore >= size {
			if best == nil || usedBefore < bestSize {
				best, bestSize = e, usedBefore
			}
			if bestSize == size {
				break
			}
		} else if e.size >= size {
			cold = e // only the last extent by address reaches beyond touched
		}
		if looked++; looked >= maxLooked && best != nil {
			break
		}
	}
	if best == nil {
		best = cold
	}
	if best == nil {
		return nil
	}
	s.cut(best, size)
	best.coldFrom = s.touched
	s.touched = max(s.touched, best.end())
	return best
}

// cut takes the first size bytes of a free extent. What remains keeps its place
// by age.
func (s *space) cut(e *extent, size int64) {
	if e.size == size {
		s.removeFree(e)
		return
	}
	rest := s.insertAfter(e, size)
	rest.free = true
	rest.newer, rest.older = e.newer, e.older
	if rest.newer != nil {
		rest.newer.older = rest
	} else {
		s.newest = rest
	}
	if rest.older != nil {
		rest.older.newer = rest
	}
	e.free, e.newer, e.older = false, nil, nil
}

// give frees e and merges it with its free neighbours.
func (s *space) give(e *extent) {
	if n := e.next; n != nil && n.free {
		s.removeFree(n)
		e.size += n.size
		s.unlink(n)
	}
	if p := e.prev; p != nil && p.free {
		s.removeFree(p)
		p.size += e.size
		s.unlink(e)
		e = p
	}
	s.pushNewest(e)
}

// trim shortens a leased extent to size bytes, at least one unit. The tail has
// not been written to, so it does not become the newest if it can join a free
// neighbour.
func (s *space) trim(e *extent, size int64) {
	if size == e.size {
		return
	}
	if e.end() == s.touched {
		s.touched = max(e.offset+size, e.coldFrom)
	}
	if n := e.next; n != nil && n.free {
		n.size += e.end() - (e.offset + size)
		n.offset = e.offset + size
		e.size = size
		return
	}
	s.pushNewest(s.insertAfter(e, size))
}

// insertAfter shortens e to size and returns the rest as a new extent that is
// neither leased nor in the list by age.
func (s *space) insertAfter(e *extent, size int64) *extent {
	rest := s.spare
	if rest != nil {
		s.spare = rest.next
		*rest = extent{}
	} else {
		rest = &extent{}
	}
	rest.offset, rest.size = e.offset+size, e.size-size
	e.size = size
	rest.prev, rest.next = e, e.next
	if e.next != nil {
		e.next.prev = rest
	}
	e.next = rest
	return rest
}

// unlink drops e, whose bytes a neighbour has taken over.
func (s *space) unlink(e *extent) {
	if e.prev != nil {
		e.prev.next = e.next
	} else {
		s.first = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	}
	*e = extent{next: s.spare}
	s.spare = e
}

func (s *space) pushNewest(e *extent) {
	e.free, e.newer, e.older = true, nil, s.newest
	if s.newest != nil {
		s.newest.newer = e
	}
	s.newest = e
}

func (s *space) removeFree(e *extent) {
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		s.newest = e.older
	}
	if e.older != nil {
		e.older.newer = e.newer
	}
	e.free, e.newer, e.older = false, nil, nil
}
