package exact

import (
	"math"
	"math/bits"
)

// round is the float nearest to ±mag·2^exp, ties to even. With sticky the
// number is a little larger than mag says, by less than one unit of its lowest
// bit. The result of a number too large is an infinity; 0 is +0.
func round(mag []uint64, exp int, sticky, neg bool) float64 {
	n := len(mag)
	for n > 0 && mag[n-1] == 0 {
		n--
	}
	if n == 0 {
		return 0 // no caller has a sticky 0
	}
	top := mag[n-1]
	lead := bits.LeadingZeros64(top)
	exp += 64 * (n - 1)
	if lead > 0 {
		top <<= lead
		if n > 1 {
			top |= mag[n-2] >> (64 - lead)
			sticky = sticky || mag[n-2]<<lead != 0
		}
		exp -= lead
	} else if n > 1 {
		sticky = sticky || mag[n-2] != 0
	}
	for i := 0; i < n-2 && !sticky; i++ {
		sticky = mag[i] != 0
	}
	return roundTop(top, exp, sticky, neg)
}

// roundTop rounds top·2^exp, where the highest bit of top is set.
func roundTop(top uint64, exp int, sticky, neg bool) float64 {
	biased := exp + 63 + 1023 // exponent field of a normal number
	if biased >= 0x7ff {
		return signed(math.Inf(1), neg)
	}
	drop := uint(11)
	if biased <= 0 { // subnormal: fewer bits stay
		drop += uint(1 - biased)
		biased = 0
	}
	if drop > 64 {
		return 0 // below half of the smallest float
	}
	m := top >> drop // 0 if drop is 64
	rest := top << (64 - drop)
	const half = 1 << 63
	if rest > half || rest == half && (sticky || m&1 == 1) {
		m++
	}
	// A carry out of the fraction runs into the exponent, as it should, up to
	// the infinity.
	if biased > 0 {
		m += uint64(biased-1) << 52
	}
	return signed(math.Float64frombits(m), neg)
}

func signed(x float64, neg bool) float64 {
	if neg && x != 0 {
		return -x
	}
	return x
}

// float64 is f, rounded.
func (f *fixed) float64() float64 {
	switch f.state {
	case posInf:
		return math.Inf(1)
	case negInf:
		return math.Inf(-1)
	case nan:
		return math.NaN()
	}
	var buf [16]uint64
	mag, exp, neg := f.magnitude(buf[:])
	return round(mag, exp, false, neg)
}
