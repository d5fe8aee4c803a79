package expr

import (
	"math"
	"math/bits"
)

// Loops over floats. Each stores one operation's result, so that nothing can be
// fused: Go may turn x*y+z into one operation with one rounding where the
// processor has it (arm64, ppc64, amd64 from v3 on), and sums would then differ
// between machines. Loops with two operations round the first with float64().

func addFloats(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

func addFloatsK(dst, a []float64, k float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + k
	}
}

func subFloats(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}

func subFloatsK(dst, a []float64, k float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] - k
	}
}

func subKFloats(dst []float64, k float64, b []float64) {
	b = b[:len(dst)]
	for i := range dst {
		dst[i] = k - b[i]
	}
}

func mulFloats(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

func mulFloatsK(dst, a []float64, k float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * k
	}
}

func divFloats(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] / b[i]
	}
}

func divFloatsK(dst, a []float64, k float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] / k
	}
}

func divKFloats(dst []float64, k float64, b []float64) {
	b = b[:len(dst)]
	for i := range dst {
		dst[i] = k / b[i]
	}
}

func negFloats(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = -a[i]
	}
}

func squareFloats(dst, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * a[i]
	}
}

// Loops over integers tell whether a result may not fit.

// addInts overflows where both operands have the sign that the sum has not.
func addInts(dst, a, b []int64) bool {
	a, b = a[:len(dst)], b[:len(dst)]
	var over int64
	for i := range dst {
		x, y := a[i], b[i]
		s := x + y
		dst[i] = s
		over |= (x ^ s) & (y ^ s)
	}
	return over < 0
}

func addIntsK(dst, a []int64, k int64) bool {
	a = a[:len(dst)]
	var over int64
	for i := range dst {
		x := a[i]
		s := x + k
		dst[i] = s
		over |= (x ^ s) & (k ^ s)
	}
	return over < 0
}

func addFails(a, b int64) bool {
	s := a + b
	return (a^s)&(b^s) < 0
}

func subInts(dst, a, b []int64) bool {
	a, b = a[:len(dst)], b[:len(dst)]
	var over int64
	for i := range dst {
		x, y := a[i], b[i]
		s := x - y
		dst[i] = s
		over |= (x ^ y) & (x ^ s)
	}
	return over < 0
}

func subIntsK(dst, a []int64, k int64) bool {
	a = a[:len(dst)]
	var over int64
	for i := range dst {
		x := a[i]
		s := x - k
		dst[i] = s
		over |= (x ^ k) & (x ^ s)
	}
	return over < 0
}

func subFails(a, b int64) bool {
	s := a - b
	return (a^b)&(a^s) < 0
}

// mulInts first multiplies as if all operands had 32 bits, whose product always
// fits, and looks at the high halves of 128-bit products only when some have
// more.
func mulInts(dst, a, b []int64) bool {
	a, b = a[:len(dst)], b[:len(dst)]
	var wide uint64
	for i := range dst {
		x, y := a[i], b[i]
		dst[i] = x * y
		wide |= uint64(x+1<<31) | uint64(y+1<<31)
	}
	if wide>>32 == 0 {
		return false
	}
	for i := range a {
		if mulFails(a[i], b[i]) {
			return true
		}
	}
	return false
}

func mulIntsK(dst, a []int64, k int64) bool {
	a = a[:len(dst)]
	wide := uint64(k + 1<<31)
	for i := range dst {
		x := a[i]
		dst[i] = x * k
		wide |= uint64(x + 1<<31)
	}
	if wide>>32 == 0 {
		return false
	}
	for i := range a {
		if mulFails(a[i], k) {
			return true
		}
	}
	return false
}

// mulFails tells whether the signed 128-bit product's high half is not the sign
// of its low half.
func mulFails(a, b int64) bool {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	signed := int64(hi) - a>>63&b - b>>63&a
	return signed != int64(lo)>>63
}

func negInts(dst, a []int64) bool {
	a = a[:len(dst)]
	bad := false
	for i := range dst {
		dst[i] = -a[i]
		bad = bad || a[i] == math.MinInt64
	}
	return bad
}

func absInts(dst, a []int64) bool {
	a = a[:len(dst)]
	var over int64
	for i := range dst {
		sign := a[i] >> 63
		dst[i] = a[i] ^ sign - sign
		over |= dst[i]
	}
	return over < 0
}

func isMinInt(a int64) bool { return a == math.MinInt64 }

// floorDiv rounds the quotient down; b is not 0.
func floorDiv(a, b int64) int64 {
	q := a / b
	if r := a % b; r != 0 && r^b < 0 {
		q--
	}
	return q
}

// floorMod has the sign of b, so that a == floorDiv(a, b)*b + floorMod(a, b).
func floorMod(a, b int64) int64 {
	r := a % b
	if r != 0 && r^b < 0 {
		r += b
	}
	return r
}

func divInts(dst, a, b []int64) bool {
	a, b = a[:len(dst)], b[:len(dst)]
	bad := false
	for i := range dst {
		y := b[i]
		if y == 0 || y == -1 && a[i] == math.MinInt64 {
			dst[i], bad = 0, true
			continue
		}
		dst[i] = floorDiv(a[i], y)
	}
	return bad
}

