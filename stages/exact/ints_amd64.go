//go:build !purego

package exact

import "unsafe"

// intsAVX2 sums n values modulo 2^64, and the higher halves of v^flip, in the
// lanes of out; n is a multiple of 16.
//
//go:noescape
func intsAVX2(vs unsafe.Pointer, n int, flip uint64, out *[2][4]uint64)

// intSquaresAVX2 sums, in the lanes of out, the lower and the higher halves of
// the squares of n values from -2^31 to 2^31-1, and unites the bits of all
// v + 2^31; n is a multiple of 16.
//
//go:noescape
func intSquaresAVX2(vs *int64, n int, out *[3][4]uint64)

// wideSquaresAVX2 sums, in the lanes of out, the products low·low, low·high and
// high·high of the halves of |v| for n values: modulo 2^64, and their higher halves; n
// is a multiple of 8.
//
//go:noescape
func wideSquaresAVX2(vs *int64, n int, out *[6][4]uint64)

func addWideSquareBlock(vs []int64) IntSquares {
	n := len(vs) &^ 7
	if n == 0 || !hasAVX2 {
		return addWideSquareBlockGo(vs)
	}
	var out [6][4]uint64
	wideSquaresAVX2(&vs[0], n, &out)
	q := addWideSquareBlockGo(vs[n:])
	mixed := halves{total(&out[2]), total(&out[3])}
	q.addHalves(halves{total(&out[0]), total(&out[1])}, 0)
	q.addHalves(mixed, 1)
	q.addHalves(mixed, 1)
	q.addHalves(halves{total(&out[4]), total(&out[5])}, 2)
	return q
}

func addIntBlock(vs []int64) (whole uint64, high int64) {
	n := len(vs) &^ 15
	if n == 0 || !hasAVX2 {
		return addIntBlockGo(vs)
	}
	const sign = 1 << 63
	var out [2][4]uint64
	intsAVX2(unsafe.Pointer(&vs[0]), n, sign, &out)
	whole, high = addIntBlockGo(vs[n:])
	// The flipped sign adds 2^31 to each high half.
	return whole + total(&out[0]), high + int64(total(&out[1])) - int64(n)<<31
}

func addUintBlock(vs []uint64) (whole, high uint64) {
	n := len(vs) &^ 15
	if n == 0 || !hasAVX2 {
		return addUintBlockGo(vs)
	}
	var out [2][4]uint64
	intsAVX2(unsafe.Pointer(&vs[0]), n, 0, &out)
	whole, high = addUintBlockGo(vs[n:])
	return whole + total(&out[0]), high + total(&out[1])
}

func addIntSquareBlock(vs []int64) (low, high uint64, ok bool) {
	n := len(vs) &^ 15
	if n == 0 || !hasAVX2 {
		return addIntSquareBlockGo(vs)
	}
	var out [3][4]uint64
	intSquaresAVX2(&vs[0], n, &out)
	if union(&out[2])>>32 != 0 {
		return 0, 0, false
	}
	low, high, ok = addIntSquareBlockGo(vs[n:])
	return low + total(&out[0]), high + total(&out[1]), ok
}

func total(x *[4]uint64) uint64 { return x[0] + x[1] + x[2] + x[3] }
