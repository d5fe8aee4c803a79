package agg

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
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
	best := &e.ranks[group]
	switch v := args[0]; v.Type.Kind {
	case block.Float:
		if e.flip == 0 {
			*best = leastFloat(*best, v.Float[:n])
		} else {
			*best = greatestFloat(*best, v.Float[:n])
		}
	case block.Uint:
		for _, u := range v.Uint[:n] {
			*best = min(*best, uintRank(u)^e.flip)
		}
	case block.Bool:
		for _, b := range v.Bool[:n] {
			*best = min(*best, boolRank(b)^e.flip)
		}
	default:
		*best = least(*best, v.Int[:n], e.flip)
	}
}

func (e *extremes) ints(x []int64, ids []uint32) {
	ranks, flip := e.ranks, e.flip
	for i, id := range ids[:len(x)] {
		if r := x[i] ^ flip; r < ranks[id] {
			ranks[id] = r
		}
	}
}

// least is the least of best and all x.
func least(best int64, x []int64, flip int64) int64 {
	a, b, c, d := best, best, best, best
	for ; len(x) >= 4; x = x[4:] {
		a, b, c, d = min(a, x[0]^flip), min(b, x[1]^flip), min(c, x[2]^flip), min(d, x[3]^flip)
	}
	for _, v := range x {
		a = min(a, v^flip)
	}
	return min(a, b, c, d)
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

// leastFloat is the rank of the least of the float with rank best and all x: a
// comparison that is almost never true for each value.
func leastFloat(best int64, x []float64) int64 {
	if best == nanRank || len(x) == 0 {
		return best
	}
	low := math.Inf(1)
	if best != nothing {
		low = rankedFloat(best)
	}
	for _, v := range x {
		if !(v >= low) {
			if v != v {
				return nanRank
			}
			low = v
		}
	}
	best = min(best, floatRank(low))
	if low == 0 { // +0 and -0 compare equal
		for _, v := range x {
			best = min(best, floatRank(v))
		}
	}
	return best
}

// greatestFloat is leastFloat for a maximum.
func greatestFloat(best int64, x []float64) int64 {
	if best == nanRank || len(x) == 0 {
		return best
	}
	high := math.Inf(-1)
	if best != nothing {
		high = rankedFloat(^best)
	}
	for _, v := range x {
		if !(v <= high) {
			if v != v {
				return nanRank
			}
			high = v
		}
	}
	best = min(best, ^floatRank(high))
	if high == 0 {
		for _, v := range x {
			best = min(best, ^floatRank(v))
		}
	}
	return best
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
