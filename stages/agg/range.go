package agg

import "math"

// floatRangeGo is the least and the greatest of xs, with -0 below +0, unless one
// is NaN. Of no values they are the infinities: high below low.
func floatRangeGo(xs []float64) (low, high float64, nan bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, x := range xs {
		if x < low {
			low = x
		}
		if x > high {
			high = x
		}
		nan = nan || x != x
	}
	if !nan && (low == 0 || high == 0) {
		for _, x := range xs {
			low, high = min(low, x), max(high, x) // these tell the zeros apart
		}
	}
	return low, high, nan
}

// intRangeGo is the least and the greatest of xs with the bits of flip inverted.
// Of no values they are the greatest and the least of all.
func intRangeGo(xs []int64, flip int64) (low, high int64) {
	low, high = math.MaxInt64, math.MinInt64
	for _, x := range xs {
		low, high = min(low, x^flip), max(high, x^flip)
	}
	return low, high
}
