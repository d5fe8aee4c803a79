package order

import "math"

const signBit = 1 << 63

// IntKey is the key of an integer.
func IntKey(i int64) uint64 { return uint64(i) ^ signBit }

// KeyInt is the integer of a key.
func KeyInt(key uint64) int64 { return int64(key ^ signBit) }

// FloatKey is the key of a float that is not NaN.
func FloatKey(f float64) uint64 {
	b := math.Float64bits(f + 0) // -0 + 0 is +0
	return b ^ (uint64(int64(b)>>63) | signBit)
}

// KeyFloat is the float of a key, +0 for either zero.
func KeyFloat(key uint64) float64 {
	return math.Float64frombits(key^(uint64(int64(^key)>>63)|signBit)) + 0
}

// AppendFloatKeys appends the keys of x, and tells whether one of x is NaN; the
// keys then mean nothing.
func AppendFloatKeys(dst []uint64, x []float64) (keys []uint64, nan bool) {
	at := len(dst)
	dst = extend(dst, len(x))
	keys = dst[at:][:len(x)]
	for i, f := range x {
		if f != f {
			nan = true
		}
		b := math.Float64bits(f + 0)
		keys[i] = b ^ (uint64(int64(b)>>63) | signBit)
	}
	return dst, nan
}

// AppendIntKeys appends the keys of x.
func AppendIntKeys(dst []uint64, x []int64) []uint64 {
	at := len(dst)
	dst = extend(dst, len(x))
	keys := dst[at:][:len(x)]
	for i, v := range x {
		keys[i] = uint64(v) ^ signBit
	}
	return dst
}

// extend is s with n more values of any kind.
func extend(s []uint64, n int) []uint64 {
	if len(s)+n <= cap(s) {
		return s[:len(s)+n]
	}
	return append(s, make([]uint64, n)...)
}
