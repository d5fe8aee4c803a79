package shm

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// check fails if the space's lists contradict each other or the leased extents.
func (s *space) check(capacity int64, leased map[*extent]bool) error {
	var end int64
	var used, free int
	for e, prev := s.first, (*extent)(nil); e != nil; prev, e = e, e.next {
		switch {
		case e.prev != prev:
			return fmt.Errorf("extent at %d: broken list by address", e.offset)
		case e.offset != end || e.size <= 0:
			return fmt.Errorf("extent at %d of %d bytes: the one before ends at %d", e.offset, e.size, end)
		case e.free && prev != nil && prev.free:
			return fmt.Errorf("extent at %d: free neighbours are not merged", e.offset)
		case e.free == leased[e]:
			return fmt.Errorf("extent at %d: free %t, leased %t", e.offset, e.free, leased[e])
		case !e.free && e.end() > s.touched:
			return fmt.Errorf("extent at %d is leased and touched is %d", e.offset, s.touched)
		}
		end = e.end()
		if e.free {
			free++
		} else {
			used++
		}
	}
	if end != capacity {
		return fmt.Errorf("extents end at %d of %d", end, capacity)
	}
	if used != len(leased) {
		return fmt.Errorf("%d extents are leased, want %d", used, len(leased))
	}
	for e, newer := s.newest, (*extent)(nil); e != nil; newer, e = e, e.older {
		if e.newer != newer || !e.free {
			return fmt.Errorf("extent at %d: broken list by age", e.offset)
		}
		free--
	}
	if free != 0 {
		return fmt.Errorf("%d free extents are not in the list by age", free)
	}
	return nil
}

// oneFree fails unless everything is free and in one piece.
func (s *space) oneFree(capacity int64) error {
	if e := s.first; !e.free || e.size != capacity || e.next != nil || s.newest != e {
		return fmt.Errorf("after all releases the first extent is %+v, want all %d bytes free", e, capacity)
	}
	return nil
}

// play interprets each pair of bytes as an operation on a space of 64 KiB.
func play(ops []byte) error {
	const capacity = 64 << 10
	s := newSpace(capacity)
	leased := map[*extent]bool{}
	var order []*extent
	for ; len(ops) >= 2; ops = ops[2:] {
		n := int64(ops[1])
		switch {
		case ops[0]%4 < 2:
			size := (1 + n*n/32) * 64
			e := s.take(size)
			if e == nil {
				for f := s.newest; f != nil; f = f.older {
					if f.size >= size {
						return fmt.Errorf("take(%d) fails and %d bytes at %d are free", size, f.size, f.offset)
					}
				}
				break
			}
			if e.size != size {
				return fmt.Errorf("take(%d) gives %d bytes", size, e.size)
			}
			leased[e] = true
			order = append(order, e)
		case len(order) == 0:
		case ops[0]%4 == 2:
			i := int(n) % len(order)
			s.give(order[i])
			delete(leased, order[i])
			order = append(order[:i], order[i+1:]...)
		default:
			e := order[int(n)%len(order)]
			size := 64 * (1 + int64(ops[0])%(e.size/64))
			s.trim(e, size)
			if e.size != size {
				return fmt.Errorf("trim to %d leaves %d bytes", size, e.size)
			}
		}
		if err := s.check(capacity, leased); err != nil {
			return err
		}
	}
	for _, e := range order {
		s.give(e)
	}
	return s.oneFree(capacity)
}

func FuzzSpaceStaysConsistent(f *testing.F) {
	f.Add([]byte{0, 1, 0, 1, 0, 1, 2, 1, 2, 0, 2, 0})
	f.Add([]byte{0, 200, 3, 0, 0, 200, 7, 1, 2, 0, 0, 255, 1, 9})
	f.Fuzz(func(t *testing.T, ops []byte) {
		if err := play(ops); err != nil {
			t.Error(err)
		}
	})
}

func TestSpaceStaysConsistentUnderRandomLeases(t *testing.T) {
	random := rand.NewPCG(1, 2)
	for range 200 {
		ops := make([]byte, 1000)
		for i := range ops {
			ops[i] = byte(random.Uint64())
		}
		if err := play(ops); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSpaceReusesMemoryThatIsWarm(t *testing.T) {
	const unit = 64
	t.Run("the extent released last is leased first", func(t *testing.T) {
		s := newSpace(100 * unit)
		var e [7]*extent
		for i := range e {
			e[i] = s.take(10 * unit)
		}
		s.give(e[5])
		s.give(e[1])
		s.give(e[3])
		for _, want := range []int64{30, 10, 50, 70} {
			if got := s.take(10 * unit).offset; got != want*unit {
				t.Errorf("lease at %d, want %d", got/unit, want)
			}
		}
	})
	t.Run("a small lease leaves the large extents whole", func(t *testing.T) {
		s := newSpace(100 * unit)
		small, _ := s.take(2*unit), s.take(unit)
		large, _ := s.take(20*unit), s.take(unit)
		s.give(small)
		s.give(large)
		if got := s.take(unit); got.offset != 0 {
			t.Errorf("lease at %d, want 0", got.offset/unit)
		}
	})
	t.Run("memory that was never used comes last", func(t *testing.T) {
		s := newSpace(100 * unit)
		a, _ := s.take(10*unit), s.take(10*unit)
		c := s.take(10 * unit)
		s.give(a)
		s.give(c) // newest, and one piece with the memory that was never used
		for _, want := range []int64{20, 0, 28} {
			if got := s.take(8 * unit).offset; got != want*unit {
				t.Errorf("lease at %d, want %d", got/unit, want)
			}
			if want == 20 && s.touched != 30*unit {
				t.Errorf("touched is %d, want 30", s.touched/unit)
			}
		}
	})
	t.Run("what a trim returns was not used", func(t *testing.T) {
		s := newSpace(100 * unit)
		a := s.take(50 * unit)
		s.trim(a, 10*unit)
		if s.touched != 10*unit {
			t.Errorf("touched is %d, want 10", s.touched/unit)
		}
		s.give(a)
		b := s.take(30 * unit)
		s.give(b)
		c := s.take(20 * unit) // all of it used by b
		s.trim(c, unit)
		if s.touched != 30*unit {
			t.Errorf("touched is %d, want 30", s.touched/unit)
		}
	})
}
