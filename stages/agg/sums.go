package agg

import (
	"errors"
	"unsafe"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/exact"
)

// sums is the exact sums of all groups, of a type of package exact.
type sums[T any, P accumulator[T]] struct {
	groups []T
}

// accumulator is what the types of package exact have in common.
type accumulator[T any] interface {
	*T
	exact.Total
	Merge(*T)
	AppendBinary([]byte) []byte
	Decode([]byte) ([]byte, error)
}

var errOtherState = errors.New("a state of another kind")

// Resize makes room for groups.
func (s *sums[T, P]) Resize(groups int) { s.groups = grow(s.groups, groups) }

//lint:ignore U1000 Merge asks for it through an interface
func (s *sums[T, P]) all() []T { return s.groups }

// total is the sum of a group.
func (s *sums[T, P]) total(group int) exact.Total { return P(&s.groups[group]) }

// Merge adds the groups of from.
func (s *sums[T, P]) Merge(from State, ids []uint32) error {
	other, ok := from.(interface{ all() []T })
	if !ok {
		return errOtherState
	}
	all := other.all()
	for g := range all {
		at := g
		if ids != nil {
			at = int(ids[g])
		}
		P(&s.groups[at]).Merge(&all[g])
	}
	return nil
}

// AppendBinary appends a group.
func (s *sums[T, P]) AppendBinary(dst []byte, group int) []byte {
	return P(&s.groups[group]).AppendBinary(dst)
}

// Decode reads a group.
func (s *sums[T, P]) Decode(src []byte, group int) ([]byte, error) {
	return P(&s.groups[group]).Decode(src)
}

// SizeBytes is the memory that the state holds.
func (s *sums[T, P]) SizeBytes() int64 {
	var zero T
	return int64(cap(s.groups)) * int64(unsafe.Sizeof(zero))
}

// floatSums is Σx of floats.
type floatSums struct {
	sums[exact.Sum, *exact.Sum]

	twin *floatSquares // of the same input, to which it adds runs too
}

// Update adds rows.
func (s *floatSums) Update(ids []uint32, args []*block.Vector, n int) error {
	if ids == nil {
		s.UpdateRun(0, args, n)
		return nil
	}
	x := args[0].Float[:n]
	for i, id := range ids[:len(x)] {
		s.groups[id].Add(x[i])
	}
	return nil
}

// UpdateRun adds rows of one group.
func (s *floatSums) UpdateRun(group int, args []*block.Vector, n int) {
	if s.twin != nil {
		exact.AddBoth(&s.groups[group], &s.twin.groups[group], args[0].Float[:n])
		return
	}
	s.groups[group].AddSlice(args[0].Float[:n])
}

// floatSquares is Σx² of floats.
type floatSquares struct {
	sums[exact.Squares, *exact.Squares]

	led bool // it is the twin of sums
}

// Update adds rows.
func (s *floatSquares) Update(ids []uint32, args []*block.Vector, n int) error {
	if ids == nil {
		s.UpdateRun(0, args, n)
		return nil
	}
	x := args[0].Float[:n]
	for i, id := range ids[:len(x)] {
		s.groups[id].Add(x[i])
	}
	return nil
}

// UpdateRun adds rows of one group.
func (s *floatSquares) UpdateRun(group int, args []*block.Vector, n int) {
	if !s.led {
		s.groups[group].AddSlice(args[0].Float[:n])
	}
}

// intSums is Σx of integers and of bools as 0 and 1.
type intSums struct {
	sums[exact.Int, *exact.Int]
}

// Update adds rows.
func (s *intSums) Update(ids []uint32, args []*block.Vector, n int) error {
	if ids == nil {
		s.UpdateRun(0, args, n)
		return nil
	}
	ids = ids[:n]
	switch v := args[0]; v.Type.Kind {
	case block.Bool:
		for i, id := range ids {
			if v.Bool[i] {
				s.groups[id].AddUint(1)
			}
		}
	case block.Uint:
		for i, id := range ids {
			s.groups[id].AddUint(v.Uint[i])
		}
	default:
		x := v.Int[:n]
		for i, id := range ids[:len(x)] {
			s.groups[id].Add(x[i])
		}
	}
	return nil
}

// UpdateRun adds rows of one group.
func (s *intSums) UpdateRun(group int, args []*block.Vector, n int) {
	sum := &s.groups[group]
	switch v := args[0]; v.Type.Kind {
	case block.Bool:
		sum.AddUint(countTrue(v.Bool[:n]))
	case block.Uint:
		sum.AddUintSlice(v.Uint[:n])
	default:
		sum.AddSlice(v.Int[:n])
	}
}

func countTrue(bools []bool) (n uint64) {
	for _, b := range bools {
		if b {
			n++
		}
	}
	return n
}

// intSquares is Σx² of integers and of bools as 0 and 1.
type intSquares struct {
	sums[exact.IntSquares, *exact.IntSquares]
}

// Update adds rows.
func (s *intSquares) Update(ids []uint32, args []*block.Vector, n int) error {
	if ids == nil {
		s.UpdateRun(0, args, n)
		return nil
	}
	ids = ids[:n]
	switch v := args[0]; v.Type.Kind {
	case block.Bool:
		for i, id := range ids {
			if v.Bool[i] {
				s.groups[id].AddUint(1)
			}
		}
	case block.Uint:
		for i, id := range ids {
			s.groups[id].AddUint(v.Uint[i])
		}
	default:
		x := v.Int[:n]
		for i, id := range ids[:len(x)] {
			s.groups[id].Add(x[i])
		}
	}
	return nil
}

// UpdateRun adds rows of one group.
func (s *intSquares) UpdateRun(group int, args []*block.Vector, n int) {
	sum := &s.groups[group]
	switch v := args[0]; v.Type.Kind {
	case block.Bool:
		for range countTrue(v.Bool[:n]) {
			sum.AddUint(1)
		}
	case block.Uint:
		sum.AddUintSlice(v.Uint[:n])
	default:
		sum.AddSlice(v.Int[:n])
	}
}

// at is the group of row i.
func at(ids []uint32, i int) uint32 {
	if ids == nil {
		return 0
	}
	return ids[i]
}
