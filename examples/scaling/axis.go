package main

import (
	"fmt"
	"math"
	"strconv"
)

// axis turns values into places between 0 and 1, by their logarithms.
type axis struct {
	label    string
	min, max float64
	ticks    []tick
}

type tick struct {
	at   float64
	text string
}

// place is where v is, 0 at the axis' minimum and 1 at its maximum.
func (a axis) place(v float64) float64 {
	return math.Log(v/a.min) / math.Log(a.max/a.min)
}

// sizeAxis has a tick at every size.
func sizeAxis(label string, sizes []int64) axis {
	a := axis{label: label, min: float64(sizes[0]), max: float64(sizes[len(sizes)-1])}
	margin := math.Pow(a.max/a.min, 0.03)
	if a.min == a.max {
		margin = 2
	}
	a.min, a.max = a.min/margin, a.max*margin
	for _, s := range sizes {
		a.ticks = append(a.ticks, tick{float64(s), shortCount(s)})
	}
	return a
}

// logAxis has ticks at round numbers, the fewer the more it covers, which is a
// factor of 4 at least.
func logAxis(label string, lo, hi float64, text func(float64) string) axis {
	margin := max(1.2, math.Sqrt(4*lo/hi))
	a := axis{label: label, min: lo / margin, max: hi * margin}
	var steps []float64
	switch covered := a.max / a.min; {
	case covered < 12:
		steps = []float64{1, 2, 3, 5, 7}
	case covered < 300:
		steps = []float64{1, 2, 5}
	default:
		steps = []float64{1}
	}
	for e := math.Floor(math.Log10(a.min)); e <= math.Ceil(math.Log10(a.max)); e++ {
		for _, s := range steps {
			if at := s * math.Pow(10, e); at >= a.min && at <= a.max {
				a.ticks = append(a.ticks, tick{at, text(at)})
			}
		}
	}
	return a
}

// number is v without what computing with floats adds to it.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }

// secondsText shows a number of seconds.
func secondsText(s float64) string {
	switch {
	case s < 0.9995e-3:
		return number(s*1e6) + " µs"
	case s < 0.9995:
		return number(s*1e3) + " ms"
	}
	return fmt.Sprintf("%s s", number(s))
}
