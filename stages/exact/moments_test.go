package exact

import (
	"math"
	"math/big"
	"math/rand"
	"testing"
)

// bigVariance is num/den·2^exp with num and den exact.
func bigVariance(sum, squares *big.Int, n, ddof int) (num, den *big.Int) {
	num = new(big.Int).Mul(big.NewInt(int64(n)), squares)
	num.Sub(num, new(big.Int).Mul(sum, sum))
	return num, new(big.Int).Mul(big.NewInt(int64(n)), big.NewInt(int64(n-ddof)))
}

// isRootOf says whether got is the float nearest to √(num/den·2^exp), by
// comparing squares of the midpoints to its neighbours, which are exact.
func isRootOf(got float64, num, den *big.Int, exp int) bool {
	if num.Sign() == 0 {
		return math.Float64bits(got) == 0
	}
	if !(got > 0) {
		return false
	}
	// cmp compares (m·2^-1075)² with num/den·2^exp.
	cmp := func(m *big.Int) int {
		left := new(big.Int).Mul(m, m)
		left.Mul(left, den)
		right := new(big.Int).Set(num)
		if e := exp + 2150; e >= 0 {
			right.Lsh(right, uint(e))
		} else {
			left.Lsh(left, uint(-e))
		}
		return left.Cmp(right)
	}
	units := func(x float64) *big.Int {
		if math.IsInf(x, 1) { // where the next float would be
			return new(big.Int).Lsh(one, 1024+1074)
		}
		return inUnits(x)
	}
	mid := func(a, b float64) *big.Int { return new(big.Int).Add(units(a), units(b)) } // in 2^-1075
	even := math.Float64bits(got)&1 == 0
	low := cmp(mid(math.Nextafter(got, 0), got))
	if math.IsInf(got, 1) {
		return low <= 0
	}
	high := cmp(mid(got, math.Nextafter(got, math.Inf(1))))
	return (low < 0 || low == 0 && even) && (high > 0 || high == 0 && even)
}

func TestMomentsAreRoundedOnce(t *testing.T) {
	rng := rand.New(rand.NewSource(3))
	for _, n := range []int{2, 3, 17, 1000} {
		for name, xs := range data(rng, n) {
			if len(xs) == 0 {
				continue
			}
			var s Sum
			var q Squares
			s.AddSlice(xs)
			q.AddSlice(xs)
			sum, squares := bigSum(xs), bigProducts(xs, xs)
			if got, want := Mean(&s, uint64(n)), nearest(sum, big.NewInt(int64(n)), -1074); !same(got, want) {
				t.Errorf("%s, %d values: mean %g, want %g", name, n, got, want)
			}
			for ddof := 0; ddof <= 1; ddof++ {
				num, den := bigVariance(sum, squares, n, ddof)
				got, ok := Variance(&s, &q, uint64(n), ddof)
				if want := nearest(num, den, -2148); !ok || !same(got, want) {
					t.Errorf("%s, %d values: variance %g, want %g", name, n, got, want)
				}
				if got, ok := StdDev(&s, &q, uint64(n), ddof); !ok || !isRootOf(got, num, den, -2148) {
					t.Errorf("%s, %d values: standard deviation %g is not the nearest", name, n, got)
				}
			}
			ys := make([]float64, n)
			for i := range ys {
				ys[i] = -0.75 * xs[(i+1)%n]
			}
			var sy Sum
			var p Products
			sy.AddSlice(ys)
			p.AddSlice(xs, ys)
			num := new(big.Int).Mul(big.NewInt(int64(n)), bigProducts(xs, ys))
			num.Sub(num, new(big.Int).Mul(sum, bigSum(ys)))
			den := big.NewInt(int64(n) * int64(n-1))
			got, ok := Covariance(&s, &sy, &p, uint64(n), 1)
			if want := nearest(num, den, -2148); !ok || !same(got, want) {
				t.Errorf("%s, %d values: covariance %g, want %g", name, n, got, want)
			}
		}
	}
}

