package replay

// taken is what became of a reader or thread that looked for a chunk.
type taken uint8

const (
	leased taken = iota // it goes on at atRead
	opens               // it opens a split
	waits               // for memory
	none                // there are no more
)

// takeChunk takes the next chunk of a's split and a lease for it. When the split
// is read it begins the next one, where the caller comes back to atNext.
func (s *simulation) takeChunk(a *activity) taken {
	for a.chunk == a.end {
		if s.splitsUsed == len(s.w.Splits) {
			return none
		}
		i := s.splitsUsed
		s.splitsUsed++
		a.chunk = s.firstChunk[i]
		a.end = a.chunk + len(s.w.Splits[i].Chunks)
		if s.perform(a, Cost{}, s.w.Splits[i].Open) {
			return opens
		}
	}
	a.held, a.next = a.chunk, atRead
	a.chunk++
	if s.forMemory.empty() && s.fits(s.chunks[a.held]) {
		s.leased += s.chunks[a.held].bytes()
		return leased
	}
	s.wait(a, waitMemory, &s.forMemory, atRead)
	return waits
}

func (s *simulation) fits(c *Chunk) bool {
	return s.w.MemoryBytes == 0 || s.leased == 0 || c.bytes() <= s.w.MemoryBytes-s.leased
}

// free ends the lease of c and gives the memory to those that wait for it.
func (s *simulation) free(c *Chunk) {
	s.leased -= c.bytes()
	for !s.forMemory.empty() {
		a := &s.activities[s.forMemory.first]
		if !s.fits(s.chunks[a.held]) {
			return
		}
		s.leased += s.chunks[a.held].bytes()
		s.forMemory.pop(s.nextOf)
		s.wake(a)
	}
}

func (c *Chunk) bytes() int64 { return max(c.Bytes, 0) }

// lock takes the lock of the result for a, which goes on at atLocked. It is false
// when a has to wait.
func (s *simulation) lock(a *activity) bool {
	if s.locked {
		s.wait(a, waitLock, &s.forLock, atLocked)
		return false
	}
	s.locked, a.next = true, atLocked
	return true
}

// unlock passes the lock on.
func (s *simulation) unlock() {
	if a, ok := s.forLock.pop(s.nextOf); ok {
		s.wake(&s.activities[a])
		return
	}
	s.locked = false
}

func (s *simulation) wakeAll(line *fifo) {
	for a, ok := line.pop(s.nextOf); ok; a, ok = line.pop(s.nextOf) {
		s.wake(&s.activities[a])
	}
}

// wakeIf wakes an activity that waits in this state and stands in no line.
func (s *simulation) wakeIf(a *activity, in state) {
	if a.state == in {
		s.enter(a, working)
		s.wake(a)
	}
}

// fifo is a line of numbers, linked through a slice that several lines share: a
// number stands in one of them at most. The zero value is empty.
type fifo struct {
	first, last int
	filled      bool
}

func (f *fifo) empty() bool { return !f.filled }

func (f *fifo) push(next []int, i int) {
	if f.filled {
		next[f.last] = i
	} else {
		f.first = i
	}
	f.last, f.filled = i, true
}

func (f *fifo) pop(next []int) (i int, ok bool) {
	if !f.filled {
		return 0, false
	}
	i = f.first
	f.filled = i != f.last
	f.first = next[i]
	return i, true
}
