//go:build !amd64 || purego

package agg

func floatRange(xs []float64) (low, high float64, nan bool) { return floatRangeGo(xs) }

func intRange(xs []int64, flip int64) (low, high int64) { return intRangeGo(xs, flip) }
