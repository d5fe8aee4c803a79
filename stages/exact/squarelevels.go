package exact

import "math"

// squareLevels are sums of products of parts of a block's values:
// sums[k]·2^(2e-44-23k).
type squareLevels struct {
	sums [7]int64
	max  float64 // as in levels
	left bool
}

func (s *squareLevels) fit(e int) bool { return !s.left && s.max < pow2(e) }

// Lowest and highest e for which all products of parts and their sums are
// normal floats.
const (
	minSquareLevel = -400
	maxSquareLevel = 400
)

// squareLaneLen is the most values that one accumulator of products may take.
const squareLaneLen = 512

// squareAnchors split a value of at most 2^e into parts a, b, c and d that are
// whole multiples of 2^(e-22), 2^(e-45), 2^(e-68) and 2^(e-91), each less than 2^22
// times: adding an anchor 1.5·2^(52+k) to x and subtracting it rounds x to a multiple
// of 2^k, exactly, and leaves a rest of at most half of that.
//
// So the product of any two parts is a whole number of at most 2^44 in its
// unit, and the sum of squareLaneLen = 2^9 of them at most 2^53: exact. The ten
// products are summed each for itself; those of equal unit meet in add.
//
//	x² = aa + 2ab + (2ac + bb) + 2(ad + bc) + (2bd + cc) + 2cd + dd
func squareAnchors(e int) [4]float64 {
	var a [4]float64
	for i := range a {
		a[i] = 1.5 * pow2(52+e-22-23*i)
	}
	return a
}

func squareExponent(e, k int) int { return 2*e - 44 - 23*k }

// The order of products.
const (
	aa = iota
	ab
	ac
	bb
	ad
	bc
	bd
	cc
	cd
	dd
)

// add adds the sums of one lane.
func (s *squareLevels) add(products *[10]float64, e int) {
	scale := pow2(-squareExponent(e, 0))
	whole := func(i int) int64 { return int64(products[i] * scale) }
	const next = 1 << 23
	s.sums[0] += whole(aa)
	scale *= next
	s.sums[1] += 2 * whole(ab)
	scale *= next
	s.sums[2] += 2*whole(ac) + whole(bb)
	scale *= next
	s.sums[3] += 2 * (whole(ad) + whole(bc))
	scale *= next
	s.sums[4] += 2*whole(bd) + whole(cc)
	scale *= next
	s.sums[5] += 2 * whole(cd)
	scale *= next
	s.sums[6] += whole(dd)
}

// addSquareLevelsGo sums a block of a multiple of blockStep values below 2^e. The
// sums mean something only if max < 2^e and left is false.
func addSquareLevelsGo(xs []float64, e int) (s squareLevels) {
	anchors := squareAnchors(e)
	m1, m2, m3, m4 := anchors[0], anchors[1], anchors[2], anchors[3]
	var max, left uint64
	for len(xs) > 0 {
		n := min(len(xs), squareLaneLen)
		// Whether the compiler fuses these products and sums does not matter:
		// both are exact.
		var paa, pab, pac, pbb, pad, pbc, pbd, pcc, pcd, pdd float64
		for _, x := range xs[:n] {
			max = maxOf(max, size(x))
			a := x + m1 - m1
			r := x - a
			b := r + m2 - m2
			r -= b
			c := r + m3 - m3
			d := r - c
			left |= math.Float64bits(d - (d + m4 - m4))
			paa += a * a
			pab += a * b
			pac += a * c
			pbb += b * b
			pad += a * d
			pbc += b * c
			pbd += b * d
			pcc += c * c
			pcd += c * d
			pdd += d * d
		}
		if left<<1 == 0 && math.Float64frombits(max>>1) < pow2(e) {
			s.add(&[10]float64{paa, pab, pac, pbb, pad, pbc, pbd, pcc, pcd, pdd}, e)
		}
		xs = xs[n:]
	}
	s.max = math.Float64frombits(max >> 1)
	s.left = left<<1 != 0
	return s
}
