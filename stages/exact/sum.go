package exact

import (
	"math"
	"math/bits"
)

// Sum is the exact sum of float64s. The zero value is the empty sum. It takes
// 56 bytes, and more from the heap only when its values differ in magnitude by more
// than some 2^130.
type Sum struct{ f fixed }

// Reset makes s the empty sum.
func (s *Sum) Reset() { s.f.reset() }

// Add adds x.
func (s *Sum) Add(x float64) {
	b := math.Float64bits(x)
	e := int(b >> 52 & 0x7ff)
	m := b & (1<<52 - 1)
	if uint(e-1) >= 0x7fe { // not a normal number
		if e == 0x7ff {
			s.f.addSpecial(x)
			return
		}
		if m == 0 {
			return
		}
		e = 1
	} else {
		m |= 1 << 52
	}
	const lowest = -1075 - originExp // position of the bit 2^(e-1075), less e
	pos := uint(e + lowest)
	shift := pos & 63
	neg := uint64(int64(b) >> 63)
	lo := m<<shift ^ neg
	hi := m>>1>>(63-shift) ^ neg // two shifts, as 64 - shift may be 64
	f := &s.f
	i := uint(int(pos>>6) - int(f.base))
	if i > windowLimbs-3 || f.heap != nil {
		f.addTwo(lo, hi, neg, int(pos>>6))
		return
	}
	w := &f.win
	var c uint64
	w[i], c = bits.Add64(w[i], lo, neg&1)
	w[i+1], c = bits.Add64(w[i+1], hi, c)
	if c != neg&1 {
		f.ripple(int(i)+2, neg)
	}
}

// addTwo adds -v for all-ones neg or v for 0, given the complement lo, hi of v.
func (f *fixed) addTwo(lo, hi, neg uint64, at int) {
	var c uint64
	lo, c = bits.Add64(lo, neg&1, 0)
	x := [2]uint64{lo, hi + c}
	f.add(x[:], at)
}

// ripple carries a one (neg 0) or borrows one (neg all ones) at limb i of the window.
func (f *fixed) ripple(i int, neg uint64) {
	before := f.win[windowLimbs-1]
	for one := neg | 1; i < windowLimbs; i++ { // -1 or 1
		f.win[i] += one
		if f.win[i] != neg {
			break
		}
	}
	after := f.win[windowLimbs-1]
	if int64(^(before^neg)&(before^after)) < 0 {
		f.widen(signOf(before))
	}
}

// addSpecial adds an infinity or a NaN.
func (f *fixed) addSpecial(x float64) {
	switch {
	case x > 0:
		f.state |= posInf
	case x < 0:
		f.state |= negInf
	default:
		f.state |= nan
	}
}

// Merge adds what o has added. o stays as it is.
func (s *Sum) Merge(o *Sum) { s.f.merge(&o.f) }

// Float64 is the sum, rounded once to nearest, ties to even. A total beyond
// the largest float is an infinity. The sum of a NaN, or of infinities of both
// signs, is NaN; of infinities of one sign, that infinity. A total of 0 is +0,
// also that of negative zeros alone and that of no values.
func (s *Sum) Float64() float64 { return s.f.float64() }

// AppendBinary appends the sum to dst. Equal totals give equal bytes.
func (s *Sum) AppendBinary(dst []byte) []byte { return s.f.append(dst) }

// Decode makes s the sum that src begins with and returns the bytes after it.
// It accepts only what AppendBinary writes. On an error s is unchanged.
func (s *Sum) Decode(src []byte) (rest []byte, err error) { return s.f.decode(src, sumLimits) }
