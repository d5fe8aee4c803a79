//go:build !purego

package block

import "golang.org/x/sys/cpu"

var hasAVX2 = cpu.X86.HasAVX2

//go:noescape
func widenInt32AVX2(dst *int64, src *int32, n int)

//go:noescape
func widenFloat32AVX2(dst *float64, src *float32, n int)

// widenInt32 sets dst to src.
func widenInt32(dst []int64, src []int32) {
	src = src[:len(dst)]
	n := 0
	if hasAVX2 {
		if n = len(dst) &^ 15; n > 0 {
			widenInt32AVX2(&dst[0], &src[0], n)
		}
	}
	convert(dst[n:], src[n:])
}

// widenFloat32 sets dst to src.
func widenFloat32(dst []float64, src []float32) {
	src = src[:len(dst)]
	n := 0
	if hasAVX2 {
		if n = len(dst) &^ 15; n > 0 {
			widenFloat32AVX2(&dst[0], &src[0], n)
		}
	}
	convert(dst[n:], src[n:])
}
