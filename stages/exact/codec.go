package exact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// A Sum, Squares or Products in bytes. The number is m·256^e, with m as short
// as it can be; a total that is not finite has no number.
//
//	+-----------------+------------------+------------------------------+
//	| head: uvarint   | e: zigzag varint | m: n bytes, two's complement |
//	| n·4 + state     | only if n > 0    | little-endian                |
//	+-----------------+------------------+------------------------------+
//
// state: 0 finite, 1 +Inf, 2 -Inf, 3 NaN. There is one encoding of each total:
// the lowest byte of m is not 0, the highest one is needed for the sign, n is 0
// unless state is 0, and varints have no needless bytes.

var (
	errShort     = errors.New("exact sum ends early")
	errCanonical = errors.New("exact sum is not in its shortest form")
	errRange     = errors.New("exact sum is out of range")
)

// limits are the exponents of the bits that a kind of sum can have: at least
// low, below high.
type limits struct{ low, high int }

// A sum of 2^64 values below 2^1024, or of 2^64 products below 2^2048, and its sign.
var (
	sumLimits     = limits{low: -1074, high: 1024 + 64 + 1}
	productLimits = limits{low: -2148, high: 2048 + 64 + 1}
)

func (f *fixed) append(dst []byte) []byte {
	if f.state != finite {
		return append(dst, f.state)
	}
	x, at := f.significant()
	if len(x) == 0 {
		return append(dst, 0)
	}
	low := bits.TrailingZeros64(x[0]) / 8
	n := 8*len(x) - low
	sign := signOf(x[len(x)-1])
	for n > 1 {
		i := low + n - 1
		if byteAt(x, i) != byte(sign) || byteAt(x, i-1)>>7 != byte(sign)&1 {
			break
		}
		n--
	}
	dst = binary.AppendUvarint(dst, uint64(n)<<2)
	dst = binary.AppendVarint(dst, int64(8*at+low+originExp/8))
	for i := low; i < low+n; i++ {
		dst = append(dst, byteAt(x, i))
	}
	return dst
}

func byteAt(x []uint64, i int) byte { return byte(x[i>>3] >> (i & 7 * 8)) }

func (f *fixed) decode(src []byte, lim limits) ([]byte, error) {
	head, src, err := uvarint(src)
	if err != nil {
		return nil, err
	}
	n, state := head>>2, uint8(head&3)
	if n == 0 {
		f.reset()
		f.state = state
		return src, nil
	}
	if state != finite {
		return nil, errCanonical
	}
	zigzag, src, err := uvarint(src)
	if err != nil {
		return nil, err
	}
	// Bounds first: they keep every sum below within an int.
	if n > 1024 || zigzag > 2048 {
		return nil, errRange
	}
	e := int(int64(zigzag>>1) ^ -int64(zigzag&1))
	size := int(n)
	if size > len(src) {
		return nil, fmt.Errorf("%w: %d of %d bytes", errShort, len(src), size)
	}
	m, rest := src[:size], src[size:]
	last := m[size-1]
	sign := byte(int8(last) >> 7)
	if m[0] == 0 || size > 1 && last == sign && m[size-2]>>7 == sign&1 {
		return nil, errCanonical
	}
	highBits := 8*(size-1) + bits.Len8(last^sign) + 1 // with the sign
	if 8*e+bits.TrailingZeros8(m[0]) < lim.low || 8*e+highBits > lim.high {
		return nil, errRange
	}
	pos := e - originExp/8
	low := pos & 7
	var buf [80]uint64
	limbs := buf[:(low+size+7)/8]
	for i, b := range m {
		limbs[(low+i)>>3] |= uint64(b) << ((low + i) & 7 * 8)
	}
	if sign != 0 && (low+size)&7 != 0 {
		limbs[len(limbs)-1] |= ^uint64(0) << ((low + size) & 7 * 8)
	}
	f.reset()
	f.place(limbs, pos>>3, pos>>3, pos>>3+len(limbs))
	return rest, nil
}

// uvarint reads a varint that has no needless bytes.
func uvarint(src []byte) (uint64, []byte, error) {
	v, n := binary.Uvarint(src)
	switch {
	case n == 0:
		return 0, nil, errShort
	case n < 0:
		return 0, nil, errRange
	case n > 1 && src[n-1] == 0:
		return 0, nil, errCanonical
	}
	return v, src[n:], nil
}
