package exact

import "math"

// spreadLen values of less than 2^53 in halves, the higher below 2^52, sum to
// less than 2^63.
const spreadLen = 1024

// addSpread adds values of any magnitudes: Neal's small superaccumulator,
// whose words overlap by half so that carries wait for the end.
//
// Word i weighs 2^(32·i) in units of the lowest bit of limb lowLimb.
func (f *fixed) addSpread(xs []float64) {
	const (
		lowLimb  = (-1074 - originExp) / 64
		lowBit   = (-1074 - originExp) % 64
		nWords   = (lowBit+2046+53)/32 + 2
		maxLimbs = nWords/2 + 1
	)
	for len(xs) > 0 {
		n := min(len(xs), spreadLen)
		var words [2 * maxLimbs]int64
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
		var limbs [maxLimbs]uint64
		var carry int64
		for i := range limbs {
			low := words[2*i] + carry
			high := words[2*i+1] + low>>32
			limbs[i] = uint64(high)<<32 | uint64(low)&(1<<32-1)
			carry = high >> 32
		}
		x, at := trim(limbs[:])
		f.add(x, lowLimb+at)
		xs = xs[n:]
	}
}
