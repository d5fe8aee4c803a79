package htmlreport

import (
	"encoding/json"
	"math"
	"slices"
)

// charts is what the page's script draws from.
type charts struct {
	Categories []chartCategory `json:"categories"`
	Ways       []chartWay      `json:"ways"`
	Timelines  []timeline      `json:"timelines"`
	Scaling    []chartCurve    `json:"scaling"`
	ChunkSize  []chartCurve    `json:"chunkSize"`
}

type chartCategory struct {
	Name string `json:"name"`
	Fill string `json:"fill"`
	Ink  string `json:"ink"`
}

type chartWay struct {
	Name    string      `json:"name"`
	Wall    [3]number   `json:"wall"` // median, low, high
	Samples []number    `json:"samples"`
	Spent   [][2]number `json:"spent"`   // category, seconds
	Latency [][2]number `json:"latency"` // seconds, share of chunks done by then
}

type chartCurve struct {
	Name   string      `json:"name"`
	Points [][4]number `json:"points"` // x, median, low, high
	Marks  []chartMark `json:"marks"`
}

type chartMark struct {
	X     number `json:"x"`
	Y     number `json:"y"`
	Label string `json:"label"`
}

// number is written as null where there is no number.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	if !finite(float64(n)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func chartsOf(p Page, categories []category, timelines []timeline) charts {
	c := charts{Timelines: timelines, Scaling: curvesOf(p.Scaling), ChunkSize: curvesOf(p.ChunkSize)}
	for _, k := range categories {
		c.Categories = append(c.Categories, chartCategory{k.Name, k.Fill, k.Ink})
	}
	for _, w := range p.Ways {
		row := chartWay{Name: w.Name, Wall: triple(w.Wall), Latency: cumulative(w.Latencies)}
		for _, s := range w.Samples {
			row.Samples = append(row.Samples, number(s))
		}
		for i, k := range categories {
			if s := spentOn(w, k.Name); s > 0 {
				row.Spent = append(row.Spent, [2]number{number(i), number(s)})
			}
		}
		c.Ways = append(c.Ways, row)
	}
	return c
}

func curvesOf(curves []Curve) []chartCurve {
	var all []chartCurve
	for _, c := range curves {
		line := chartCurve{Name: c.Name}
		for _, pt := range byX(c.Points) {
			w := triple(pt.Wall)
			line.Points = append(line.Points, [4]number{number(pt.X), w[0], w[1], w[2]})
		}
		for _, m := range c.Crossovers {
			line.Marks = append(line.Marks, chartMark{number(m.X), number(m.Wall), m.Label})
		}
		all = append(all, line)
	}
	return all
}

func byX(points []Point) []Point {
	ordered := slices.Clone(points)
	slices.SortStableFunc(ordered, func(a, b Point) int {
		switch {
		case a.X < b.X:
			return -1
		case a.X > b.X:
			return 1
		}
		return 0
	})
	return ordered
}

// triple is an estimate with its interval, which is null if there is none.
func triple(e Estimate) [3]number {
	if e.Low == 0 && e.High == 0 {
		e.Low, e.High = math.NaN(), math.NaN()
	}
	return [3]number{number(e.Value), number(e.Low), number(e.High)}
}

// spentOn sums, in case a category is listed twice.
func spentOn(w Way, category string) float64 {
	var sum float64
	for _, s := range w.Spent {
		if s.Category == category && finite(s.Seconds) {
			sum += s.Seconds
		}
	}
	return sum
}

// cumulative is the empirical distribution of latencies, by at most 201 points.
func cumulative(latencies []float64) [][2]number {
	ordered := sorted(latencies)
	n := len(ordered)
	var points [][2]number
	for i, steps := 0, min(n, 200); i < steps; i++ {
		k := (i + 1) * n / steps // this many chunks were done
		points = append(points, [2]number{number(ordered[k-1]), number(float64(k) / float64(n))})
	}
	return points
}

// quantile is the smallest latency that a share q of all does not exceed.
func quantile(ordered []float64, q float64) float64 {
	k := int(math.Ceil(q * float64(len(ordered))))
	return ordered[min(max(k, 1), len(ordered))-1]
}

// sorted is a sorted copy without what is no number.
func sorted(values []float64) []float64 {
	kept := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return !finite(v) })
	slices.Sort(kept)
	return kept
}
