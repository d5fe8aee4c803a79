package exact

import "math/bits"

// windowLimbs is how many limbs a fixed holds without an allocation: 320 bits
// are the 53 of one float and some 200 of difference in magnitude, or the 106 of a
// square and 150.
const windowLimbs = 5

// originExp places limb 0: its lowest bit weighs 2^originExp, which is below
// the square of the smallest float, 2^-2148, and a whole number of limbs below 1.
const originExp = -34 * 64

// What a sum has met besides finite values. The states combine by or.
const (
	finite = 0
	posInf = 1
	negInf = 2
	nan    = posInf | negInf
)

// fixed is a signed fixed-point number that is as wide as its value needs. The
// zero value is 0.
//
// Limb i of the window weighs 2^(originExp + 64·(base+i)); the whole window is
// one two's complement number, and its sign continues above it for ever.
//
//	base+4    base+3    base+2    base+1    base
//	+---------+---------+---------+---------+---------+
//	| sign …  |         |  values land here |  room   |
//	+---------+---------+---------+---------+---------+
//
// A number that leaves the window first moves it, then takes wider limbs from
// the heap. A carry out of the highest limb is noticed by its sign and widens
// the number, so there is no count of additions after which a carry is lost.
type fixed struct {
	win   [windowLimbs]uint64
	heap  *[]uint64 // nil while the number fits win
	base  int16
	state uint8
	learned
}

func (f *fixed) limbs() []uint64 {
	if f.heap != nil {
		return *f.heap
	}
	return f.win[:]
}

// reset makes f 0, keeping what was learned about the data.
func (f *fixed) reset() { *f = fixed{learned: f.learned} }

// significant is the part of f that matters, without low zeros and without
// repeated sign limbs, and the absolute index of its first limb. It is empty for 0.
func (f *fixed) significant() (limbs []uint64, at int) {
	limbs, low := trim(f.limbs())
	return limbs, int(f.base) + low
}

// trim drops low zero limbs and all high limbs that only repeat the sign.
func trim(x []uint64) (_ []uint64, low int) {
	for low < len(x) && x[low] == 0 {
		low++
	}
	x = x[low:]
	for n := len(x); n > 0; n-- {
		sign := uint64(0)
		if n > 1 {
			sign = signOf(x[n-2])
		}
		if x[n-1] != sign {
			break
		}
		x = x[:n-1]
	}
	return x, low
}

func signOf(limb uint64) uint64 { return uint64(int64(limb) >> 63) }

// add adds the two's complement number x, whose first limb has absolute index at.
func (f *fixed) add(x []uint64, at int) {
	if len(x) == 0 {
		return
	}
	i := at - int(f.base)
	limbs := f.limbs()
	if i < 0 || i+len(x) > len(limbs) {
		old, oldAt := f.significant()
		f.place(old, oldAt, at, at+len(x))
		i = at - int(f.base)
		limbs = f.limbs()
	}
	before := limbs[len(limbs)-1]
	var carry uint64
	for _, v := range x {
		limbs[i], carry = bits.Add64(limbs[i], v, carry)
		i++
	}
	sign := signOf(x[len(x)-1])
	if carry != sign&1 {
		for ; i < len(limbs); i++ {
			limbs[i], carry = bits.Add64(limbs[i], sign, carry)
		}
	}
	// Signed overflow: both operands had a sign that the result lacks.
	after := limbs[len(limbs)-1]
	if int64(^(before^sign)&(before^after)) < 0 {
		f.widen(signOf(before))
	}
}

// widen appends a limb of sign bits that a carry has just run out of.
func (f *fixed) widen(sign uint64) {
	var buf [windowLimbs + 1]uint64
	wide := append(append(buf[:0], f.limbs()...), sign)
	limbs, low := trim(wide)
	at := int(f.base) + low
	f.place(limbs, at, at, at)
}

// place makes f the trimmed number x at absolute index at, in limbs that have
// room for the absolute indices from low to high too. x may be a part of f.
func (f *fixed) place(x []uint64, at, low, high int) {
	if len(x) > 0 {
		if low == high {
			low, high = at, at
		}
		low, high = min(low, at), max(high, at+len(x))
	}
	n := high - low
	if n <= windowLimbs && f.heap == nil {
		var win [windowLimbs]uint64
		base := low - (windowLimbs-n+1)/2
		fill(win[:], x, at-base)
		f.win, f.base = win, int16(base)
		return
	}
	// Room for four limbs on either side, so that a number which spreads
	// slowly is not moved at each step.
	const room = 4
	wide := make([]uint64, n+2*room)
	base := low - room
	fill(wide, x, at-base)
	f.heap, f.base = &wide, int16(base)
	f.win = [windowLimbs]uint64{}
}

func fill(dst, x []uint64, i int) {
	if len(x) == 0 {
		return
	}
	n := copy(dst[i:], x)
	if sign := signOf(x[n-1]); sign != 0 {
		for i += n; i < len(dst); i++ {
			dst[i] = sign
		}
	}
}

// addScaled adds k·2^exp.
func (f *fixed) addScaled(k int64, exp int) {
	if k == 0 {
		return
	}
	pos := uint(exp - originExp)
	shift := pos & 63
	x := [2]uint64{uint64(k) << shift, uint64(k >> (64 - shift))} // k>>64 is its sign
	f.add(x[:], int(pos>>6))
}

// merge adds o, which stays as it is.
func (f *fixed) merge(o *fixed) {
	f.state |= o.state
	x, at := o.significant()
	if f.heap != nil && f.heap == o.heap {
		x = append([]uint64(nil), x...) // merged with itself: add reads what it writes
	} else if f == o {
		var buf [windowLimbs]uint64
		x = append(buf[:0], x...)
	}
	f.add(x, at)
}

// magnitude is |f| in limbs backed by buf or the heap, the exponent of its
// lowest bit, and its sign.
func (f *fixed) magnitude(buf []uint64) (mag []uint64, exp int, neg bool) {
	x, at := f.significant()
	if len(x) == 0 {
		return nil, 0, false
	}
	mag = append(buf[:0], x...)
	exp = originExp + 64*at
	if neg = int64(x[len(x)-1]) < 0; neg {
		negate(mag)
	}
	return mag, exp, neg
}

func negate(x []uint64) {
	carry := uint64(1)
	for i := range x {
		x[i], carry = bits.Add64(^x[i], 0, carry)
	}
}
