package agg

import (
	"slices"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// Runner is a [State] that takes many rows of one group faster than rows of
// many groups.
type Runner interface {
	// UpdateRun adds n rows to one group, else it is as State.Update; it cannot fail.
	UpdateRun(group int, args []*block.Vector, n int)
}

// stage gathers the values of each group until there are enough for a run, for
// all inputs that have a value in the same rows, which are its members:
//
//	next[g]                  v
//	group g  | value value . . free        |   runRows slots of each member's values
//
// A row then costs the finding of a slot, and one store for each member, whatever
// is kept of it; the states work on slices. A run that is full is swapped for one
// of a few spare ones, so that the slots of a whole block can be found before any
// value is moved.
//
// Note: adding row by row to the exact sum of the row's group took five times as
// long per sum, and each state repeated the scattered access. Sorting each block by
// group leaves short runs (3.9 ns a row for two members and 100 groups whose sizes
// follow Zipf's law, to 3.3 for this); two runs for each group, taken in turn, so
// that a counter is not needed as soon as it is stored, gained nothing and took
// twice the memory; storing the values while finding the slots took 4.0.
type stage struct {
	members []*staged
	next    []uint32 // by group: the slot of its next value
	slots   []uint32 // of the rows of a piece of a block
	spare   []uint32 // first slots of runs that belong to no group
	full    []fullRun
	runs    int // with the spare ones
}

type fullRun struct{ group, first uint32 }

const (
	// runRows is how many values make a run: 1 KiB, so that 256 groups are in L2.
	runRows = 128
	// stageGroups is up to how many groups are staged: 1 MiB of values.
	stageGroups = 1024
	// spareRuns is how many runs may become full at once. Without luck it is one for
	// each group; a block is then added in pieces.
	spareRuns = 32
)

// staged is the values of one input on their way to its runners.
type staged struct {
	runners []Runner
	source  []uint64 // of the rows to be added; valid during an Update
	values  []uint64 // by slot of the stage that it is a member of
	run     block.Vector
	runs    []*block.Vector // just run
}

func newStaged(t block.Type) *staged {
	s := &staged{run: block.Vector{Type: t}}
	s.runs = []*block.Vector{&s.run}
	return s
}

func newStage() *stage {
	return &stage{
		slots: make([]uint32, block.Rows),
		spare: make([]uint32, 0, spareRuns),
		full:  make([]fullRun, 0, spareRuns),
	}
}

// reset makes it a stage of no groups and no members.
func (s *stage) reset() {
	s.members, s.next, s.spare, s.runs = s.members[:0], s.next[:0], s.spare[:0], 0
	for range spareRuns {
		s.spare = append(s.spare, s.newRun())
	}
}

func (s *stage) newRun() uint32 {
	s.runs++
	return uint32(s.runs-1) * runRows
}

// resize makes room for groups.
func (s *stage) resize(groups int) {
	for len(s.next) < groups {
		s.next = append(s.next, s.newRun())
	}
}

// join makes m a member. It is one of all rows added from now on.
func (s *stage) join(m *staged) { s.members = append(s.members, m) }

// leave hands over what is staged of m, which is no member any more.
func (s *stage) leave(m *staged) {
	for g, next := range s.next {
		if n := next % runRows; n > 0 {
			m.flush(g, int(next-n), int(n))
		}
	}
	s.members = slices.DeleteFunc(s.members, func(other *staged) bool { return other == m })
}

// add stages rows of these groups, of which each member has the source, and hands
// over runs that are full. Rows are added to rows, if it is not nil, when they are
// handed over.
func (s *stage) add(ids []uint32, rows []int64) {
	for _, m := range s.members {
		m.values = grow(m.values, s.runs*runRows)
	}
	for at := 0; at < len(ids); {
		slots := s.place(ids[at:min(len(ids), at+len(s.slots))])
		for _, m := range s.members {
			scatter(m.values, slots, m.source[at:])
		}
		for _, m := range s.members {
			for _, full := range s.full {
				m.flush(int(full.group), int(full.first), runRows)
			}
		}
		for _, full := range s.full {
			s.spare = append(s.spare, full.first)
			if rows != nil {
				rows[full.group] += runRows
			}
		}
		s.full = s.full[:0]
		at += len(slots)
	}
}

// place gives slots to rows of these groups, as long as there are spare runs.
func (s *stage) place(ids []uint32) []uint32 {
	next, slots := s.next, s.slots[:len(ids)]
	for i, id := range ids {
		at := next[id]
		slots[i] = at
		if at++; at%runRows == 0 {
			at = s.swap(id, at-runRows)
			if len(s.spare) == 0 {
				next[id] = at
				return slots[:i+1]
			}
		}
		next[id] = at
	}
	return slots
}

// swap gives a group a spare run for one that is full.
func (s *stage) swap(group, first uint32) uint32 {
	s.full = append(s.full, fullRun{group, first})
	last := len(s.spare) - 1
	run := s.spare[last]
	s.spare = s.spare[:last]
	return run
}

func scatter(values []uint64, slots []uint32, source []uint64) {
	for i, x := range source[:len(slots)] {
		values[slots[i]] = x
	}
}

// settle hands over all that is staged; rows is as in add.
func (s *stage) settle(rows []int64) {
	for g, next := range s.next {
		n := next % runRows
		if n == 0 {
			continue
		}
		s.next[g] = next - n
		for _, m := range s.members {
			m.flush(g, int(next-n), int(n))
		}
		if rows != nil {
			rows[g] += int64(n)
		}
	}
}

// flush hands n values of a group to the runners.
func (s *staged) flush(group, first, n int) {
	run := s.values[first:][:n]
	s.run.Len = n
	switch s.run.Type.Kind {
	case block.Float:
		s.run.Float = chunk.View[float64](chunk.Bytes(run))
	case block.Uint:
		s.run.Uint = run
	default:
		s.run.Int = chunk.View[int64](chunk.Bytes(run))
	}
	for _, r := range s.runners {
		r.UpdateRun(group, s.runs, n)
	}
}

// values8 is the values of a vector of 8-byte values.
func values8(v *block.Vector, n int) []uint64 {
	switch v.Type.Kind {
	case block.Float:
		return chunk.View[uint64](chunk.Bytes(v.Float[:n]))
	case block.Uint:
		return v.Uint[:n]
	}
	return chunk.View[uint64](chunk.Bytes(v.Int[:n]))
}

func (s *stage) sizeBytes() int64 {
	return int64(cap(s.next)+cap(s.slots)+cap(s.spare)+2*cap(s.full)) * 4
}
