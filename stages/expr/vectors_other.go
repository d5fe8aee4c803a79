//go:build !amd64 || purego

package expr

var (
	addVectors = addFloats
	subVectors = subFloats
	mulVectors = mulFloats
	addVectorK = addFloatsK
	mulVectorK = mulFloatsK
)

// comparingFloatsK is comparingK for floats.
func comparingFloatsK(op string) func(dst []bool, a []float64, k float64) {
	return comparingK[float64](op)
}
