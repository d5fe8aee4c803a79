package exact

import (
	"bytes"
	"math"
	"math/big"
	"math/rand"
	"testing"
)

// The oracle: exact sums of floats as big integers in units of 2^-1074, of
// products in units of 2^-2148.

func inUnits(x float64) *big.Int {
	m, e := math.Frexp(x)
	v := big.NewInt(int64(m * (1 << 53)))
	if e += 1074 - 53; e >= 0 {
		return v.Lsh(v, uint(e))
	}
	return v.Rsh(v, uint(-e)) // a subnormal: the bits shifted out are 0
}

// nearest rounds num/den·2^exp through big.Rat, which rounds to nearest, ties
// to even, also to subnormals.
func nearest(num, den *big.Int, exp int) float64 {
	num, den = new(big.Int).Set(num), new(big.Int).Set(den)
	if exp >= 0 {
		num.Lsh(num, uint(exp))
	} else {
		den.Lsh(den, uint(-exp))
	}
	f, _ := new(big.Rat).SetFrac(num, den).Float64()
	if f == 0 {
		return 0
	}
	return f
}

var one = big.NewInt(1)

func bigSum(xs []float64) *big.Int {
	total := new(big.Int)
	for _, x := range xs {
		total.Add(total, inUnits(x))
	}
	return total
}

func bigProducts(xs, ys []float64) *big.Int {
	total := new(big.Int)
	for i, x := range xs {
		v := inUnits(x)
		total.Add(total, v.Mul(v, inUnits(ys[i])))
	}
	return total
}

// same compares bits, any NaN being like any other.
func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// data is named sets of values that have caught summation algorithms.
func data(rng *rand.Rand, n int) map[string][]float64 {
	fill := func(f func(i int) float64) []float64 {
		xs := make([]float64, n)
		for i := range xs {
			xs[i] = f(i)
		}
		return xs
	}
	anyFinite := func(int) float64 {
		for {
			if x := math.Float64frombits(rng.Uint64()); x-x == 0 {
				return x
			}
		}
	}
	return map[string][]float64{
		"empty":            nil,
		"zeros":            fill(func(i int) float64 { return math.Copysign(0, float64(i%2)-1) }),
		"tenth":            fill(func(int) float64 { return 0.1 }),
		"normal":           fill(func(int) float64 { return rng.NormFloat64() }),
		"six decimals":     fill(func(int) float64 { return math.Round(rng.NormFloat64()*1e6) / 1e6 }),
		"lognormal":        fill(func(int) float64 { return math.Exp(3 * rng.NormFloat64()) }),
		"all exponents":    fill(anyFinite),
		"subnormal":        fill(func(int) float64 { return math.Float64frombits(rng.Uint64() & (1<<63 | 1<<52 - 1)) }),
		"smallest":         fill(func(int) float64 { return 5e-324 }),
		"largest":          fill(func(int) float64 { return math.MaxFloat64 }),
		"largest, +-":      fill(func(i int) float64 { return math.MaxFloat64 * float64(1-i%2*2) }),
		"1e16+1-1e16":      fill(func(i int) float64 { return [3]float64{1e16, 1, -1e16}[i%3] }),
		"1e308 and 1e-308": fill(func(i int) float64 { return [4]float64{1e308, 1e-308, -1e308, 3e-308}[i%4] }),
		"powers of two":    fill(func(int) float64 { return math.Ldexp(1, rng.Intn(2098)-1074) }),
		"around zero":      fill(func(i int) float64 { return math.Ldexp(float64(1-i%2*2), -i%90) }),
		"big offset":       fill(func(int) float64 { return 1e9 + 1e-3*rng.NormFloat64() }),
		"integers":         fill(func(int) float64 { return float64(rng.Intn(1000)) }),
		"ties":             fill(func(i int) float64 { return []float64{1 << 53, 1, 1 << 54, -1, 2}[i%5] }),
		"40 binades":       fill(func(int) float64 { return math.Ldexp(1+rng.Float64(), -rng.Intn(40)) }),
		"70 binades":       fill(func(int) float64 { return math.Ldexp(1+rng.Float64(), -rng.Intn(70)) }),
		"one outlier":      fill(func(i int) float64 { return math.Ldexp(rng.Float64(), 300*(i/(n-1))) }),
	}
}

var sizes = []int{2, 3, 15, 16, 17, 100, 2047, 2048, 2049, 7000}

func TestSumIsRoundedOnce(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for _, n := range sizes {
		for name, xs := range data(rng, n) {
			want := nearest(bigSum(xs), one, -1074)
			var slice, single Sum
			slice.AddSlice(xs)
			for _, x := range xs {
				single.Add(x)
			}
			if got := slice.Float64(); !same(got, want) {
				t.Errorf("%s, %d values: AddSlice gives %g, want %g", name, n, got, want)
			}
			if got := single.Float64(); !same(got, want) {
				t.Errorf("%s, %d values: Add gives %g, want %g", name, n, got, want)
			}
			if a, b := slice.AppendBinary(nil), single.AppendBinary(nil); !bytes.Equal(a, b) {
				t.Errorf("%s, %d values: AddSlice encodes as %x, Add as %x", name, n, a, b)
			}
		}
	}
}

func TestSquaresAndProductsAreRoundedOnce(t *testing.T) {
	rng := rand.New(rand.NewSource(2))
	for _, n := range sizes {
		for name, xs := range data(rng, n) {
			want := nearest(bigProducts(xs, xs), one, -2148)
			var slice, single Squares
			slice.AddSlice(xs)
			for _, x := range xs {
				single.Add(x)
			}
			if got := slice.Float64(); !same(got, want) {
				t.Errorf("%s, %d values: AddSlice gives %g, want %g", name, n, got, want)
			}
			if a, b := slice.AppendBinary(nil), single.AppendBinary(nil); !bytes.Equal(a, b) {
				t.Errorf("%s, %d values: AddSlice encodes as %x, Add as %x", name, n, a, b)
			}
			ys := make([]float64, len(xs))
			for i := range ys {
				ys[i] = xs[len(xs)-1-i] * 0.75
			}
			var p Products
			p.AddSlice(xs, ys)
			if got, want := p.Float64(), nearest(bigProducts(xs, ys), one, -2148); !same(got, want) {
				t.Errorf("%s, %d products: got %g, want %g", name, n, got, want)
			}
		}
	}
}
