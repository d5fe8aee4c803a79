package expr

import (
	"fmt"
	"math"
	"math/rand"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
)

var specialFloats = []float64{0, math.Copysign(0, -1), 1, -1, 1.5, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, 5e-324, 0.1}

// mixedFloats are n floats, every few of which are special.
func mixedFloats(rng *rand.Rand, n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		if xs[i] = rng.NormFloat64(); rng.Intn(3) == 0 {
			xs[i] = specialFloats[rng.Intn(len(specialFloats))]
		}
	}
	return xs
}

func sameFloats(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

func TestVectorsAreThePlainLoops(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	two := map[string][2]func(dst, a, b []float64){
		"+": {addVectors, addFloats}, "-": {subVectors, subFloats}, "*": {mulVectors, mulFloats},
	}
	one := map[string][2]func(dst, a []float64, k float64){"+": {addVectorK, addFloatsK}, "*": {mulVectorK, mulFloatsK}}
	for n := range 70 {
		for range 20 {
			a, b, k := mixedFloats(rng, n), mixedFloats(rng, n), specialFloats[rng.Intn(len(specialFloats))]
			got, want := make([]float64, n), make([]float64, n)
			check := func(name string) {
				for i := range got {
					if !sameFloats(got[i], want[i]) {
						t.Fatalf("%s, row %d of %d: %v and %v or %v give %v, want %v", name, i, n, a[i], b[i], k, got[i], want[i])
					}
				}
			}
			for op, f := range two {
				f[0](got, a, b)
				f[1](want, a, b)
				check("x " + op + " y")
			}
			for op, f := range one {
				f[0](got, a, k)
				f[1](want, a, k)
				check("x " + op + " k")
			}
			for _, op := range []string{"=", "!=", "<", "<=", ">", ">="} {
				is, should := make([]bool, n), make([]bool, n)
				comparingFloatsK(op)(is, a, k)
				comparingK[float64](op)(should, a, k)
				if fmt.Sprint(is) != fmt.Sprint(should) {
					t.Fatalf("%v %s %v: %v, want %v", a, op, k, is, should)
				}
			}
		}
	}
}

func BenchmarkVectors(b *testing.B) {
	rng := rand.New(rand.NewSource(1))
	x, y, dst := mixedFloats(rng, block.Rows), mixedFloats(rng, block.Rows), make([]float64, block.Rows)
	bools := make([]bool, block.Rows)
	for name, f := range map[string]func(){
		"x*y":       func() { mulVectors(dst, x, y) },
		"x*y plain": func() { mulFloats(dst, x, y) },
		"x<k":       func() { comparingFloatsK("<")(bools, x, 0.5) },
		"x<k plain": func() { comparingK[float64]("<")(bools, x, 0.5) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(8 * block.Rows)
			for range b.N {
				f()
			}
		})
	}
}
