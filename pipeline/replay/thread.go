package replay

// advanceThread is what a lane does that reads and computes by itself.
func (s *simulation) advanceThread(a *activity) {
	for {
		switch a.next {
		case atStart:
			a.next = atNext
			if s.perform(a, Cost{}, at(s.w.Start, a.lane)) {
				return
			}
		case atNext:
			s.enter(a, working)
			switch s.takeChunk(a) {
			case opens, waits:
				return
			case none:
				s.endChunks()
				a.next = atMerged
				if s.perform(a, Cost{}, at(s.w.Merge, a.lane)) {
					return
				}
			}
		case atRead:
			s.enter(a, working)
			a.next = atComputed
			if c := s.chunks[a.held]; s.perform(a, c.Read.plus(c.Decode).plus(c.Compute), Cost{}) {
				return
			}
		case atComputed:
			s.free(s.chunks[a.held])
			a.next = atReturned
			if s.perform(a, Cost{}, s.chunks[a.held].Return) {
				return
			}
		case atReturned:
			if s.delivery(a.held).sum() == 0 {
				a.next = atNext
			} else if !s.lock(a) {
				return
			}
		case atMerged:
			a.held = len(s.chunks) + a.lane
			if s.delivery(a.held).sum() == 0 {
				s.enter(a, ended)
				return
			}
			if !s.lock(a) {
				return
			}
		case atLocked:
			s.enter(a, working)
			a.next = atUnlock
			if s.perform(a, Cost{}, s.delivery(a.held)) {
				return
			}
		case atUnlock:
			s.unlock()
			if a.held < len(s.chunks) {
				a.next = atNext
				continue
			}
			s.enter(a, ended)
			return
		}
	}
}
