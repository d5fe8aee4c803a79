package compare

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
)

// Axis is what the ways on a curve differ in.
type Axis uint8

// The axes.
const (
	ByWorkers Axis = iota
	ByChunkRows
)

// Curve is the ways that differ in nothing but their place on an axis.
type Curve struct {
	Name   string  // of the ways, without the place
	Ways   Way     // what they have in common
	Points []Point // in order of X; two at least
}

// Point is a place on a curve.
type Point struct {
	X   int // workers, or rows in a chunk
	Row int // of Comparison.Rows
}

// Curves are the curves along an axis, in the order of the rows. Where there are
// any by workers, sequential is a level one beside them: it has one worker
// whatever is asked for.
func (c *Comparison) Curves(axis Axis) []Curve {
	var keys []Way
	points := map[Way][]Point{}
	var all []int // places
	for i, s := range c.Rows {
		x := axis.place(&s.Way)
		key := axis.without(s.Way)
		if points[key] == nil {
			keys = append(keys, key)
		}
		points[key] = append(points[key], Point{x, i})
		if x > 0 {
			all = append(all, x)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	var curves []Curve
	level := 0
	for _, key := range keys {
		on := points[key]
		if axis == ByWorkers && key.Mode == pipeline.Sequential {
			row := on[0].Row
			on = nil
			for _, x := range all {
				on = append(on, Point{x, row})
			}
			level++
		}
		slices.SortFunc(on, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
		if len(on) > 1 {
			curves = append(curves, Curve{Name: key.String(), Ways: key, Points: on})
		}
	}
	if len(curves) == level { // alone they say nothing
		return nil
	}
	return curves
}

func (a Axis) place(w *Way) int {
	if a == ByWorkers {
		return w.Workers
	}
	return w.ChunkRows
}

func (a Axis) without(w Way) Way {
	if a == ByWorkers {
		w.Workers = 0
	} else {
		w.ChunkRows = 0
	}
	return w
}

// Crossing is where one curve gets below another.
type Crossing struct {
	Before, After string  // the curves that are the faster before X, and beyond
	X             float64 // interpolated, as on an axis that is logarithmic
	Wall          time.Duration

	// Last and First are the places that were measured on either side.
	Last, First Place

	// Sure tells that the ways differ on both sides. It is false where there are
	// too few trials to tell.
	Sure bool
}

// Place is a place on an axis and the rows that two curves have there.
type Place struct{ X, Before, After int }

// Crossings are where curves cross that differ in the mode or the codec only.
// Where trials are enough to tell differences from chance, a crossing has one on
// either side; else, a twentieth between the medians.
func (c *Comparison) Crossings(axis Axis) []Crossing {
	curves := c.Curves(axis)
	var all []Crossing
	for i, a := range curves {
		for _, b := range curves[i+1:] {
			if comparable(a.Ways, b.Ways) {
				all = append(all, c.crossings(a, b)...)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Crossing) int { return cmp.Compare(a.X, b.X) })
	return all
}

// comparable tells whether two ways differ in the mode or the codec only.
func comparable(a, b Way) bool {
	sameWorkers := a.Workers == b.Workers || a.Mode == pipeline.Sequential || b.Mode == pipeline.Sequential
	return (a.Mode != b.Mode || a.Codec != b.Codec) && a.ChunkRows == b.ChunkRows && sameWorkers
}

// leastApart is the logarithm of the ratio of two medians that are a twentieth
// apart.
var leastApart = math.Log(1.05)

// crossings goes along the places that two curves share. From one at which they
// differ to the next at which they do so the other way round they cross.
func (c *Comparison) crossings(a, b Curve) (all []Crossing) {
	type place struct {
		Point
		other int     // row of b
		ahead float64 // logarithm of a's time over b's
		known bool    // there are trials enough
	}
	var shared []place
	last := -1 // the place in shared at which they differed last
	for _, p := range a.Points {
		k := slices.IndexFunc(b.Points, func(q Point) bool { return q.X == p.X })
		if k < 0 || c.Rows[p.Row].Median() <= 0 || c.Rows[b.Points[k].Row].Median() <= 0 {
			continue
		}
		other := b.Points[k].Row
		against := c.Against(p.Row, other)
		at := place{p, other, math.Log(c.Rows[p.Row].Median().Seconds() / c.Rows[other].Median().Seconds()), against.Known()}
		shared = append(shared, at)
		if at.ahead == 0 || at.known && !against.Different || !at.known && math.Abs(at.ahead) < leastApart {
			continue
		}
		n := len(shared) - 1
		if last >= 0 && shared[last].ahead*at.ahead < 0 {
			k := last + 1
			for shared[last].ahead*shared[k].ahead > 0 {
				k++
			}
			from, to := shared[k-1], shared[k]
			t := from.ahead / (from.ahead - to.ahead)
			between := func(x, y float64) float64 { return math.Exp(math.Log(x) + t*(math.Log(y)-math.Log(x))) }
			x := Crossing{
				Before: a.Name, After: b.Name, X: between(float64(from.X), float64(to.X)),
				Wall: fromSeconds(between(c.Rows[from.Row].Median().Seconds(), c.Rows[to.Row].Median().Seconds())),
				Last: Place{shared[last].X, shared[last].Row, shared[last].other}, First: Place{at.X, at.Row, at.other},
				Sure: shared[last].known && at.known,
			}
			if shared[last].ahead > 0 { // a was the slower
				x.Before, x.After = x.After, x.Before
				x.Last.Before, x.Last.After = x.Last.After, x.Last.Before
				x.First.Before, x.First.After = x.First.After, x.First.Before
			}
			all = append(all, x)
		}
		last = n
	}
	return all
}
