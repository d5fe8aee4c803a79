package csvfile

import (
	"math"
	"math/bits"
	"strconv"
	"unsafe"
)

// The numbers are read eight digits at a time: a word whose bytes are digits,
// the first in the lowest byte, becomes its value by three multiplications
// (Mula and Lemire, "Faster base64 encoding and decoding using AVX2
// instructions" and Lemire, "Quickly parsing eight digits", 2018).

// load is the word that begins at offset at of text. at+8 may lie in the
// padding.
func load(text unsafe.Pointer, at int) uint64 {
	return *(*uint64)(unsafe.Add(text, at))
}

// minus is 1 if the byte at offset at is a minus, else 0, without a branch:
// signs are as good as random.
func minus(text unsafe.Pointer, at int) int {
	return int((uint64(*(*byte)(unsafe.Add(text, at))^'-') - 1) >> 63)
}

// lastDigits is the word of the n bytes before position end, 1 to 8, filled up
// with leading zeros.
func lastDigits(text unsafe.Pointer, end, n int) uint64 {
	shift := 64 - 8*n
	return load(text, end-8)>>(shift&63)<<(shift&63) | zeros>>(8*n)
}

// areDigits tells whether all eight bytes are digits.
func areDigits(w uint64) bool {
	const high = 0xf0f0f0f0f0f0f0f0
	return w&high|(w+0x0606060606060606)&high>>4 == 0x3333333333333333
}

// digitsValue is the value of eight digits.
func digitsValue(w uint64) uint64 {
	const mask = 0x000000ff000000ff
	w -= zeros
	w = w*10 + w>>8
	return (w&mask*(100+1000000<<32) + w>>16&mask*(1+10000<<32)) >> 32
}

// pow10 are the powers of ten that a float64 holds exactly.
var pow10 = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// pow10int are the powers of ten that a uint64 holds.
var pow10int = [...]uint64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// decimal is m / 10^places rounded to the nearest float64, places up to 19.
//
// Note: Eisel-Lemire needs a table of 128-bit powers for this. Without an
// exponent the quotient of two words is exact, remainder and all, and one
// division of 128 by 64 bits rounds it correctly.
func decimal(m uint64, places int) float64 {
	if m <= 1<<53 {
		return float64(m) / pow10[places] // both exact, so rounded once
	}
	d := pow10int[places]
	up, down := bits.LeadingZeros64(m), bits.LeadingZeros64(d)
	m <<= up
	q, rest := bits.Div64(m>>1, m<<63, d<<down) // in (2^62, 2^64)
	if rest != 0 {
		q |= 1 // far below the last bit that counts: only breaks ties
	}
	return math.Float64frombits(math.Float64bits(float64(q)) + uint64(down-up-63)<<52)
}

// longDecimal reads digits with at most one point among them, 1 to 19 digits
// that count, without sign. ok is false for anything else.
func longDecimal(text unsafe.Pointer, s, e int) (_ float64, ok bool) {
	var m uint64
	point := -1
	digits := 0
	for s < e {
		if e-s >= 8 && digits <= 11 {
			if w := load(text, s); areDigits(w) {
				m = m*1e8 + digitsValue(w)
				if m != 0 {
					digits += 8 // leading zeros may count: then strconv does it
				}
				s += 8
				continue
			}
		}
		c := *(*byte)(unsafe.Add(text, s))
		s++
		switch {
		case c-'0' <= 9:
			if m != 0 || c != '0' {
				if digits++; digits > 19 {
					return 0, false
				}
			}
			m = m*10 + uint64(c-'0')
		case c == '.' && point < 0:
			point = s
		default:
			return 0, false
		}
	}
	places := 0
	if point >= 0 {
		places = e - point
	}
	if places > 19 {
		return 0, false
	}
	return decimal(m, places), true
}

// asString is b as a string without copying, for calls that do not keep it.
func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// parseFloat reads any float: decimal or with an exponent, and the words nan,
// inf and infinity in any case. A number beyond bits is no value.
func parseFloat(text []byte, bitSize int) (float64, bool) {
	for _, c := range text {
		// Go's literals have more forms (0x1p-2, 1_000) than data should.
		if c == 'x' || c == 'X' || c == '_' {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(asString(text), bitSize)
	return v, err == nil
}

// parseInt reads any int64.
func parseInt(text []byte) (int64, bool) {
	v, err := strconv.ParseInt(asString(text), 10, 64)
	return v, err == nil
}

// parseUint reads any uint64, with a sign as parseInt: -0 is 0.
func parseUint(text []byte) (uint64, bool) {
	if v, ok := parseInt(text); ok {
		return uint64(v), v >= 0
	}
	if len(text) > 0 && text[0] == '+' {
		text = text[1:]
	}
	v, err := strconv.ParseUint(asString(text), 10, 64)
	return v, err == nil
}

// trim takes spaces, tabs and a stray CR off both ends.
func trim(text []byte) []byte {
	for len(text) > 0 && isSpace(text[0]) {
		text = text[1:]
	}
	for len(text) > 0 && isSpace(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	return text
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }
