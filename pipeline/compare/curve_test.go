package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
)

// curved is a comparison whose ways took walls[way](x) milliseconds in each of
// so many trials, give or take a thousandth.
func curved(trials int, axis Axis, xs []int, walls map[pipeline.Mode]func(x float64) float64) *Comparison {
	c := &Comparison{Alpha: 0.01}
	for _, mode := range pipeline.Modes() {
		if walls[mode] == nil {
			continue
		}
		for _, x := range xs {
			w := Way{Mode: mode, Workers: x}
			if axis == ByChunkRows {
				w = Way{Mode: mode, ChunkRows: x}
			}
			if axis == ByWorkers && mode == pipeline.Sequential {
				if w.Workers = 0; x != xs[0] {
					continue
				}
			}
			s := Series{Way: w}
			for i := range trials {
				wall := walls[mode](float64(x)) * (1 + 0.001*float64(i-trials/2)/float64(trials))
				s.Samples = append(s.Samples, Sample{Wall: time.Duration(wall * 1e6)})
				s.Reports = append(s.Reports, pipeline.Report{})
			}
			c.Rows = append(c.Rows, s)
		}
	}
	c.conclude()
	return c
}

func TestCurves(t *testing.T) {
	flat := func(float64) float64 { return 1 }
	for _, tt := range []struct {
		name string
		ways []Way
		axis Axis
		want string
	}{
		{"one way", []Way{{Mode: pipeline.Threads, Workers: 2}}, ByWorkers, ""},
		{"nothing to vary", []Way{{Mode: pipeline.Sequential}, {Mode: pipeline.Threads}, {Mode: pipeline.Mmap}}, ByWorkers, ""},
		{"workers, sequential beside them", Options{Workers: []int{4, 1}, Modes: []pipeline.Mode{pipeline.Sequential, pipeline.Mmap}}.Ways(), ByWorkers,
			"sequential[{1 0} {4 0}] mmap[{1 2} {4 1}]"},
		{"chunk rows", Options{ChunkRows: []int{10, 100}, Modes: []pipeline.Mode{pipeline.Sequential, pipeline.Pipe}}.Ways(), ByChunkRows,
			"sequential[{10 0} {100 1}] pipe/raw[{10 2} {100 3}]"},
		{"both", Options{ChunkRows: []int{10, 100}, Workers: []int{1, 2}, Modes: []pipeline.Mode{pipeline.Threads}}.Ways(), ByChunkRows,
			"threads x1[{10 0} {100 1}] threads x2[{10 2} {100 3}]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := curved(1, ByWorkers, []int{1}, map[pipeline.Mode]func(float64) float64{pipeline.Threads: flat})
			one := c.Rows[0]
			c.Rows = nil
			for _, w := range tt.ways {
				one.Way = w
				c.Rows = append(c.Rows, one)
			}
			got := ""
			for _, curve := range c.Curves(tt.axis) {
				got += fmt.Sprintf("%s%v ", curve.Name, curve.Points)
			}
			if got = strings.TrimSpace(got); got != tt.want {
				t.Errorf("curves %s, want %s", got, tt.want)
			}
		})
	}
}

