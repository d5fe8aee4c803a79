package exact

import "math"

// AddBoth adds every x of xs to s and x*x to q. It takes some two thirds of the time
// of adding to each where a block's values lie within some 15 binades, and is fastest
// for slices of a multiple of 16 values, from a few hundred on.
func AddBoth(s *Sum, q *Squares, xs []float64) {
	for len(xs) >= minBlock {
		n := min(len(xs), blockLen) &^ (blockStep - 1)
		if !addBothBlock(&s.f, &q.f, xs[:n]) {
			s.f.addBlock(xs[:n])
			q.f.addSquareBlock(xs[:n])
		}
		xs = xs[n:]
	}
	s.AddSlice(xs)
	q.AddSlice(xs)
}

// bothLevels are sums of products of the three parts a, b and c of a block's values,
// as in squareLevels, and of the parts: parts[i]·2^(e-22-23i).
type bothLevels struct {
	squareLevels
	parts [3]int64
}

// apart is for how many blocks sums and squares are added apart after a block whose
// values have more bits than three parts hold.
const apart = 15

// addBothBlock adds a block as addBlock and addSquareBlock do, if three parts hold
// its values: some 15 binades of those with 53 bits.
func addBothBlock(sum, squares *fixed, xs []float64) bool {
	known := &squares.learned
	if known.blocks > 0 {
		return false // next counts them
	}
	e := max(int(known.top), minSquareLevel)
	l := addBothLevels(xs, e)
	if !l.fit(e) {
		switch fitting := max(exponentAbove(l.max)+1, minSquareLevel); {
		case fitting > maxSquareLevel:
		case fitting == e:
			known.method, known.blocks = deep, apart
		default:
			known.top = int16(fitting)
		}
		return false
	}
	for i, part := range l.parts {
		sum.addScaled(part, e-22-23*i)
	}
	for k, s := range l.sums {
		squares.addScaled(s, squareExponent(e, k))
	}
	return true
}

// addParts adds the sums of the parts a, b and c of one lane.
func (l *bothLevels) addParts(a, b, c float64, e int) {
	l.parts[0] += int64(a * pow2(22-e))
	l.parts[1] += int64(b * pow2(45-e))
	l.parts[2] += int64(c * pow2(68-e))
}

// addBothLevelsGo sums a block of a multiple of blockStep values below 2^e. The
// sums mean something only if max < 2^e and left is false.
func addBothLevelsGo(xs []float64, e int) (l bothLevels) {
	anchors := squareAnchors(e)
	m1, m2, m3 := anchors[0], anchors[1], anchors[2]
	var max, left uint64
	for len(xs) > 0 {
		n := min(len(xs), squareLaneLen)
		var paa, pab, pac, pbb, pbc, pcc, sa, sb, sc float64
		for _, x := range xs[:n] {
			max = maxOf(max, size(x))
			a := x + m1 - m1
			r := x - a
			b := r + m2 - m2
			c := r - b
			left |= math.Float64bits(c - (c + m3 - m3))
			paa += a * a
			pab += a * b
			pac += a * c
			pbb += b * b
			pbc += b * c
			pcc += c * c
			sa += a
			sb += b
			sc += c
		}
		if left<<1 == 0 && math.Float64frombits(max>>1) < pow2(e) {
			l.add(&[10]float64{aa: paa, ab: pab, ac: pac, bb: pbb, bc: pbc, cc: pcc}, e)
			l.addParts(sa, sb, sc, e)
		}
		xs = xs[n:]
	}
	l.max = math.Float64frombits(max >> 1)
	l.left = left<<1 != 0
	return l
}
