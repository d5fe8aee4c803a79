//go:build !purego

package exact

import (
	"math"

	"golang.org/x/sys/cpu"
)

var hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// laneSums is what levelsAVX2 leaves: sums of its accumulators' bits.
type laneSums struct {
	high, low [4]uint64
	max       [4]float64
	left      [4]uint64
}

// levelsAVX2 is addLevelsGo with 16 accumulators a level, and so for at most
// 16·laneLen values.
//
//go:noescape
func levelsAVX2(xs *float64, n int, high, low float64, out *laneSums)

func addLevels(xs []float64, e int) levels {
	if !hasAVX2 {
		return addLevelsGo(xs, e)
	}
	var out laneSums
	high, low := anchors(e)
	levelsAVX2(&xs[0], len(xs), high, low, &out)
	sums := levels{left: (out.left[0]|out.left[1]|out.left[2]|out.left[3])<<1 != 0}
	h, l := -(math.Float64bits(high) * 16), -(math.Float64bits(low) * 16)
	for i := range out.high {
		h += out.high[i]
		l += out.low[i]
		sums.max = max(sums.max, out.max[i])
	}
	sums.high, sums.low = int64(h), int64(l)
	return sums
}

// squareLanes are the arguments and results of squaresAVX2; each number is
// there once for each lane of a vector.
type squareLanes struct {
	anchors [4][4]float64
	abs     [4]uint64
	sums    [10][4]float64
	max     [4]float64
	left    [4]uint64
}

// squaresAVX2 is addSquareLevelsGo with four accumulators for each product.
//
//go:noescape
func squaresAVX2(xs *float64, n int, lanes *squareLanes)

func addSquareLevels(xs []float64, e int) squareLevels {
	if !hasAVX2 {
		return addSquareLevelsGo(xs, e)
	}
	var lanes squareLanes
	for i, a := range squareAnchors(e) {
		lanes.anchors[i] = [4]float64{a, a, a, a}
	}
	const abs = 1<<63 - 1
	lanes.abs = [4]uint64{abs, abs, abs, abs}
	squaresAVX2(&xs[0], len(xs), &lanes)
	var s squareLevels
	s.left = (lanes.left[0]|lanes.left[1]|lanes.left[2]|lanes.left[3])<<1 != 0
	for i := range lanes.max {
		s.max = max(s.max, lanes.max[i])
		s.left = s.left || math.IsNaN(lanes.sums[aa][i]) // neither max nor left notice a NaN
	}
	if s.left || !(s.max < math.Ldexp(1, e)) {
		return s
	}
	for i := range lanes.max {
		var products [10]float64
		for j := range products {
			products[j] = lanes.sums[j][i]
		}
		s.add(&products, e)
	}
	return s
}
