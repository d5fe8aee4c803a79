package exact

import (
	"math"
	"math/bits"
)

// Mean is the exact s/n, rounded once. It is finite for finite values even
// where their sum is beyond a float64; infinities and NaN are as in
// Sum.Float64. The mean of no values is NaN.
func Mean(s *Sum, n uint64) float64 {
	if n == 0 {
		return math.NaN()
	}
	if s.f.state != finite {
		return s.f.float64()
	}
	var buf [16]uint64
	mag, exp, neg := s.f.magnitude(buf[:])
	return quotient(mag, exp, n, neg)
}

// IntMean is the exact s/n, rounded once. The mean of no values is NaN.
func IntMean(s *Int, n uint64) float64 {
	if n == 0 {
		return math.NaN()
	}
	mag, neg := s.magnitude()
	return quotient(mag[:], 0, n, neg)
}

func quotient(mag []uint64, exp int, n uint64, neg bool) float64 {
	if len(mag) == 0 {
		return 0
	}
	// Two more limbs below leave the quotient at least 64 bits.
	var buf [16]uint64
	q := append(append(buf[:0], 0, 0), mag...)
	rest := divide(q, n)
	return round(q, exp-128, rest != 0, neg)
}

// divide makes x the whole part of x/d and returns the rest.
func divide(x []uint64, d uint64) (rest uint64) {
	for i := len(x) - 1; i >= 0; i-- {
		x[i], rest = bits.Div64(rest, x[i], d)
	}
	return rest
}

// Variance is (n·q − s²) / (n·(n−ddof)) of the sum s and the sum of squares q
// of n values, as an exact rational rounded once: NaN if a value was infinite
// or NaN. With ddof 1 it is that of the sample, with 0 that of the population.
// ok is false, and there is no variance, unless n > ddof. Sums that cannot
// belong to the same n values give NaN.
func Variance(s *Sum, q *Squares, n uint64, ddof int) (v float64, ok bool) {
	var buf room
	r, ok := variance(&buf, s, q, n, ddof)
	return r.float64(), ok
}

// StdDev is the square root of Variance, rounded once: not the root of the
// rounded variance.
func StdDev(s *Sum, q *Squares, n uint64, ddof int) (v float64, ok bool) {
	var buf room
	r, ok := variance(&buf, s, q, n, ddof)
	return r.sqrt(), ok
}

// Covariance is (n·p − x·y) / (n·(n−ddof)) of the sums x and y and the sum of
// products p of n pairs; else it is like Variance.
func Covariance(x, y, p Total, n uint64, ddof int) (v float64, ok bool) {
	if !enough(n, ddof) {
		return math.NaN(), false
	}
	var buf room
	var bufX, bufY, bufP [16]uint64
	sumX, okX := x.number(bufX[:0])
	sumY, okY := y.number(bufY[:0])
	products, okP := p.number(bufP[:0])
	if !okX || !okY || !okP {
		return math.NaN(), true
	}
	r := moment(&buf, products, sumX, sumY, n, n-uint64(ddof))
	return r.float64(), true
}

// IntVariance is Variance for integers.
func IntVariance(s *Int, q *IntSquares, n uint64, ddof int) (v float64, ok bool) {
	var buf room
	r, ok := intVariance(&buf, s, q, n, ddof)
	return r.float64(), ok
}

// IntStdDev is StdDev for integers.
func IntStdDev(s *Int, q *IntSquares, n uint64, ddof int) (v float64, ok bool) {
	var buf room
	r, ok := intVariance(&buf, s, q, n, ddof)
	return r.sqrt(), ok
}

func variance(buf *room, s *Sum, q *Squares, n uint64, ddof int) (r rational, ok bool) {
	if !enough(n, ddof) {
		return rational{nan: true}, false
	}
	if s.f.state|q.f.state != finite {
		return rational{nan: true}, true
	}
	var bufS, bufQ [16]uint64
	x := number(&s.f, bufS[:0])
	r = moment(buf, number(&q.f, bufQ[:0]), x, x, n, n-uint64(ddof))
	r.nan = r.neg
	return r, true
}

func intVariance(buf *room, s *Int, q *IntSquares, n uint64, ddof int) (r rational, ok bool) {
	if !enough(n, ddof) {
		return rational{nan: true}, false
	}
	mag, neg := s.magnitude()
	x := limbs{mag: mag[:], neg: neg}
	r = moment(buf, limbs{mag: q.x[:]}, x, x, n, n-uint64(ddof))
	r.nan = r.neg
	return r, true
}

func enough(n uint64, ddof int) bool { return ddof >= 0 && n > uint64(ddof) }
