//go:build !purego

package expr

import "golang.org/x/sys/cpu"

var hasAVX2 = cpu.X86.HasAVX2

// The kernels do what the loops over floats of the same name do, for n values: a
// multiple of 16, not 0.

//go:noescape
func addAVX2(dst, a, b *float64, n int)

//go:noescape
func subAVX2(dst, a, b *float64, n int)

//go:noescape
func mulAVX2(dst, a, b *float64, n int)

//go:noescape
func addKAVX2(dst, a *float64, k float64, n int)

//go:noescape
func mulKAVX2(dst, a *float64, k float64, n int)

//go:noescape
func equalKAVX2(dst *bool, a *float64, k float64, n int)

//go:noescape
func unequalKAVX2(dst *bool, a *float64, k float64, n int)

//go:noescape
func lessKAVX2(dst *bool, a *float64, k float64, n int)

//go:noescape
func lessEqualKAVX2(dst *bool, a *float64, k float64, n int)

//go:noescape
func greaterKAVX2(dst *bool, a *float64, k float64, n int)

//go:noescape
func greaterEqualKAVX2(dst *bool, a *float64, k float64, n int)

// vectors is a loop over two vectors: the kernel for as much as it takes, and
// the plain loop for the rest.
func vectors(kernel func(dst, a, b *float64, n int), plain func(dst, a, b []float64)) func(dst, a, b []float64) {
	if !hasAVX2 {
		return plain
	}
	return func(dst, a, b []float64) {
		n := len(dst) &^ 15
		if n > 0 {
			_, _ = a[n-1], b[n-1]
			kernel(&dst[0], &a[0], &b[0], n)
		}
		plain(dst[n:], a[n:], b[n:])
	}
}

// vectorK is vectors with a constant on the right.
func vectorK(kernel func(dst, a *float64, k float64, n int), plain func(dst, a []float64, k float64)) func(dst, a []float64, k float64) {
	if !hasAVX2 {
		return plain
	}
	return func(dst, a []float64, k float64) {
		n := len(dst) &^ 15
		if n > 0 {
			_ = a[n-1]
			kernel(&dst[0], &a[0], k, n)
		}
		plain(dst[n:], a[n:], k)
	}
}

var (
	addVectors = vectors(addAVX2, addFloats)
	subVectors = vectors(subAVX2, subFloats)
	mulVectors = vectors(mulAVX2, mulFloats)
	addVectorK = vectorK(addKAVX2, addFloatsK)
	mulVectorK = vectorK(mulKAVX2, mulFloatsK)
)

// comparingFloatsK is comparingK for floats.
func comparingFloatsK(op string) func(dst []bool, a []float64, k float64) {
	plain := comparingK[float64](op)
	if !hasAVX2 {
		return plain
	}
	var kernel func(dst *bool, a *float64, k float64, n int)
	switch op {
	case "=":
		kernel = equalKAVX2
	case "!=":
		kernel = unequalKAVX2
	case "<":
		kernel = lessKAVX2
	case "<=":
		kernel = lessEqualKAVX2
	case ">":
		kernel = greaterKAVX2
	default:
		kernel = greaterEqualKAVX2
	}
	return func(dst []bool, a []float64, k float64) {
		n := len(dst) &^ 15
		if n > 0 {
			_ = a[n-1]
			kernel(&dst[0], &a[0], k, n)
		}
		plain(dst[n:], a[n:], k)
	}
}
