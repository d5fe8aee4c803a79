package exact

import (
	"math"
	"math/bits"
)

// limbs is ±mag·2^(64·at).
type limbs struct {
	mag []uint64
	at  int
	neg bool
}

func number(f *fixed, buf []uint64) limbs {
	mag, exp, neg := f.magnitude(buf)
	return limbs{mag: mag, at: exp / 64, neg: neg} // exp is a multiple of 64
}

// rational is ±mag·2^exp, and a little more in magnitude if sticky.
type rational struct {
	mag    []uint64
	exp    int
	neg    bool
	sticky bool
	nan    bool
}

// room is limbs on the stack for a rational of ordinary values.
type room [48]uint64

// below is how many limbs a quotient has below its dividend: division by 128
// bits then leaves it 192 bits, where a root needs 128 and rounding 64.
const below = 5

// moment is (n·p − x·y) / (n·m), in limbs of buf if they suffice.
func moment(buf *room, p, x, y limbs, n, m uint64) (r rational) {
	at := x.at + y.at
	high := at + len(x.mag) + len(y.mag)
	switch {
	case len(x.mag) == 0 || len(y.mag) == 0:
		at, high = p.at, p.at+len(p.mag)+1
	case len(p.mag) > 0:
		at, high = min(at, p.at), max(high, p.at+len(p.mag)+1)
	}
	size := high - at + 1 // a limb for the sign
	if size+below <= len(buf) {
		r.mag = buf[:size+below]
	} else {
		r.mag = make([]uint64, size+below)
	}
	num := r.mag[below:]
	if len(p.mag) > 0 {
		addMul(num[p.at-at:], p.mag, n, p.neg)
	}
	if len(x.mag) > 0 && len(y.mag) > 0 {
		for i, d := range y.mag {
			addMul(num[x.at+y.at-at+i:], x.mag, d, x.neg == y.neg)
		}
	}
	if r.neg = int64(num[size-1]) < 0; r.neg {
		negate(num)
	}
	r.exp = 64 * (at - below)
	// The whole part of (a/n)/m is that of a/(n·m).
	rest := divide(r.mag, n)
	rest |= divide(r.mag, m)
	r.sticky = rest != 0
	return r
}

// addMul adds x·d to the two's complement number z, or subtracts it. A carry
// runs to the end of z.
func addMul(z, x []uint64, d uint64, minus bool) {
	var mask uint64
	if minus {
		mask = ^uint64(0)
	}
	var high uint64 // of the product
	carry := mask & 1
	for i := range z {
		var lo uint64
		if i < len(x) {
			var hi, c uint64
			hi, lo = bits.Mul64(x[i], d)
			lo, c = bits.Add64(lo, high, 0)
			high = hi + c
		} else {
			lo, high = high, 0
		}
		z[i], carry = bits.Add64(z[i], lo^mask, carry)
	}
}

func (r *rational) float64() float64 {
	if r.nan {
		return math.NaN()
	}
	return round(r.mag, r.exp, r.sticky, r.neg)
}

// sqrt is the square root of r, rounded once. The 128 highest bits of r, at an
// even exponent, have a whole root of 64 bits, which is the whole part of the
// root of r at that scale; whether anything was left over is all that
// rounding to 53 bits needs to know besides.
func (r *rational) sqrt() float64 {
	if r.nan {
		return math.NaN()
	}
	n := len(r.mag)
	for n > 0 && r.mag[n-1] == 0 {
		n--
	}
	if n == 0 {
		return 0
	}
	// r has at least 192 bits, so there are three limbs. The exponent of a
	// limb is even, so the shift decides.
	lead := uint(bits.LeadingZeros64(r.mag[n-1])) &^ 1
	a, b, c := r.mag[n-1], r.mag[n-2], r.mag[n-3]
	hi := a<<lead | b>>(64-lead)
	lo := b<<lead | c>>(64-lead)
	sticky := r.sticky || c<<lead != 0
	for i := 0; i < n-3 && !sticky; i++ {
		sticky = r.mag[i] != 0
	}
	root, exact := sqrt128(hi, lo)
	exp := r.exp + 64*(n-2) - int(lead)
	return roundTop(root, exp/2, sticky || !exact, false)
}

// sqrt128 is the whole root of a number of 127 or 128 bits, and whether it is exact.
func sqrt128(hi, lo uint64) (root uint64, exact bool) {
	root = math.MaxUint64
	if f := math.Sqrt(float64(hi)) * (1 << 32); f < 1<<64 {
		root = uint64(f)
	}
	// One step of Newton's method squares the error of the estimate, 2^-52.
	if hi < root {
		q, _ := bits.Div64(hi, lo, root)
		sum, c := bits.Add64(root, q, 0)
		root = sum>>1 | c<<63
	}
	for {
		h, l := bits.Mul64(root, root)
		if h > hi || h == hi && l > lo {
			root--
			continue
		}
		// (root+1)² is root² + 2·root + 1.
		rest, borrow := bits.Sub64(lo, l, 0)
		over := hi - h - borrow
		if over > 1 || over == 1 && rest >= root<<1|1 { // root has 64 bits
			root++
			continue
		}
		return root, over == 0 && rest == 0
	}
}
