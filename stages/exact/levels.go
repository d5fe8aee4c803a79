package exact

import "math"

// A block is added without a step per value that depends on its exponent: each
// float is split against powers of two fixed for the block, as in Rump, Ogita
// and Oishi, "Accurate floating-point summation part I" (2008), and Demmel and
// Nguyen, "Fast reproducible floating-point summation" (2013), until nothing is
// left of it. Sums of equally aligned parts are exact in float64. Whether
// something was left of any value, or any was too large for the powers chosen,
// is known at the end of the block, which is then added another way; so the
// sum is exact always, and fast when the block's values lie within some 33
// binades, or 77 with a third level.

// blockLen is the most values of one block; blockStep divides their number.
const (
	blockLen  = 2048
	blockStep = 16
)

// levels are sums of parts of a block's values: sums[l]·2^(e-43-44l).
type levels struct {
	sums [3]int64
	max  float64 // largest |x|; may be wrong if one is NaN
	left bool    // not everything is in the sums, or a value is infinite or NaN
}

// fit says whether the sums of levels for values below 2^e mean something.
func (l *levels) fit(e int) bool { return !l.left && l.max < pow2(e) }

// Lowest and highest e for which the anchors and their last bits are floats.
const (
	minLevel = -1074 + 131
	maxLevel = 1022 - 9
)

// laneLen is the most values that one accumulator of a level may take.
const laneLen = 256

// anchors start the accumulators of the levels for values below 2^e.
//
// An accumulator that begins at 1.5·2^k and stays between 2^k and 2^(k+1) has
// a last bit of 2^(k-52). Adding x to it rounds x to a multiple of that bit, q;
// the difference of the accumulator before and after is q, exactly; so is x-q,
// which is at most half a last bit. With |x| <= 2^e and laneLen = 2^8 values,
// their sum stays within 2^(e+8), so k = e+9 and the last bit is 2^(e-43). The
// rests are at most 2^(e-44), so each level is 44 bits below the one before.
func anchors(e int) [3]float64 {
	return [3]float64{1.5 * pow2(e+9), 1.5 * pow2(e-35), 1.5 * pow2(e-79)}
}

func levelExponent(e, level int) int { return e - 43 - 44*level }

// pow2 is 2^e for the exponent of a normal float.
func pow2(e int) float64 { return math.Float64frombits(uint64(e+1023) << 52) }

// addLevelsGo sums a block of a multiple of blockStep values in two levels.
func addLevelsGo(xs []float64, e int) (out levels) {
	a := anchors(e)
	high, low := a[0], a[1]
	var max, left uint64
	for len(xs) > 0 {
		n := min(len(xs), 4*laneLen)
		h0, h1, h2, h3 := high, high, high, high
		l0, l1, l2, l3 := low, low, low, low
		for v := xs[:n]; len(v) >= 4; v = v[4:] {
			x0, x1, x2, x3 := v[0], v[1], v[2], v[3]
			t0, t1, t2, t3 := h0+x0, h1+x1, h2+x2, h3+x3
			r0, r1, r2, r3 := x0-(t0-h0), x1-(t1-h1), x2-(t2-h2), x3-(t3-h3)
			h0, h1, h2, h3 = t0, t1, t2, t3
			t0, t1, t2, t3 = l0+r0, l1+r1, l2+r2, l3+r3
			r0, r1, r2, r3 = r0-(t0-l0), r1-(t1-l1), r2-(t2-l2), r3-(t3-l3)
			l0, l1, l2, l3 = t0, t1, t2, t3
			left |= math.Float64bits(r0) | math.Float64bits(r1) | math.Float64bits(r2) | math.Float64bits(r3)
			max = maxOf(maxOf(max, maxOf(size(x0), size(x1))), maxOf(size(x2), size(x3)))
		}
		out.sums[0] += lastBits(h0, high) + lastBits(h1, high) + lastBits(h2, high) + lastBits(h3, high)
		out.sums[1] += lastBits(l0, low) + lastBits(l1, low) + lastBits(l2, low) + lastBits(l3, low)
		xs = xs[n:]
	}
	out.max = math.Float64frombits(max >> 1)
	out.left = left<<1 != 0 // the sign of a rest of 0 means nothing
	return out
}

// addMoreLevelsGo is addLevelsGo with three levels.
func addMoreLevelsGo(xs []float64, e int) (out levels) {
	a := anchors(e)
	var max, left uint64
	for len(xs) > 0 {
		n := min(len(xs), 2*laneLen)
		h0, h1, m0, m1, l0, l1 := a[0], a[0], a[1], a[1], a[2], a[2]
		for v := xs[:n]; len(v) >= 2; v = v[2:] {
			x0, x1 := v[0], v[1]
			t0, t1 := h0+x0, h1+x1
			r0, r1 := x0-(t0-h0), x1-(t1-h1)
			h0, h1 = t0, t1
			t0, t1 = m0+r0, m1+r1
			r0, r1 = r0-(t0-m0), r1-(t1-m1)
			m0, m1 = t0, t1
			t0, t1 = l0+r0, l1+r1
			r0, r1 = r0-(t0-l0), r1-(t1-l1)
			l0, l1 = t0, t1
			left |= math.Float64bits(r0) | math.Float64bits(r1)
			max = maxOf(max, maxOf(size(x0), size(x1)))
		}
		out.sums[0] += lastBits(h0, a[0]) + lastBits(h1, a[0])
		out.sums[1] += lastBits(m0, a[1]) + lastBits(m1, a[1])
		out.sums[2] += lastBits(l0, a[2]) + lastBits(l1, a[2])
		xs = xs[n:]
	}
	out.max = math.Float64frombits(max >> 1)
	out.left = left<<1 != 0
	return out
}

// size is a number in the order of |x|.
func size(x float64) uint64 { return math.Float64bits(x) << 1 }

func maxOf(a, b uint64) uint64 {
	if a > b {
		return a
	}
	return b
}

// lastBits is (x-anchor) in units of the anchor's last bit, for x between the
// powers of two around it.
func lastBits(x, anchor float64) int64 {
	return int64(math.Float64bits(x) - math.Float64bits(anchor))
}

// exponentAbove is the smallest e with |x| < 2^e for a normal x, at most some
// more for a subnormal one, and 1025 for an infinity or NaN.
func exponentAbove(x float64) int {
	return int(math.Float64bits(x)>>52&0x7ff) - 1022
}
