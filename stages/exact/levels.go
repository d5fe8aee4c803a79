package exact

import "math"

// A block is added without a step per value that depends on its exponent: each
// float is split against powers of two fixed for the block, as in Rump, Ogita
// and Oishi, "Accurate floating-point summation part I" (2008), and Demmel and
// Nguyen, "Fast reproducible floating-point summation" (2013), until nothing is
// left of it. Sums of equally aligned parts are exact in float64. Whether
// something was left of any value, or any was too large for the powers chosen,
// is known at the end of the block, which is then added another way; so the
// sum is exact always and fast when the block's values lie within some 35 binades.

// blockLen is the most values of one block; blockStep divides their number.
const (
	blockLen  = 2048
	blockStep = 16
)

// minBlock is the length from which a block pays for its fixed costs.
const minBlock = 64

// levels are sums of parts of a block's values: high·2^(e-44) + low·2^(e-89).
type levels struct {
	high, low int64
	max       float64 // largest |x|; may be wrong if one is NaN
	left      bool    // not everything is in the sums, or one is infinite or NaN
}

// Lowest and highest e for which the two anchors below and their last bits are floats.
const (
	minLevel = -985
	maxLevel = 1014
)

// laneLen is the most values that one accumulator of addLevels may take.
const laneLen = 128

// anchors start the accumulators of addLevels for values below 2^e.
//
// An accumulator that begins at a = 1.5·2^k and stays between 2^k and 2^(k+1)
// has a last bit of 2^(k-52). Adding x to it rounds x to a multiple of that
// bit, q, and the difference of the accumulator before and after is q, exactly; so is
// x-q, which is at most half a last bit. With |x| <= 2^e and laneLen = 2^7
// values, their sum stays within 2^(e+7), so k = e+8 and the last bit is
// 2^(e-44). The rests are at most 2^(e-45), their sum at most 2^(e-38), so the
// second k is e-37 and its last bit 2^(e-89).
func anchors(e int) (high, low float64) {
	return math.Ldexp(1.5, e+8), math.Ldexp(1.5, e-37)
}

// addLevelsGo sums blocks of a multiple of blockStep values below 2^e. The
// fields of its result mean something only if max < 2^e and left is false.
func addLevelsGo(xs []float64, e int) (sums levels) {
	aHigh, aLow := anchors(e)
	var max, left uint64
	for len(xs) > 0 {
		n := min(len(xs), 4*laneLen)
		h0, h1, h2, h3 := aHigh, aHigh, aHigh, aHigh
		l0, l1, l2, l3 := aLow, aLow, aLow, aLow
		for v := xs[:n]; len(v) >= 4; v = v[4:] {
			x0, x1, x2, x3 := v[0], v[1], v[2], v[3]
			t0, t1, t2, t3 := h0+x0, h1+x1, h2+x2, h3+x3
			r0, r1, r2, r3 := x0-(t0-h0), x1-(t1-h1), x2-(t2-h2), x3-(t3-h3)
			h0, h1, h2, h3 = t0, t1, t2, t3
			t0, t1, t2, t3 = l0+r0, l1+r1, l2+r2, l3+r3
			r0, r1, r2, r3 = r0-(t0-l0), r1-(t1-l1), r2-(t2-l2), r3-(t3-l3)
			l0, l1, l2, l3 = t0, t1, t2, t3
			left |= math.Float64bits(r0) | math.Float64bits(r1) | math.Float64bits(r2) | math.Float64bits(r3)
			// Shifting the sign out leaves bits that are in the order of |x|.
			b0, b1, b2, b3 := math.Float64bits(x0)<<1, math.Float64bits(x1)<<1, math.Float64bits(x2)<<1, math.Float64bits(x3)<<1
			max = maxOf(maxOf(max, maxOf(b0, b1)), maxOf(b2, b3))
		}
		sums.high += lastBits(h0, aHigh) + lastBits(h1, aHigh) + lastBits(h2, aHigh) + lastBits(h3, aHigh)
		sums.low += lastBits(l0, aLow) + lastBits(l1, aLow) + lastBits(l2, aLow) + lastBits(l3, aLow)
		xs = xs[n:]
	}
	sums.max = math.Float64frombits(max >> 1)
	sums.left = left<<1 != 0 // the sign of a rest of 0 means nothing
	return sums
}

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

// skipBlocks is how many blocks are added value by value after one that had
// to be, before levels are tried again.
const skipBlocks = 15

// guess calls try, which adds a block if all of its values are below 2^e and
// nothing is left of them, with the e that did for the block before, and if that
// fails with one that fits the largest value. It is false if the block is still to be added.
func (f *fixed) guess(lowest, highest int, try func(e int) (done bool, max float64)) bool {
	if f.skip > 0 {
		f.skip--
		return false
	}
	e := min(max(int(f.top), lowest), highest)
	done, largest := try(e)
	if done {
		return true
	}
	// One binade more than needed, for the blocks to come.
	if next := max(exponentAbove(largest)+1, lowest); next <= highest && next != e {
		if done, _ = try(next); done {
			f.top = int16(next)
			return true
		}
	}
	f.skip = skipBlocks
	return false
}
