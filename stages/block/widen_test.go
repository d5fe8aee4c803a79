package block

import (
	"math"
	"math/rand"
	"testing"
)

func TestWideningIsConversion(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for n := range 100 {
		ints, floats := make([]int32, n), make([]float32, n)
		for i := range ints {
			bits := rng.Uint32()
			ints[i], floats[i] = int32(bits), math.Float32frombits(bits)
		}
		if n > 2 {
			ints[0], ints[1], ints[n-1] = math.MinInt32, -1, math.MaxInt32
			floats[0], floats[1], floats[2] = float32(math.NaN()), float32(math.Copysign(0, -1)), float32(math.Inf(-1))
			floats[n-1] = 1e-45
		}
		wide, wideFloats := make([]int64, n), make([]float64, n)
		widenInt32(wide, ints)
		widenFloat32(wideFloats, floats)
		for i := range ints {
			if wide[i] != int64(ints[i]) {
				t.Fatalf("%d of %d: %d becomes %d", i, n, ints[i], wide[i])
			}
			if want := float64(floats[i]); math.Float64bits(wideFloats[i]) != math.Float64bits(want) {
				t.Fatalf("%d of %d: %v becomes %v", i, n, floats[i], wideFloats[i])
			}
		}
	}
}

func BenchmarkWiden(b *testing.B) {
	ints, wide := make([]int32, Rows), make([]int64, Rows)
	b.Run("i32", func(b *testing.B) {
		b.SetBytes(4 * Rows)
		for range b.N {
			widenInt32(wide, ints)
		}
	})
	b.Run("i32 plain", func(b *testing.B) {
		b.SetBytes(4 * Rows)
		for range b.N {
			convert(wide, ints)
		}
	})
}
