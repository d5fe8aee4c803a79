//go:build !amd64 || purego

package exact

const hasKernels = true

func squareKernels(xs []float64, e int) map[string]squareLevels {
	return map[string]squareLevels{"addSquareLevels": addSquareLevels(xs, e)}
}
