package exact

import (
	"math/big"
	"math/bits"
)

// Int is the exact sum of integers, 128 bits wide. It cannot overflow: no value
// is larger than 2^64-1 or less than -2^63, so it would take 2^63 values, which
// at one a nanosecond are added in 292 years. The zero value is the empty sum.
type Int struct {
	lo uint64
	hi int64
}

// Reset makes s the empty sum.
func (s *Int) Reset() { *s = Int{} }

// Add adds v.
func (s *Int) Add(v int64) { s.add(uint64(v), v>>63) }

// AddUint adds v.
func (s *Int) AddUint(v uint64) { s.add(v, 0) }

func (s *Int) add(lo uint64, hi int64) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, lo, 0)
	s.hi += hi + int64(carry)
}

// sliceLen bounds the values of one pass over a slice, well below the 2^31 at
// which the sum of high halves would wrap.
const sliceLen = 1 << 24

// AddSlice adds every value of vs.
func (s *Int) AddSlice(vs []int64) {
	for len(vs) > 0 {
		n := min(len(vs), sliceLen)
		s.addHalves(addIntBlock(vs[:n]))
		vs = vs[n:]
	}
}

// AddUintSlice adds every value of vs.
func (s *Int) AddUintSlice(vs []uint64) {
	for len(vs) > 0 {
		n := min(len(vs), sliceLen)
		whole, high := addUintBlock(vs[:n])
		s.addHalves(whole, int64(high))
		vs = vs[n:]
	}
}

// addIntBlockGo is the sum modulo 2^64 and that of the high halves. With h the
// latter, the whole is h·2^32 plus the sum d of the low halves, and
// 0 <= d < n·2^32: so d is exact modulo 2^64.
func addIntBlockGo(vs []int64) (whole uint64, high int64) {
	var w1, w2, w3 uint64
	var h1, h2, h3 int64
	for len(vs) >= 4 {
		whole += uint64(vs[0])
		high += vs[0] >> 32
		w1 += uint64(vs[1])
		h1 += vs[1] >> 32
		w2 += uint64(vs[2])
		h2 += vs[2] >> 32
		w3 += uint64(vs[3])
		h3 += vs[3] >> 32
		vs = vs[4:]
	}
	for _, v := range vs {
		whole += uint64(v)
		high += v >> 32
	}
	return whole + w1 + w2 + w3, high + h1 + h2 + h3
}

func addUintBlockGo(vs []uint64) (whole, high uint64) {
	for _, v := range vs {
		whole += v
		high += v >> 32
	}
	return whole, high
}

// addHalves adds a total that is whole modulo 2^64 and whose values' high
// halves sum to high.
func (s *Int) addHalves(whole uint64, high int64) {
	s.add(uint64(high)<<32, high>>32)
	s.add(whole-uint64(high)<<32, 0)
}

// Merge adds what o has added.
func (s *Int) Merge(o *Int) { s.add(o.lo, o.hi) }

// Int64 is the sum; ok is false if it is no int64.
func (s *Int) Int64() (v int64, ok bool) { return int64(s.lo), s.hi == int64(s.lo)>>63 }

// Uint64 is the sum; ok is false if it is no uint64.
func (s *Int) Uint64() (v uint64, ok bool) { return s.lo, s.hi == 0 }

// Int128 is the sum as hi·2^64 + lo.
func (s *Int) Int128() (hi int64, lo uint64) { return s.hi, s.lo }

// Float64 is the sum, rounded once to nearest, ties to even.
func (s *Int) Float64() float64 {
	mag, neg := s.magnitude()
	return round(mag[:], 0, false, neg)
}

// Big is the sum.
func (s *Int) Big() *big.Int {
	mag, neg := s.magnitude()
	v := new(big.Int).SetUint64(mag[1])
	v.Lsh(v, 64).Or(v, new(big.Int).SetUint64(mag[0]))
	if neg {
		v.Neg(v)
	}
	return v
}

func (s *Int) magnitude() (mag [2]uint64, neg bool) {
	mag = [2]uint64{s.lo, uint64(s.hi)}
	if neg = s.hi < 0; neg {
		negate(mag[:])
	}
	return mag, neg
}

// AppendBinary appends the sum to dst: a byte n of at most 16, and n bytes of
// two's complement, little-endian, as few as hold the sum; none for 0.
func (s *Int) AppendBinary(dst []byte) []byte {
	x := [2]uint64{s.lo, uint64(s.hi)}
	sign := byte(s.hi >> 63)
	n := 16
	for n > 0 && byteAt(x[:], n-1) == sign && (n > 1 && byteAt(x[:], n-2)>>7 == sign&1 || n == 1 && sign == 0) {
		n--
	}
	dst = append(dst, byte(n))
	for i := 0; i < n; i++ {
		dst = append(dst, byteAt(x[:], i))
	}
	return dst
}

// Decode makes s the sum that src begins with and returns the bytes after it.
// It accepts only what AppendBinary writes. On an error s is unchanged.
func (s *Int) Decode(src []byte) (rest []byte, err error) {
	m, rest, err := counted(src, 16)
	if err != nil {
		return nil, err
	}
	var x [2]uint64
	if n := len(m); n > 0 {
		sign := byte(int8(m[n-1]) >> 7)
		if m[n-1] == sign && (n == 1 && sign == 0 || n > 1 && m[n-2]>>7 == sign&1) {
			return nil, errCanonical
		}
		for i := 0; i < 16; i++ {
			b := sign
			if i < n {
				b = m[i]
			}
			x[i>>3] |= uint64(b) << (i & 7 * 8)
		}
	}
	*s = Int{lo: x[0], hi: int64(x[1])}
	return rest, nil
}

// counted splits src after a byte that counts and the bytes it counts.
func counted(src []byte, most int) (m, rest []byte, err error) {
	if len(src) == 0 {
		return nil, nil, errShort
	}
	n := int(src[0])
	if n > most {
		return nil, nil, errRange
	}
	if len(src)-1 < n {
		return nil, nil, errShort
	}
	return src[1 : 1+n], src[1+n:], nil
}
