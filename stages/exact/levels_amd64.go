//go:build !purego

package exact

import (
	"math"

	"golang.org/x/sys/cpu"
)

var (
	hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA
	// VBMI2 leaves out processors that slow down for 512-bit vectors.
	hasAVX512 = hasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VBMI2
)

// laneSums is what the kernels leave of levels, in each lane of a vector.
type laneSums struct {
	bits [3][4]uint64 // sums of the bits of a level's accumulators
	max  [4]float64
	left [4]uint64
}

// levelsAVX2 has 16 accumulators for each of two levels, so with blockLen
// values they take half of what laneLen allows.
//
//go:noescape
func levelsAVX2(xs *float64, n int, anchors *[3]float64, out *laneSums)

// moreLevelsAVX2 has 8 accumulators for each of three levels.
//
//go:noescape
func moreLevelsAVX2(xs *float64, n int, anchors *[3]float64, out *laneSums)

func addLevels(xs []float64, e int, m method) (l levels) {
	if !hasAVX2 {
		if m == shallow {
			return addLevelsGo(xs, e)
		}
		return addMoreLevelsGo(xs, e)
	}
	var out laneSums
	depth, accumulators := 2, uint64(16)
	a := anchors(e)
	if m == shallow {
		levelsAVX2(&xs[0], len(xs), &a, &out)
	} else {
		depth, accumulators = 3, 8
		moreLevelsAVX2(&xs[0], len(xs), &a, &out)
	}
	for i := range a[:depth] {
		b := &out.bits[i]
		l.sums[i] = int64(b[0] + b[1] + b[2] + b[3] - accumulators*math.Float64bits(a[i]))
	}
	l.max = max(out.max[0], out.max[1], out.max[2], out.max[3])
	l.left = union(&out.left)<<1 != 0 // the sign of a rest of 0 means nothing
	return l
}

func union(x *[4]uint64) uint64 { return x[0] | x[1] | x[2] | x[3] }

// squareLanes are the arguments and results of the kernels for squares. What
// is the same for all lanes of a vector is there four times.
type squareLanes struct {
	anchors [4][4]float64
	abs     [4]uint64
	sums    [10][4]float64 // in the order of the constants aa to dd
	max     [4]float64
	left    [4]uint64
}

// squaresAVX2 is addSquareLevelsGo with four accumulators for each product, so
// with blockLen values each takes squareLaneLen.
//
//go:noescape
func squaresAVX2(xs *float64, n int, lanes *squareLanes)

// squaresAVX512 has eight accumulators for each product and adds them in pairs.
//
//go:noescape
func squaresAVX512(xs *float64, n int, lanes *squareLanes)

func addSquareLevels(xs []float64, e int) (s squareLevels) {
	if !hasAVX2 {
		// Note: without FMA and 32 registers, addSquareLevelsGo takes 7 ns a
		// value, more than it takes to add value by value.
		s.left = true
		return s
	}
	var lanes squareLanes
	for i, a := range squareAnchors(e) {
		lanes.anchors[i] = [4]float64{a, a, a, a}
	}
	const abs = 1<<63 - 1
	lanes.abs = [4]uint64{abs, abs, abs, abs}
	if hasAVX512 {
		squaresAVX512(&xs[0], len(xs), &lanes)
	} else {
		squaresAVX2(&xs[0], len(xs), &lanes)
	}
	return lanes.levels(e)
}

func (l *squareLanes) levels(e int) (s squareLevels) {
	s.max = max(l.max[0], l.max[1], l.max[2], l.max[3])
	s.left = union(&l.left)<<1 != 0
	for _, sum := range l.sums[aa] {
		s.left = s.left || math.IsNaN(sum) // neither max nor left notice a NaN
	}
	if !s.fit(e) {
		return s
	}
	for i := range l.max {
		var products [10]float64
		for j := range products {
			products[j] = l.sums[j][i]
		}
		s.add(&products, e)
	}
	return s
}
