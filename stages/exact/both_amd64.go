//go:build !purego

package exact

import "math"

// bothLanes are the arguments and results of bothAVX2. What is the same for all lanes
// of a vector is there four times.
type bothLanes struct {
	anchors  [3][4]float64
	abs      [4]uint64
	products [6][4]float64 // aa, ab, ac, bb, bc, cc
	parts    [3][4]float64 // a, b, c
	max      [4]float64
	left     [4]uint64
}

// bothAVX2 is addBothLevelsGo with four accumulators for each sum, so with blockLen
// values each takes squareLaneLen.
//
//go:noescape
func bothAVX2(xs *float64, n int, lanes *bothLanes)

func addBothLevels(xs []float64, e int) (l bothLevels) {
	if !hasAVX2 {
		l.left = true // as in addSquareLevels
		return l
	}
	var lanes bothLanes
	anchors := squareAnchors(e)
	for i, a := range anchors[:3] {
		lanes.anchors[i] = [4]float64{a, a, a, a}
	}
	const abs = 1<<63 - 1
	lanes.abs = [4]uint64{abs, abs, abs, abs}
	bothAVX2(&xs[0], len(xs), &lanes)
	l.max = max(lanes.max[0], lanes.max[1], lanes.max[2], lanes.max[3])
	l.left = union(&lanes.left)<<1 != 0
	p := &lanes.products
	for _, sum := range p[0] {
		l.left = l.left || math.IsNaN(sum) // neither max nor left notice a NaN
	}
	if !l.fit(e) {
		return l
	}
	for i := range p[0] {
		l.add(&[10]float64{aa: p[0][i], ab: p[1][i], ac: p[2][i], bb: p[3][i], bc: p[4][i], cc: p[5][i]}, e)
		l.addParts(lanes.parts[0][i], lanes.parts[1][i], lanes.parts[2][i], e)
	}
	return l
}
