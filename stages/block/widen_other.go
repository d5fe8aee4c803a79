//go:build !amd64 || purego

package block

// widenInt32 sets dst to src.
func widenInt32(dst []int64, src []int32) { convert(dst, src) }

// widenFloat32 sets dst to src.
func widenFloat32(dst []float64, src []float32) { convert(dst, src) }
