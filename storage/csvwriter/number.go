package csvwriter

import (
	"bytes"
	"math"
	"strconv"
)

// pow10 are the powers of ten that a float64 holds exactly and that matter
// here.
var pow10 = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

var pow10int = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// appendFloat appends the shortest text that reads back as v.
//
// Columns of measurements and prices have few decimals. If an integer s below
// 1e15 gives v when divided by 10^d, the decimal s/10^d reads back as v (the
// division is of two exact numbers and rounds once, like a correct reader). Two
// decimals of at most 15 digits never read as the same float64, so s without
// trailing zeros is also the shortest text. d is tried as the last value
// needed it; the rest is strconv's.
func (x *cells) appendFloat(dst []byte, v float64) []byte {
	d := x.places
	if s := math.RoundToEven(v * pow10[d]); math.Abs(s) < 1e15 && s/pow10[d] == v && (v != 0 || !math.Signbit(v)) && (math.Abs(v) >= 1e-6 || v == 0) {
		return appendDecimal(dst, s, d)
	}
	from := len(dst)
	dst = appendSlow(dst, v, 64)
	x.learn(dst[from:], 15)
	return dst
}

// appendFloat32 is appendFloat for float32, whose decimals are distinct up to 6
// digits. Dividing as float64 and rounding to float32 rounds twice, which is
// harmless here: a decimal below 1e6 over at most 1e6 that is at least 2^-6 is
// either the midpoint of two float32 or farther than 2^-52 from it.
func (x *cells) appendFloat32(dst []byte, v float32) []byte {
	d := min(x.places, 6)
	wide := float64(v)
	if s := math.RoundToEven(wide * pow10[d]); math.Abs(s) < 1e6 && float32(s/pow10[d]) == v && math.Abs(wide) >= 1.0/64 {
		return appendDecimal(dst, s, d)
	}
	from := len(dst)
	dst = appendSlow(dst, wide, 32)
	x.learn(dst[from:], 6)
	return dst
}

// learn remembers how many decimals a text had, unless it has more digits than
// a decimal that appendFloat can be sure of: one value with all its digits
// must not spoil the rest of the column.
func (x *cells) learn(text []byte, maxDigits int) {
	point := bytes.IndexByte(text, '.')
	if point < 0 || len(text)-1 > maxDigits || bytes.IndexByte(text, 'e') >= 0 {
		return
	}
	x.places = min(max(x.places, len(text)-point-1), len(pow10)-1)
}

// appendDecimal appends s/10^d without trailing zeros but at least one decimal.
func appendDecimal(dst []byte, s float64, d int) []byte {
	if s < 0 {
		dst = append(dst, '-')
		s = -s
	}
	n := uint64(s)
	for d > 1 && n%10 == 0 {
		n /= 10
		d--
	}
	whole := n / pow10int[d]
	dst = strconv.AppendUint(dst, whole, 10)
	dst = append(dst, '.')
	if d == 0 {
		return append(dst, '0')
	}
	return appendPadded(dst, n-whole*pow10int[d], d)
}

// appendPadded appends n with leading zeros to the given number of digits.
func appendPadded(dst []byte, n uint64, digits int) []byte {
	const zeros = "00000000000000000000"
	from := len(dst)
	dst = append(dst, zeros[:digits]...)
	for i := len(dst) - 1; i >= from; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	return dst
}

// appendSlow writes like a person up to 1e21 and down to 1e-6, and with an
// exponent beyond, as JSON does.
func appendSlow(dst []byte, v float64, bits int) []byte {
	switch a := math.Abs(v); {
	case v != v:
		return append(dst, "NaN"...)
	case v > math.MaxFloat64:
		return append(dst, "Inf"...)
	case v < -math.MaxFloat64:
		return append(dst, "-Inf"...)
	case a != 0 && (a < 1e-6 || a >= 1e21):
		return strconv.AppendFloat(dst, v, 'e', -1, bits)
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, v, 'f', -1, bits)
	if bytes.IndexByte(dst[from:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// halfToFloat widens an IEEE 754 binary16, which is exact.
func halfToFloat(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exp, frac := uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch {
	case exp == 0x1f: // infinity, NaN
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	case exp != 0:
		return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
	}
	v := float32(frac) / (1 << 24) // subnormal: multiples of 2^-24
	return math.Float32frombits(math.Float32bits(v) | sign)
}
