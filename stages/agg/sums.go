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
	Merge(*T)
	AppendBinary([]byte) []byte
	Decode([]byte) ([]byte, error)
}

var errOtherState = errors.New("a state of another kind")

// Resize makes room for groups.
func (s *sums[T, P]) Resize(groups int) { s.groups = grow(s.groups, groups) }

func (s *sums[T, P]) all() []T { return s.groups }

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
}

// Update adds rows.
func (s *floatSums) Update(ids []uint32, args []*block.Vector, n int) error {
	x := args[0].Float[:n]
	if ids == nil {
		s.groups[0].AddSlice(x)
		return nil
	}
	for i, id := range ids[:len(x)] {
		s.groups[id].Add(x[i])
	}
	return nil
}

// floatSquares is Σx² of floats.
type floatSquares struct {
	sums[exact.Squares, *exact.Squares]
}

// Update adds rows.
func (s *floatSquares) Update(ids []uint32, args []*block.Vector, n int) error {
	x := args[0].Float[:n]
	if ids == nil {
		s.groups[0].AddSlice(x)
		return nil
	}
	for i, id := range ids[:len(x)] {
		s.groups[id].Add(x[i])
	}
	return nil
}

// intSums is Σx of integers and of bools as 0 and 1.
type intSums struct {
	sums[exact.Int, *exact.Int]
}

// Update adds rows.
func (s *intSums) Update(ids []uint32, args []*block.Vector, n int) error {
	switch v := args[0]; {
	case v.Type.Kind == block.Bool && ids == nil:
		s.groups[0].AddUint(countTrue(v.Bool[:n]))
	case v.Type.Kind == block.Bool:
		for i, id := range ids[:n] {
			if v.Bool[i] {
				s.groups[id].AddUint(1)
			}
		}
	case v.Type.Kind == block.Uint && ids == nil:
		s.groups[0].AddUintSlice(v.Uint[:n])
	case v.Type.Kind == block.Uint:
		for i, id := range ids[:n] {
			s.groups[id].AddUint(v.Uint[i])
		}
	case ids == nil:
		s.groups[0].AddSlice(v.Int[:n])
	default:
		x := v.Int[:n]
		for i, id := range ids[:len(x)] {
			s.groups[id].Add(x[i])
		}
	}
	return nil
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
	switch v := args[0]; {
	case v.Type.Kind == block.Bool:
		for i, b := range v.Bool[:n] {
			if b {
				s.groups[at(ids, i)].AddUint(1)
			}
		}
	case v.Type.Kind == block.Uint && ids == nil:
		s.groups[0].AddUintSlice(v.Uint[:n])
	case v.Type.Kind == block.Uint:
		for i, id := range ids[:n] {
			s.groups[id].AddUint(v.Uint[i])
		}
	case ids == nil:
		s.groups[0].AddSlice(v.Int[:n])
	default:
		x := v.Int[:n]
		for i, id := range ids[:len(x)] {
			s.groups[id].Add(x[i])
		}
	}
	return nil
}

// at is the group of row i.
func at(ids []uint32, i int) uint32 {
	if ids == nil {
		return 0
	}
	return ids[i]
}
