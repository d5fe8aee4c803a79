package expr

import (
	"math"
	"math/bits"
)

// Loops of comparisons. IEEE 754 asks for all six operators: with a NaN, not
// a < b does not mean a >= b.

func equal[T word](dst []bool, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] == b[i]
	}
}

func unequal[T word](dst []bool, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] != b[i]
	}
}

func less[T word](dst []bool, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] < b[i]
	}
}

func lessEqual[T word](dst []bool, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] <= b[i]
	}
}

func greater[T word](dst []bool, a, b []T)      { less(dst, b, a) }
func greaterEqual[T word](dst []bool, a, b []T) { lessEqual(dst, b, a) }

func equalK[T word](dst []bool, a []T, k T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] == k
	}
}

func unequalK[T word](dst []bool, a []T, k T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] != k
	}
}

func lessK[T word](dst []bool, a []T, k T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] < k
	}
}

func lessEqualK[T word](dst []bool, a []T, k T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] <= k
	}
}

func greaterK[T word](dst []bool, a []T, k T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] > k
	}
}

func greaterEqualK[T word](dst []bool, a []T, k T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = a[i] >= k
	}
}

// comparing is the loop of an operator over two vectors of a type.
func comparing[T word](op string) func(dst []bool, a, b []T) {
	switch op {
	case "=":
		return equal[T]
	case "!=":
		return unequal[T]
	case "<":
		return less[T]
	case "<=":
		return lessEqual[T]
	case ">":
		return greater[T]
	}
	return greaterEqual[T]
}

// comparingK is comparing with a constant on the right.
func comparingK[T word](op string) func(dst []bool, a []T, k T) {
	switch op {
	case "=":
		return equalK[T]
	case "!=":
		return unequalK[T]
	case "<":
		return lessK[T]
	case "<=":
		return lessEqualK[T]
	case ">":
		return greaterK[T]
	}
	return greaterEqualK[T]
}

// mirrored is the operator with its sides swapped.
func mirrored(op string) string {
	switch op {
	case "<":
		return ">"
	case "<=":
		return ">="
	case ">":
		return "<"
	case ">=":
		return "<="
	}
	return op
}

// order is how two values compare: -1, 0, 1, or unordered with a NaN.
type order int8

const unordered order = 2

// holds tells what op says of an order, at index order+1.
func holds(op string) [4]bool {
	switch op {
	case "=":
		return [4]bool{false, true, false, false}
	case "!=":
		return [4]bool{true, false, true, true}
	case "<":
		return [4]bool{true, false, false, false}
	case "<=":
		return [4]bool{true, true, false, false}
	case ">":
		return [4]bool{false, false, true, false}
	}
	return [4]bool{false, true, true, false}
}

// mixed is the loop of op between types that have no common one.
func mixed[A, B word](op string, compare func(a A, b B) order) func(dst []bool, a []A, b []B) {
	table := holds(op)
	return func(dst []bool, a []A, b []B) {
		a, b = a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = table[(compare(a[i], b[i])+1)&3]
		}
	}
}

func orderOf[T int64 | uint64 | float64](a, b T) order {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// orderIntFloat compares exactly: 2^53+1 is above 2^53 as a float.
func orderIntFloat(a int64, b float64) order {
	c, nan := cutOf(b)
	if nan {
		return unordered
	}
	return c.order(a)
}

// orderUintFloat compares exactly.
func orderUintFloat(a uint64, b float64) order {
	switch {
	case b != b:
		return unordered
	case b < 0:
		return 1
	case b >= 1<<64:
		return -1
	}
	whole := math.Floor(b)
	if o := orderOf(a, uint64(whole)); o != 0 || whole == b {
		return o
	}
	return -1
}

func orderIntUint(a int64, b uint64) order {
	if a < 0 {
		return -1
	}
	return orderOf(uint64(a), b)
}

// orderScaled compares a*ka with b*kb for positive factors, in 128 bits.
func orderScaled(ka, kb int64) func(a, b int64) order {
	return func(a, b int64) order {
		aHi, aLo := mulWide(a, ka)
		bHi, bLo := mulWide(b, kb)
		if o := orderOf(aHi, bHi); o != 0 {
			return o
		}
		return orderOf(aLo, bLo)
	}
}

func mulWide(a, k int64) (hi int64, lo uint64) {
	h, lo := bits.Mul64(uint64(a), uint64(k))
	return int64(h) - a>>63&k, lo
}

// cut is a place on the number line seen from the int64s: between floor and
// floor+1, on floor itself if exact, or beyond all of them.
type cut struct {
	floor int64
	exact bool
	side  int // -1 below every int64, 1 above
}

// cutOf is where f lies.
func cutOf(f float64) (_ cut, nan bool) {
	switch {
	case f != f:
		return cut{}, true
	case f >= 1<<63:
		return cut{side: 1}, false
	case f < -1<<63:
		return cut{side: -1}, false
	}
	whole := math.Floor(f)
	return cut{floor: int64(whole), exact: whole == f}, false
}

// order compares an integer with the place.
func (c cut) order(a int64) order {
	switch {
	case c.side != 0:
		return order(-c.side)
	case a < c.floor || a == c.floor && !c.exact:
		return -1
	case a > c.floor:
		return 1
	}
	return 0
}

// reduce turns a comparison of integers with the place into one with an
// integer; constant is set when its outcome is the same for all.
func (c cut) reduce(op string) (_ string, k int64, constant, outcome bool) {
	if c.side != 0 {
		return "", 0, true, holds(op)[-c.side+1]
	}
	if c.exact {
		return op, c.floor, false, false
	}
	switch op {
	case "<", "<=":
		return "<=", c.floor, false, false
	case ">", ">=":
		return ">", c.floor, false, false
	}
	return "", 0, true, op == "!="
}