// divIntsK divides by k > 0.
func divIntsK(dst, a []int64, k int64) {
	a = a[:len(dst)]
	if k&(k-1) == 0 {
		shift := bits.TrailingZeros64(uint64(k)) & 63
		for i := range dst {
			dst[i] = a[i] >> shift
		}
		return
	}
	for i := range dst {
		x := a[i]
		q := x / k
		if x%k < 0 {
			q--
		}
		dst[i] = q
	}
}

func divFails(a, b int64) bool { return b == 0 || b == -1 && a == math.MinInt64 }

func modInts(dst, a, b []int64) bool {
	a, b = a[:len(dst)], b[:len(dst)]
	bad := false
	for i := range dst {
		y := b[i]
		if y == 0 {
			dst[i], bad = 0, true
			continue
		}
		dst[i] = floorMod(a[i], y)
	}
	return bad
}

// modIntsK divides by k > 0.
func modIntsK(dst, a []int64, k int64) {
	a = a[:len(dst)]
	if k&(k-1) == 0 {
		for i := range dst {
			dst[i] = a[i] & (k - 1)
		}
		return
	}
	for i := range dst {
		r := a[i] % k
		dst[i] = r + r>>63&k
	}
}

func isZeroDivisor[T int64 | uint64](_, b T) bool { return b == 0 }

func addUints(dst, a, b []uint64) bool {
	a, b = a[:len(dst)], b[:len(dst)]
	bad := false
	for i := range dst {
		s := a[i] + b[i]
		dst[i] = s
		bad = bad || s < a[i]
	}
	return bad
}

func subUints(dst, a, b []uint64) bool {
	a, b = a[:len(dst)], b[:len(dst)]
	bad := false
	for i := range dst {
		dst[i] = a[i] - b[i]
		bad = bad || a[i] < b[i]
	}
	return bad
}

func mulUints(dst, a, b []uint64) bool {
	a, b = a[:len(dst)], b[:len(dst)]
	var over uint64
	for i := range dst {
		hi, lo := bits.Mul64(a[i], b[i])
		dst[i] = lo
		over |= hi
	}
	return over != 0
}

func addUintFails(a, b uint64) bool { return a+b < a }
func subUintFails(a, b uint64) bool { return a < b }
func mulUintFails(a, b uint64) bool { hi, _ := bits.Mul64(a, b); return hi != 0 }

func divUints(dst, a, b []uint64) bool {
	a, b = a[:len(dst)], b[:len(dst)]
	bad := false
	for i := range dst {
		if b[i] == 0 {
			dst[i], bad = 0, true
			continue
		}
		dst[i] = a[i] / b[i]
	}
	return bad
}

func modUints(dst, a, b []uint64) bool {
	a, b = a[:len(dst)], b[:len(dst)]
	bad := false
	for i := range dst {
		if b[i] == 0 {
			dst[i], bad = 0, true
			continue
		}
		dst[i] = a[i] % b[i]
	}
	return bad
}

// floorModFloat is the exact remainder with the sign of b.
func floorModFloat(a, b float64) float64 {
	r := math.Mod(a, b)
	if r != 0 && (r < 0) != (b < 0) {
		return r + b
	}
	if r == 0 {
		return math.Copysign(0, b)
	}
	return r
}

// floorDivFloat is the largest whole number that is not above a / b. The
// quotient may have been rounded across a whole number; the sign of what is
// left over, which FMA keeps exactly, tells. Division by zero gives what a / b
// gives.
func floorDivFloat(a, b float64) float64 {
	q := math.Floor(a / b)
	if math.IsInf(b, 0) && !math.IsInf(a, 0) && a == a {
		if a != 0 && (a < 0) != (b < 0) {
			return -1
		}
		return q
	}
	if !(math.Abs(q) < 1<<53) { // whole numbers are further apart than 1
		return q
	}
	if left := math.FMA(-q, b, a); left != 0 && (left < 0) != (b < 0) {
		return q - 1
	}
	if left := math.FMA(-(q + 1), b, a); left == 0 || (left < 0) == (b < 0) {
		return q + 1
	}
	return q
}

// powFloat is a**b. A square is x*x, correctly rounded.
func powFloat(a, b float64) float64 {
	if b == 2 {
		return a * a
	}
	return math.Pow(a, b)
}

// powInt is a**b; ok is false if b is negative or the result does not fit.
func powInt(a, b int64) (_ int64, ok bool) {
	if b < 0 {
		return 0, false
	}
	if a == 0 || a == 1 || a == -1 {
		switch {
		case b == 0:
			return 1, true
		case b&1 == 0:
			return a * a, true
		}
		return a, true
	}
	if b > 63 {
		return 0, false
	}
	r := int64(1)
	for ; ; a *= a {
		if b&1 == 1 {
			if mulFails(r, a) {
				return 0, false
			}
			r *= a
		}
		if b >>= 1; b == 0 {
			return r, true
		}
		if mulFails(a, a) {
			return 0, false
		}
	}
}

// powUint is powInt for uint64.
func powUint(a, b uint64) (_ uint64, ok bool) {
	if a <= 1 {
		if b == 0 {
			return 1, true
		}
		return a, true
	}
	if b > 63 {
		return 0, false
	}
	r := uint64(1)
	for ; ; a *= a {
		if b&1 == 1 {
			if mulUintFails(r, a) {
				return 0, false
			}
			r *= a
		}
		if b >>= 1; b == 0 {
			return r, true
		}
		if mulUintFails(a, a) {
			return 0, false
		}
	}
}
