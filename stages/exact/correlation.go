package exact

import (
	"encoding/binary"
	"math"
	"math/big"
)

// Total is an exact sum: a *Sum, *Squares, *Products, *Int or *IntSquares.
type Total interface {
	// number is the sum, in limbs of buf if they suffice; ok is false if it is not
	// finite.
	number(buf []uint64) (x limbs, ok bool)
}

func (s *Sum) number(buf []uint64) (limbs, bool)      { return number(&s.f, buf), s.f.state == finite }
func (s *Squares) number(buf []uint64) (limbs, bool)  { return number(&s.f, buf), s.f.state == finite }
func (p *Products) number(buf []uint64) (limbs, bool) { return number(&p.f, buf), p.f.state == finite }

func (s *Int) number(buf []uint64) (limbs, bool) {
	mag, neg := s.magnitude()
	return limbs{mag: append(buf[:0], mag[:]...), neg: neg}, true
}

func (s *IntSquares) number(buf []uint64) (limbs, bool) {
	return limbs{mag: append(buf[:0], s.x[:]...)}, true
}

// Correlation is Pearson's coefficient of n pairs,
//
//	(n·xy − x·y) / √((n·xx − x²)·(n·yy − y²))
//
// of the sums x and y, the sums of squares xx and yy and the sum of products xy,
// rounded once: NaN if a value was infinite or NaN. ok is false, and there is no
// coefficient, for fewer than two pairs or if either side is constant. Sums that
// cannot belong to the same n pairs give NaN.
func Correlation(x, y, xx, yy, xy Total, n uint64) (v float64, ok bool) {
	if n < 2 {
		return math.NaN(), false
	}
	var numbers [5]limbs
	for i, t := range []Total{x, y, xx, yy, xy} {
		if numbers[i], ok = t.number(nil); !ok {
			return math.NaN(), true
		}
	}
	// Whole numbers X = x·2^-a, Y = y·2^-b and so on, with a and b in limbs. The
	// coefficient does not depend on a and b.
	a := min(lowest(numbers[0]), lowest(numbers[2])>>1)
	b := min(lowest(numbers[1]), lowest(numbers[3])>>1)
	a = min(a, lowest(numbers[4])-b)
	whole := func(i, at int) *big.Int { return numbers[i].whole(at) }
	spreadX := scatter(whole(2, 2*a), whole(0, a), whole(0, a), n)
	spreadY := scatter(whole(3, 2*b), whole(1, b), whole(1, b), n)
	both := scatter(whole(4, a+b), whole(0, a), whole(1, b), n)
	if spreadX.Sign() == 0 || spreadY.Sign() == 0 {
		return math.NaN(), false
	}
	square, most := new(big.Int).Mul(both, both), new(big.Int).Mul(spreadX, spreadY)
	if spreadX.Sign() < 0 || spreadY.Sign() < 0 || square.Cmp(most) > 0 {
		return math.NaN(), true
	}
	return signed(rootOf(square, most), both.Sign() < 0), true
}

// lowest is the limb that x has its lowest bits in, as few as there are.
func lowest(x limbs) int {
	if len(x.mag) == 0 {
		return 0
	}
	return x.at
}

// whole is x·2^(-64·at), at most x.at.
func (x limbs) whole(at int) *big.Int {
	bytes := make([]byte, 8*len(x.mag))
	for i, m := range x.mag {
		binary.BigEndian.PutUint64(bytes[8*(len(x.mag)-1-i):], m)
	}
	v := new(big.Int).SetBytes(bytes)
	if v.Sign() != 0 {
		v.Lsh(v, uint(64*(x.at-at)))
	}
	if x.neg {
		v.Neg(v)
	}
	return v
}

// scatter is n·p − x·y, in p.
func scatter(p, x, y *big.Int, n uint64) *big.Int {
	p.Mul(p, new(big.Int).SetUint64(n))
	return p.Sub(p, new(big.Int).Mul(x, y))
}

// rootOf is √(p/q), rounded once, for 0 <= p <= q.
func rootOf(p, q *big.Int) float64 {
	if p.Sign() == 0 {
		return 0
	}
	// An even shift that leaves the quotient the bits that a root needs.
	shift := max(0, quotientBits-p.BitLen()+q.BitLen())
	shift += shift & 1
	quotient, rest := new(big.Int).QuoRem(p.Lsh(p, uint(shift)), q, new(big.Int))
	bytes := quotient.FillBytes(make([]byte, (quotient.BitLen()+63)/64*8))
	r := rational{mag: make([]uint64, len(bytes)/8), exp: -shift, sticky: rest.Sign() != 0}
	for i := range r.mag {
		r.mag[len(r.mag)-1-i] = binary.BigEndian.Uint64(bytes[8*i:])
	}
	return r.sqrt()
}

// quotientBits is one more than rational.sqrt needs.
const quotientBits = 193
