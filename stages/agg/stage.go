package agg

import (
	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// Runner is a [State] that takes many rows of one group faster than rows of
// many groups.
type Runner interface {
	// UpdateRun adds n rows to one group, else it is as State.Update; it cannot fail.
	UpdateRun(group int, args []*block.Vector, n int)
}

// stage gathers the values of each group until there are enough for a run:
//
//	         0                  fill[g]          runRows
//	group g  | value value ...  | free           |
//
// A row then costs one store, whatever is kept of it, and the states work on
// slices.
//
// Note: adding row by row to the exact sum of the row's group took five times as
// long per sum, and each state repeated the scattered access.
type stage struct {
	values []uint64 // of all groups, runRows each
	fill   []int32
	run    block.Vector
	runs   []*block.Vector // just run
}

const (
	// runRows is how many values make a run: 1 KiB, so that 256 groups are in L2.
	runRows = 128
	// stageGroups is up to how many groups are staged: 1 MiB of values.
	stageGroups = 1024
)

func newStage(t block.Type) *stage {
	s := &stage{run: block.Vector{Type: t}}
	s.runs = []*block.Vector{&s.run}
	return s
}

// stageable tells whether staging pays for the runners of what is kept of an
// input.
func (in *input) stageable(runners []State) bool {
	if len(in.kinds) != 1 {
		return false
	}
	pays := len(runners) >= 3
	for _, s := range runners {
		switch s.(type) {
		case *floatSums, *floatSquares, *ordered, *sketches:
			pays = true
		}
	}
	switch in.kinds[0].Kind {
	case block.Null, block.Bool, block.String:
		return false
	}
	return pays
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

// add stages the rows of v and hands full runs to states.
func (s *stage) add(states []State, ids []uint32, v *block.Vector, n int) {
	x, fill, values := values8(v, n), s.fill, s.values
	for i, id := range ids[:len(x)] {
		at := fill[id]
		values[int(id)*runRows+int(at)] = x[i]
		if at++; at == runRows {
			s.flush(states, int(id), runRows)
			at = 0
		}
		fill[id] = at
	}
}

// flush hands the first n values of a group to states.
func (s *stage) flush(states []State, group, n int) {
	run := s.values[group*runRows:][:n]
	s.run.Len = n
	switch s.run.Type.Kind {
	case block.Float:
		s.run.Float = chunk.View[float64](chunk.Bytes(run))
	case block.Uint:
		s.run.Uint = run
	default:
		s.run.Int = chunk.View[int64](chunk.Bytes(run))
	}
	for _, state := range states {
		state.(Runner).UpdateRun(group, s.runs, n)
	}
}

// settle hands over all that is staged.
func (s *stage) settle(states []State) {
	for g, n := range s.fill {
		if n > 0 {
			s.fill[g] = 0
			s.flush(states, g, int(n))
		}
	}
}

// resize makes room for groups.
func (s *stage) resize(groups int) {
	s.fill = grow(s.fill, groups)
	s.values = grow(s.values, groups*runRows)
}

func (s *stage) sizeBytes() int64 { return int64(cap(s.values))*8 + int64(cap(s.fill))*4 }