func TestMomentsByName(t *testing.T) {
	inf, null := math.Inf(1), math.NaN()
	tests := []struct {
		name             string
		values           []float64
		mean, vari, sdev float64
	}{
		{"the mean of a sum that overflows", []float64{math.MaxFloat64, math.MaxFloat64}, math.MaxFloat64, 0, 0},
		{"a variance that overflows has a finite root", []float64{1e300, -1e300}, 0, inf, 1.4142135623730951e300},
		{"a variance that underflows has a root", []float64{1e-200, -1e-200}, 0, 0, 1.414213562373095e-200},
		{"perfect squares", []float64{1, 3, 5, 7, 9, 11, 13}, 7, 56.0 / 3, 4.320493798938574},
		{"equal values", []float64{0.1, 0.1, 0.1}, 0.1, 0, 0},
		{"a large offset", []float64{1e9, 1e9 + 1, 1e9 + 2}, 1e9 + 1, 1, 1},
		{"one value", []float64{5}, 5, null, null},
		{"an infinity", []float64{1, inf}, inf, null, null},
		{"infinities of both signs", []float64{-inf, inf}, null, null, null},
		{"NaN", []float64{1, null, 2}, null, null, null},
	}
	for _, test := range tests {
		var s Sum
		var q Squares
		s.AddSlice(test.values)
		q.AddSlice(test.values)
		n := uint64(len(test.values))
		if got := Mean(&s, n); !same(got, test.mean) {
			t.Errorf("%s: mean %v, want %v", test.name, got, test.mean)
		}
		v, ok := Variance(&s, &q, n, 1)
		if !same(v, test.vari) || ok != (n > 1) {
			t.Errorf("%s: variance %v, %v, want %v", test.name, v, ok, test.vari)
		}
		d, ok := StdDev(&s, &q, n, 1)
		if !same(d, test.sdev) || ok != (n > 1) {
			t.Errorf("%s: standard deviation %v, %v, want %v", test.name, d, ok, test.sdev)
		}
	}
	if got := Mean(new(Sum), 0); got == got {
		t.Errorf("the mean of no values is %v, want NaN", got)
	}
}

func TestIntMomentsAreRoundedOnce(t *testing.T) {
	rng := rand.New(rand.NewSource(4))
	for _, n := range []int{1, 2, 3, 100, 5000} {
		for shift := 0; shift < 64; shift += 3 {
			var s Int
			var q IntSquares
			sum, squares := new(big.Int), new(big.Int)
			for i := 0; i < n; i++ {
				v := int64(rng.Uint64()) >> shift
				s.Add(v)
				q.Add(v)
				b := big.NewInt(v)
				sum.Add(sum, b)
				squares.Add(squares, new(big.Int).Mul(b, b))
			}
			if got, want := IntMean(&s, uint64(n)), nearest(sum, big.NewInt(int64(n)), 0); got != want {
				t.Errorf("%d values >>%d: mean %g, want %g", n, shift, got, want)
			}
			if _, ok := IntVariance(&s, &q, uint64(n), n); ok {
				t.Errorf("%d values have a variance with ddof %d", n, n)
			}
			if n == 1 {
				continue
			}
			num, den := bigVariance(sum, squares, n, 1)
			if got, ok := IntVariance(&s, &q, uint64(n), 1); !ok || got != nearest(num, den, 0) {
				t.Errorf("%d values >>%d: variance %g, want %g", n, shift, got, nearest(num, den, 0))
			}
			if got, ok := IntStdDev(&s, &q, uint64(n), 1); !ok || !isRootOf(got, num, den, 0) {
				t.Errorf("%d values >>%d: standard deviation %g is not the nearest", n, shift, got)
			}
		}
	}
}

func TestSqrt128(t *testing.T) {
	rng := rand.New(rand.NewSource(5))
	check := func(hi, lo uint64) {
		root, exact := sqrt128(hi, lo)
		n := new(big.Int).Lsh(new(big.Int).SetUint64(hi), 64)
		n.Or(n, new(big.Int).SetUint64(lo))
		want := new(big.Int).Sqrt(n)
		if want.Uint64() != root || exact != (new(big.Int).Mul(want, want).Cmp(n) == 0) {
			t.Fatalf("sqrt(%d) = %d, %v, want %d", n, root, exact, want)
		}
	}
	for i := 0; i < 200000; i++ {
		hi, lo := rng.Uint64()|1<<62, rng.Uint64()
		switch i % 4 {
		case 0:
			hi |= ^uint64(0) << rng.Intn(62)
		case 1: // next to a square
			root := new(big.Int).SetUint64(rng.Uint64() | 1<<63)
			root.Mul(root, root).Add(root, big.NewInt(int64(rng.Intn(3)-1)))
			lo = new(big.Int).And(root, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
			hi = root.Rsh(root, 64).Uint64()
		}
		check(hi, lo)
	}
	check(math.MaxUint64, math.MaxUint64)
	check(1<<62, 0)
}
