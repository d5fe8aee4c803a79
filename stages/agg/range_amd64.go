//go:build !purego

package agg

import (
	"math"

	"golang.org/x/sys/cpu"
)

var hasAVX2 = cpu.X86.HasAVX2

// floatLanes are the results of floatRangeAVX2 in each lane of a vector.
type floatLanes struct {
	low, high    [4]float64
	nan          [4]uint64 // not 0 if a value was NaN; low and high mean nothing then
	union, inter [4]uint64 // of the bits of all values
}

//go:noescape
func floatRangeAVX2(xs *float64, n int, out *floatLanes)

// intLanes are the results of intRangeAVX2.
type intLanes struct{ low, high [16]int64 }

//go:noescape
func intRangeAVX2(xs *int64, n int, flip uint64, out *intLanes)

func floatRange(xs []float64) (low, high float64, nan bool) {
	n := len(xs) &^ 15
	if n == 0 || !hasAVX2 {
		return floatRangeGo(xs)
	}
	var l floatLanes
	floatRangeAVX2(&xs[0], n, &l)
	low, high = min(l.low[0], l.low[1], l.low[2], l.low[3]), max(l.high[0], l.high[1], l.high[2], l.high[3])
	nan = l.nan[0]|l.nan[1]|l.nan[2]|l.nan[3] != 0
	// The comparisons do not tell -0 from +0. If 0 is the least of all, whoever has
	// a sign is -0; if it is the greatest, whoever has none is +0.
	if low == 0 {
		low = math.Copysign(0, signOf(l.union[0]|l.union[1]|l.union[2]|l.union[3]))
	}
	if high == 0 {
		high = math.Copysign(0, signOf(l.inter[0]&l.inter[1]&l.inter[2]&l.inter[3]))
	}
	if n < len(xs) {
		restLow, restHigh, restNaN := floatRangeGo(xs[n:])
		low, high, nan = min(low, restLow), max(high, restHigh), nan || restNaN
	}
	return low, high, nan
}

// signOf is 1 with the sign of some bits.
func signOf(bits uint64) float64 { return math.Float64frombits(bits&(1<<63) | 0x3ff<<52) }

func intRange(xs []int64, flip int64) (low, high int64) {
	n := len(xs) &^ 15
	if n == 0 || !hasAVX2 {
		return intRangeGo(xs, flip)
	}
	var l intLanes
	intRangeAVX2(&xs[0], n, uint64(flip), &l)
	low, high = intRangeGo(xs[n:], flip)
	for i := range l.low {
		low, high = min(low, l.low[i]), max(high, l.high[i])
	}
	return low, high
}