// Lines that are straight on logarithmic axes cross where their equations say,
// wherever they were measured.
func TestCrossings(t *testing.T) {
	power := func(at1, slope float64) func(float64) float64 {
		return func(x float64) float64 { return at1 * math.Pow(x, slope) }
	}
	sizes := []int{100, 1000, 10_000, 100_000}
	modes := func(sequential, mmap func(float64) float64) map[pipeline.Mode]func(float64) float64 {
		return map[pipeline.Mode]func(float64) float64{pipeline.Sequential: sequential, pipeline.Mmap: mmap}
	}
	for _, tt := range []struct {
		name   string
		axis   Axis
		trials int
		xs     []int
		walls  map[pipeline.Mode]func(float64) float64
		want   string
	}{
		{"apart", ByChunkRows, 9, sizes, modes(power(10, 0), power(20, 0)), ""},
		{"parallel and equal", ByChunkRows, 9, sizes, modes(power(10, -0.1), power(10, -0.1)), ""},
		{"once", ByChunkRows, 9, sizes, modes(power(10, 0), power(10*math.Sqrt(4000), -0.5)), "mmap overtakes sequential at 4000, 10 ms, between 1000 and 10000, sure"},
		{"once, the other way round", ByChunkRows, 9, sizes, modes(power(10*math.Sqrt(4000), -0.5), power(10, 0)), "sequential overtakes mmap at 4000, 10 ms, between 1000 and 10000, sure"},
		{"with a few trials", ByChunkRows, 3, sizes, modes(power(10, 0), power(10*math.Sqrt(4000), -0.5)), "mmap overtakes sequential at 4000, 10 ms, between 1000 and 10000, maybe"},
		{"hardly, with a few trials", ByChunkRows, 3, sizes, modes(power(10, 0), power(10.2, -0.003)), ""},
		{"through equal times", ByChunkRows, 9, sizes, modes(power(10, 0), power(100, -1.0/3)), "mmap overtakes sequential at 1000, 10 ms, between 100 and 10000, sure"},
		{"workers against one", ByWorkers, 9, []int{1, 2, 4, 8}, modes(power(10, 0), power(30, -1)), "mmap overtakes sequential at 3, 10 ms, between 2 and 4, sure"},
		{"twice", ByChunkRows, 9, sizes, modes(power(10, 0), func(x float64) float64 { return 10 * math.Exp(0.2*(math.Abs(math.Log10(x)-3.5)-1)) }),
			"mmap overtakes sequential at 316, 10 ms, between 100 and 1000, sure; sequential overtakes mmap at 31623, 10 ms, between 10000 and 100000, sure"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got string
			for i, x := range curved(tt.trials, tt.axis, tt.xs, tt.walls).Crossings(tt.axis) {
				if i > 0 {
					got += "; "
				}
				sure := "maybe"
				if x.Sure {
					sure = "sure"
				}
				got += fmt.Sprintf("%s overtakes %s at %.0f, %.0f ms, between %d and %d, %s", x.After, x.Before, x.X, x.Wall.Seconds()*1e3, x.Last.X, x.First.X, sure)
			}
			if got != tt.want {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
		})
	}
}

// At the places beside a crossing the one is the faster, then the other.
func TestCrossingsNameTheirRows(t *testing.T) {
	c := curved(9, ByChunkRows, []int{10, 100, 1000}, map[pipeline.Mode]func(float64) float64{
		pipeline.Sequential: func(x float64) float64 { return 5 },
		pipeline.Threads:    func(x float64) float64 { return 100 / math.Sqrt(x) },
		pipeline.Mmap:       func(x float64) float64 { return 1000 / x },
	})
	crossings := c.Crossings(ByChunkRows)
	if len(crossings) < 2 {
		t.Fatalf("crossings %+v", crossings)
	}
	xs := make([]float64, len(crossings))
	for i, x := range crossings {
		xs[i] = x.X
		if c.Rows[x.Last.Before].Median() >= c.Rows[x.Last.After].Median() || c.Rows[x.First.After].Median() >= c.Rows[x.First.Before].Median() {
			t.Errorf("%s overtakes %s: rows %+v and %+v", x.After, x.Before, x.Last, x.First)
		}
		for name, row := range map[string]int{x.Before: x.Last.Before, x.After: x.First.After} {
			if got := string(c.Rows[row].Way.Mode); got != name {
				t.Errorf("row %d of %s is %s's", row, name, got)
			}
		}
	}
	if !slices.IsSorted(xs) {
		t.Errorf("crossings at %v are in no order", xs)
	}
}

// Curves are held against those that differ from them in one thing.
func TestComparable(t *testing.T) {
	for _, tt := range []struct {
		a, b Way
		want bool
	}{
		{Way{Mode: pipeline.Pipe, Workers: 2}, Way{Mode: pipeline.Mmap, Workers: 2}, true},
		{Way{Mode: pipeline.Pipe, Codec: "raw"}, Way{Mode: pipeline.Pipe, Codec: "json"}, true},
		{Way{Mode: pipeline.Sequential}, Way{Mode: pipeline.Mmap, Workers: 2}, true},
		{Way{Mode: pipeline.Pipe, Workers: 2}, Way{Mode: pipeline.Mmap, Workers: 4}, false},
		{Way{Mode: pipeline.Pipe, ChunkRows: 2}, Way{Mode: pipeline.Mmap, ChunkRows: 4}, false},
		{Way{Mode: pipeline.Mmap}, Way{Mode: pipeline.Mmap, Repeat: 2}, false},
	} {
		if got := comparable(tt.a, tt.b); got != tt.want || comparable(tt.b, tt.a) != got {
			t.Errorf("%s and %s: %v", tt.a, tt.b, got)
		}
	}
}
