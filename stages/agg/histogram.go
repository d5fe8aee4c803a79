package agg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"slices"
	"strconv"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
)

// maxBins bounds what one group can take: 80 kB.
const maxBins = 10_000

func planHistogram(args []block.Type, params []float64) (Recipe, error) {
	low, high, bins := params[0], params[1], params[2]
	if err := numeric(args[0].Kind); err != nil {
		return Recipe{}, err
	}
	if !(bins >= 1 && bins <= maxBins) || bins != math.Trunc(bins) {
		return Recipe{}, fmt.Errorf("needs a number of bins from 1 to %d, not %v", maxBins, bins)
	}
	edges, err := binEdges(low, high, int(bins))
	if err != nil {
		return Recipe{}, err
	}
	id := "histogram " + strconv.FormatFloat(low, 'g', -1, 64) + " " + strconv.FormatFloat(high, 'g', -1, 64) + " " + strconv.Itoa(int(bins))
	r := Recipe{Type: block.Type{Kind: block.List}}
	r.Finish = func(_ int64, s []State, g int) (result.Value, error) {
		if len(s) > 0 {
			if counts := s[0].(*histograms).groups[g]; counts != nil {
				return result.List(counts), nil
			}
		}
		return result.List(make([]int64, int(bins))), nil
	}
	if args[0].Kind != block.Null {
		r.States = []Kept{{ID: id, New: func() State { return newHistograms(edges) }}}
	}
	return r, nil
}

// binEdges is the bins+1 edges low + i*(high-low)/bins, each the float nearest
// to the exact value.
//
// Note: with the exact edges, 0.3 of histogram(x, 0, 1, 10) would be below the
// edge 3/10, since the float is. The edge that is the same float as the literal is
// what one expects.
func binEdges(low, high float64, bins int) ([]float64, error) {
	if !(low < high) || math.IsInf(low, 0) || math.IsInf(high, 0) {
		return nil, fmt.Errorf("needs two numbers that ascend, as in histogram(x, 0, 100, 10), not %v and %v", low, high)
	}
	from, to := new(big.Rat).SetFloat64(low), new(big.Rat).SetFloat64(high)
	width := new(big.Rat).Sub(to, from)
	edges := make([]float64, bins+1)
	for i := range edges {
		edge := new(big.Rat).Mul(width, big.NewRat(int64(i), int64(bins)))
		edges[i], _ = edge.Add(edge, from).Float64()
		if i > 0 && edges[i] <= edges[i-1] {
			return nil, fmt.Errorf("cannot make %d bins from %v to %v: they are narrower than floats are apart", bins, low, high)
		}
	}
	return edges, nil
}

// histograms is counts of values in bins for all groups. Bin i has the values
// from edges[i] to below edges[i+1], the last one those that equal its upper edge
// too. NaN and what is outside are in no bin.
type histograms struct {
	edges  []float64
	scale  float64   // bins for a unit of values, about; only a guess depends on it
	groups [][]int64 // of bins counts; nil while all are 0
	held   int64     // groups that are not nil

	floats []float64 // of integers, in one block
}

func newHistograms(edges []float64) *histograms {
	bins := len(edges) - 1
	return &histograms{edges: edges, scale: float64(bins) / (edges[bins] - edges[0])}
}

// bin is that of a value, or -1.
func (h *histograms) bin(x float64) int {
	edges := h.edges
	last := len(edges) - 2
	if !(x >= edges[0] && x <= edges[last+1]) {
		return -1
	}
	guess := int((x - edges[0]) * h.scale)
	if uint(guess) <= uint(last) && x >= edges[guess] && x < edges[guess+1] {
		return guess
	}
	at, found := slices.BinarySearch(edges, x)
	if !found {
		at--
	}
	return min(at, last)
}

// Resize makes room for groups.
func (h *histograms) Resize(groups int) { h.groups = grow(h.groups, groups) }

// counts is the counts of a group, to be added to.
func (h *histograms) counts(group uint32) []int64 {
	if h.groups[group] == nil {
		h.groups[group] = make([]int64, len(h.edges)-1)
		h.held++
	}
	return h.groups[group]
}

// Update adds rows.
func (h *histograms) Update(ids []uint32, args []*block.Vector, n int) error {
	for i, x := range h.values(args[0], n) {
		if b := h.bin(x); b >= 0 {
			h.counts(at(ids, i))[b]++
		}
	}
	return nil
}

// values is v as floats that are in the bins of v's values: an integer that is
// no float becomes the next one below, which is on the same side of every edge.
func (h *histograms) values(v *block.Vector, n int) []float64 {
	if v.Type.Kind == block.Float {
		return v.Float[:n]
	}
	h.floats = slices.Grow(h.floats[:0], n)[:n]
	high := h.edges[len(h.edges)-1]
	switch v.Type.Kind {
	case block.Bool:
		for i, b := range v.Bool[:n] {
			h.floats[i] = float64(boolRank(b))
		}
	case block.Uint:
		for i, u := range v.Uint[:n] {
			h.floats[i] = below(u, false, high)
		}
	default:
		for i, x := range v.Int[:n] {
			h.floats[i] = below(uint64(max(x, -x)), x < 0, high)
		}
	}
	return h.floats
}

// below is the greatest float that is at most ±size, but NaN where this is high
// and ±size is above it.
func below(size uint64, negative bool, high float64) float64 {
	cut := bits.TrailingZeros64(size)
	if 64-bits.LeadingZeros64(size)-cut <= 53 || size == 0 { // it is a float
		return signed(float64(size), negative)
	}
	unit := uint64(1) << (11 - bits.LeadingZeros64(size))
	size &^= unit - 1 // towards zero
	if negative {
		size += unit // away from it; 2^64 becomes 0
		if size == 0 {
			return -(1 << 64)
		}
	}
	f := signed(float64(size), negative)
	if f == high {
		return math.NaN()
	}
	return f
}

func signed(x float64, negative bool) float64 {
	if negative {
		return -x
	}
	return x
}

// Merge adds the groups of from.
func (h *histograms) Merge(from State, ids []uint32) error {
	other, ok := from.(*histograms)
	if !ok || len(other.edges) != len(h.edges) {
		return errOtherState
	}
	for g, counts := range other.groups {
		if counts == nil {
			continue
		}
		to := h.counts(at2(ids, g))
		for b, n := range counts {
			to[b] += n
		}
	}
	return nil
}

// AppendBinary appends a group: a byte, 0 if all counts are 0, else 1 and a
// uvarint for each bin.
func (h *histograms) AppendBinary(dst []byte, group int) []byte {
	counts := h.groups[group]
	if counts == nil {
		return append(dst, 0)
	}
	dst = append(dst, 1)
	for _, n := range counts {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	return dst
}

// Decode reads a group.
func (h *histograms) Decode(src []byte, group int) ([]byte, error) {
	bins := len(h.edges) - 1
	if len(src) == 0 || src[0] > 1 || src[0] == 1 && len(src) <= bins {
		return nil, errors.New("a histogram that is cut short")
	}
	some := src[0] == 1
	src = src[1:]
	if !some {
		return src, nil
	}
	counts := h.counts(uint32(group))
	rest, err := decodeCounts(src, counts, 0, nil)
	if err == nil && !slices.ContainsFunc(counts, func(n int64) bool { return n > 0 }) {
		err = errors.New("a histogram of nothing")
	}
	return rest, err
}

// SizeBytes is the memory that the state holds.
func (h *histograms) SizeBytes() int64 {
	return int64(cap(h.groups))*24 + h.held*int64(len(h.edges)-1)*8 + int64(cap(h.edges)+cap(h.floats))*8
}
