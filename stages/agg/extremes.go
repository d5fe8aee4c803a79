package agg

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// extremes is the minimum or maximum of all groups, of any type but String. A
// value is kept as a rank: an int64 of which the least is wanted.
//
//	integers, dates   the value; for a maximum all bits inverted, which turns the order round
//	bool              0 and 1, likewise
//	uint64            the value less 2^63, likewise
//	float             its bits, the lower 63 inverted if it is negative, likewise; these rank
//	                  as the floats do, with -0 before +0
//	NaN               the least int64, which ranks no other float: NaN wins either way
//	nothing yet       the greatest int64
type extremes struct {
	kind  block.Type
	flip  int64 // 0 for a minimum, -1 for a maximum
	ranks []int64

	// A minimum and a maximum of the same input take runs together, as both come
	// of one look at the values: the minimum adds them to its twin, which is led.
	twin *extremes
	led  bool
}

const (
	nothing = math.MaxInt64
	nanRank = math.MinInt64
)

// Resize makes room for groups.
func (e *extremes) Resize(groups int) {
	from := len(e.ranks)
	e.ranks = grow(e.ranks, groups)
	for i := from; i < len(e.ranks); i++ {
		e.ranks[i] = nothing
	}
}

// Update adds rows.
func (e *extremes) Update(ids []uint32, args []*block.Vector, n int) error {
	if ids == nil {
		e.UpdateRun(0, args, n)
		return nil
	}
	ids = ids[:n]
	switch v := args[0]; v.Type.Kind {
	case block.Float:
		e.floats(v.Float[:n], ids)
	case block.Uint:
		for i, id := range ids {
			e.ranks[id] = min(e.ranks[id], uintRank(v.Uint[i])^e.flip)
		}
	case block.Bool:
		for i, id := range ids {
			e.ranks[id] = min(e.ranks[id], boolRank(v.Bool[i])^e.flip)
		}
	default:
		e.ints(v.Int[:n], ids)
	}
	return nil
}

// UpdateRun adds rows of one group.
func (e *extremes) UpdateRun(group int, args []*block.Vector, n int) {
	if e.led || n == 0 {
		return
	}
	low, high := rankRange(args[0], n)
	if e.flip != 0 {
		e.add(group, high)
		return
	}
	e.add(group, low)
	if e.twin != nil {
		e.twin.add(group, high)
	}
}

func (e *extremes) add(group int, rank int64) {
	e.ranks[group] = min(e.ranks[group], rank)
}

// rankRange is the ranks of the least of n values among minimums, and of the
// greatest among maximums.
func rankRange(v *block.Vector, n int) (low, high int64) {
	switch v.Type.Kind {
	case block.Float:
		least, greatest, nan := floatRange(v.Float[:n])
		if nan {
			return nanRank, nanRank
		}
		return floatRank(least), ^floatRank(greatest)
	case block.Uint:
		low, high = intRange(chunk.View[int64](chunk.Bytes(v.Uint[:n])), math.MinInt64)
	case block.Bool:
		trues := int(countTrue(v.Bool[:n]))
		low, high = boolRank(trues == n), boolRank(trues > 0)
	default:
		low, high = intRange(v.Int[:n], 0)
	}
	return low, ^high
}

func (e *extremes) ints(x []int64, ids []uint32) {
	ranks, flip := e.ranks, e.flip
	for i, id := range ids[:len(x)] {
		if r := x[i] ^ flip; r < ranks[id] {
			ranks[id] = r
		}
	}
}

func (e *extremes) floats(x []float64, ids []uint32) {
	ranks, flip := e.ranks, e.flip
	for i, id := range ids[:len(x)] {
		v := x[i]
		r := floatRank(v) ^ flip
		if v != v {
			r = nanRank
		}
		if r < ranks[id] {
			ranks[id] = r
		}
	}
}

// floatRank orders the bits of all floats but NaN as integers.
func floatRank(x float64) int64 {
	b := int64(math.Float64bits(x))
	return b ^ int64(uint64(b>>63)>>1)
}

// rankedFloat is the inverse of floatRank.
func rankedFloat(rank int64) float64 {
	return math.Float64frombits(uint64(rank ^ int64(uint64(rank>>63)>>1)))
}

func uintRank(u uint64) int64 { return int64(u ^ 1<<63) }

func boolRank(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Merge adds the groups of from.
func (e *extremes) Merge(from State, ids []uint32) error {
	other, ok := from.(*extremes)
	if !ok || other.flip != e.flip || other.kind.Kind != e.kind.Kind {
		return errOtherState
	}
	for g, r := range other.ranks {
		if ids != nil {
			g = int(ids[g])
		}
		e.ranks[g] = min(e.ranks[g], r)
	}
	return nil
}

// value is the extreme of a group that has values.
func (e *extremes) value(group int) result.Value {
	rank := e.ranks[group]
	if e.kind.Kind == block.Float {
		if rank == nanRank {
			return result.Float(math.NaN())
		}
		return result.Float(rankedFloat(rank ^ e.flip))
	}
	bits := uint64(rank ^ e.flip)
	if e.kind.Kind == block.Uint {
		bits ^= 1 << 63
	}
	return result.Fixed(e.kind, bits)
}

// AppendBinary appends the rank of a group, 8 bytes.
func (e *extremes) AppendBinary(dst []byte, group int) []byte {
	return binary.LittleEndian.AppendUint64(dst, uint64(e.ranks[group]))
}

// Decode reads a group.
func (e *extremes) Decode(src []byte, group int) ([]byte, error) {
	if len(src) < 8 {
		return nil, errors.New("it ends early")
	}
	rank := int64(binary.LittleEndian.Uint64(src))
	plain := rank ^ e.flip
	switch {
	case rank == nothing:
	case e.kind.Kind == block.Bool && plain != 0 && plain != 1,
		e.kind.Kind == block.Float && rank != nanRank && rankedFloat(plain) != rankedFloat(plain):
		return nil, errors.New("a rank of no value")
	}
	e.ranks[group] = rank
	return src[8:], nil
}

// SizeBytes is the memory that the state holds.
func (e *extremes) SizeBytes() int64 { return int64(cap(e.ranks)) * 8 }
