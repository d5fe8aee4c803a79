package exact

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// pairSums is the totals of pairs.
type pairSums struct {
	x, y   Sum
	xx, yy Squares
	xy     Products
	n      uint64
}

func (s *pairSums) add(x, y float64) {
	s.x.Add(x)
	s.y.Add(y)
	s.xx.Add(x)
	s.yy.Add(y)
	s.xy.Add(x, y)
	s.n++
}

func (s *pairSums) correlation() (float64, bool) {
	return Correlation(&s.x, &s.y, &s.xx, &s.yy, &s.xy, s.n)
}

// Against rationals and a root of 10000 bits, with magnitudes from the smallest
// float to the largest.
func TestCorrelationIsRoundedOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for trial := range 300 {
		var s pairSums
		var x, y, xx, yy, xy big.Rat
		spread := []int{0, 40, 2000}[trial%3]
		value := func() float64 { return math.Ldexp(rng.NormFloat64(), rng.IntN(spread+1)-spread/2) }
		for range 2 + rng.IntN(10) {
			a := value()
			b := a * (1 + 1e-8*rng.NormFloat64())
			if trial%2 == 0 || math.IsInf(b, 0) {
				b = value()
			}
			s.add(a, b)
			p, q := new(big.Rat).SetFloat64(a), new(big.Rat).SetFloat64(b)
			x.Add(&x, p)
			y.Add(&y, q)
			xx.Add(&xx, new(big.Rat).Mul(p, p))
			yy.Add(&yy, new(big.Rat).Mul(q, q))
			xy.Add(&xy, p.Mul(p, q))
		}
		n := big.NewRat(int64(s.n), 1)
		scatter := func(p, a, b *big.Rat) *big.Rat {
			return new(big.Rat).Sub(new(big.Rat).Mul(n, p), new(big.Rat).Mul(a, b))
		}
		both, most := scatter(&xy, &x, &y), new(big.Rat).Mul(scatter(&xx, &x, &x), scatter(&yy, &y, &y))
		root := new(big.Float).SetPrec(10000).SetRat(new(big.Rat).Quo(new(big.Rat).Mul(both, both), most))
		want, _ := root.Sqrt(root).Float64()
		if both.Sign() < 0 {
			want = -want
		}
		if got, ok := s.correlation(); !ok || got != want {
			t.Errorf("trial %d: %v %v, want %v", trial, got, ok, want)
		}
	}
}

func TestCorrelationOfWhatHasNone(t *testing.T) {
	var one, constant, infinite pairSums
	one.add(1, 2)
	for i := range 3 {
		constant.add(5, float64(i))
		infinite.add(math.Inf(1), float64(i))
	}
	if _, ok := one.correlation(); ok {
		t.Error("one pair has a correlation")
	}
	if _, ok := constant.correlation(); ok {
		t.Error("a constant has a correlation")
	}
	if v, ok := infinite.correlation(); v == v || !ok {
		t.Errorf("of an infinity: %v %v", v, ok)
	}
}

// Totals that no pairs have come from bytes that were forged.
func TestCorrelationOfTotalsThatDoNotBelongTogether(t *testing.T) {
	make := func(change func(*pairSums)) pairSums {
		var s pairSums
		for _, v := range []float64{1, 2, 4} {
			s.add(v, -v)
		}
		change(&s)
		return s
	}
	for name, s := range map[string]pairSums{
		"squares too small":  make(func(s *pairSums) { s.xx.Reset() }),
		"products too large": make(func(s *pairSums) { s.xy.Add(1e10, 1e10) }),
		"too many pairs":     make(func(s *pairSums) { s.n = 1 << 63; s.y.Add(1e300); s.xy.Add(1e150, 1e150) }),
	} {
		if v, _ := s.correlation(); v == v {
			t.Errorf("%s: %v", name, v)
		}
	}
}

func TestTotalsOfIntegersAndFloatsMix(t *testing.T) {
	var x Int
	var xx IntSquares
	var y Sum
	var yy Squares
	var xy Products
	for i := int64(-3); i < 9; i++ {
		v := i * i
		x.Add(v)
		xx.Add(v)
		y.Add(float64(i) / 8)
		yy.Add(float64(i) / 8)
		xy.Add(float64(v), float64(i)/8)
	}
	var floats pairSums
	for i := int64(-3); i < 9; i++ {
		floats.add(float64(i*i), float64(i)/8)
	}
	want, _ := floats.correlation()
	if got, ok := Correlation(&x, &y, &xx, &yy, &xy, 12); !ok || got != want {
		t.Errorf("correlation %v, want %v", got, want)
	}
	wantCov, _ := Covariance(&floats.x, &floats.y, &floats.xy, 12, 1)
	if got, ok := Covariance(&x, &y, &xy, 12, 1); !ok || got != wantCov {
		t.Errorf("covariance %v, want %v", got, wantCov)
	}
}
