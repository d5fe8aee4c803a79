package exact

import (
	"math"
	"math/bits"
)

// Values of any magnitudes are added as in Neal's small superaccumulator: to
// words of 64 bits that overlap by half, so that carries wait for the end.
// Word i weighs 2^(32·i) in units of the lowest bit of some limb.

// spreadLen values, of which the higher part is below 2^52, sum to less than 2^63.
const spreadLen = 1024

// addSpread adds every value of xs.
func (f *fixed) addSpread(xs []float64) {
	const (
		lowLimb = (-1074 - originExp) / 64
		lowBit  = (-1074 - originExp) % 64
		nLimbs  = (lowBit+2046+53)/64 + 2
	)
	for len(xs) > 0 {
		n := min(len(xs), spreadLen)
		var words [2 * nLimbs]int64
		for _, x := range xs[:n] {
			b := math.Float64bits(x)
			e := uint(b >> 52 & 0x7ff)
			m := b & (1<<52 - 1)
			if e-1 < 0x7fe {
				m |= 1 << 52
			} else if e == 0 {
				e = 1
			} else {
				f.addSpecial(x)
				continue
			}
			pos := e - 1 + lowBit
			shift := pos & 31
			low := int64(m << shift & (1<<32 - 1))
			high := int64(m >> (32 - shift))
			neg := int64(b) >> 63
			w := words[pos>>5:][:2]
			w[0] += low ^ neg - neg
			w[1] += high ^ neg - neg
		}
		var limbs [nLimbs]uint64
		x, at := settle(words[:], limbs[:])
		f.add(x, lowLimb+at)
		xs = xs[n:]
	}
}

// addProductSpread adds xs[i]*ys[i] for every i. Its words take 32 bits at a
// time, so they have room for 2^31 products.
func (f *fixed) addProductSpread(xs, ys []float64) {
	const (
		lowest = -2*1075 - originExp
		nLimbs = (lowest+2*2046+106)/64 + 2
	)
	for len(xs) > 0 {
		n := min(len(xs), blockLen)
		var words [2 * nLimbs]int64
		for i, x := range xs[:n] {
			y := ys[i]
			a, b := math.Float64bits(x), math.Float64bits(y)
			ea, eb := uint(a>>52&0x7ff), uint(b>>52&0x7ff)
			if ea-1 >= 0x7fe || eb-1 >= 0x7fe { // not both normal
				f.addProduct(x, y)
				continue
			}
			hi, lo := bits.Mul64(a&(1<<52-1)|1<<52, b&(1<<52-1)|1<<52)
			pos := ea + eb + lowest
			shift := pos & 31
			v0, v1 := lo<<shift, hi<<shift|lo>>(32-shift)>>32
			neg := int64(a^b) >> 63
			w := words[pos>>5:][:5]
			w[0] += int64(v0&(1<<32-1)) ^ neg - neg
			w[1] += int64(v0>>32) ^ neg - neg
			w[2] += int64(v1&(1<<32-1)) ^ neg - neg
			w[3] += int64(v1>>32) ^ neg - neg
			w[4] += int64(hi>>(32-shift)>>32) ^ neg - neg
		}
		var limbs [nLimbs]uint64
		x, at := settle(words[:], limbs[:])
		f.add(x, at)
		xs, ys = xs[n:], ys[n:]
	}
}

// settle carries words into limbs and trims them.
func settle(words []int64, limbs []uint64) (_ []uint64, low int) {
	var carry int64
	for i := range limbs {
		low := words[2*i] + carry
		high := words[2*i+1] + low>>32
		limbs[i] = uint64(high)<<32 | uint64(low)&(1<<32-1)
		carry = high >> 32
	}
	return trim(limbs)
}
