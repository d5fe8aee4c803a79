package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
)

// cell is a task on a file, done by all ways that can.
type cell struct {
	Task    string    `json:"task"`
	Format  string    `json:"format"`
	Rows    int64     `json:"rows"`
	Results []*result `json:"results"`

	Differences []string `json:"differences"` // of the peers' answers from weir's
}

// result is what one way took.
type result struct {
	Way     string   `json:"way"`
	Samples []sample `json:"samples"`
	Memory  memory   `json:"memory"`

	weir bool
	mode string
}

// measure runs every way once to warm up, then in rounds of random order, then
// once more to watch its memory, which slows it down.
func measure(t task, in input, path string, ways []way, trials int, rng *rand.Rand) (*cell, error) {
	c := &cell{Task: t.name, Format: in.format, Rows: in.rows}
	var able []way
	for _, w := range ways {
		if w.canRead(in.format) {
			able = append(able, w)
			c.Results = append(c.Results, &result{Way: w.name, weir: w.weir, mode: w.mode})
		}
	}
	if err := warm(path); err != nil {
		return nil, err
	}
	for round := -1; round < trials; round++ {
		for _, i := range rng.Perm(len(able)) {
			s, err := able[i].run(t, path, nil)
			if err != nil {
				return nil, err
			}
			if round >= 0 {
				c.Results[i].Samples = append(c.Results[i].Samples, s)
			}
		}
	}
	for i, w := range able {
		s, err := w.run(t, path, func(pid int, ended <-chan struct{}) { c.Results[i].Memory = peakMemory(pid, ended) })
		if err != nil {
			return nil, err
		}
		c.Differences = append(c.Differences, differences(w, t, c.Results[0].Samples[0].rows, s.rows)...)
	}
	fmt.Fprintf(os.Stderr, "%s %s: %s\n", in.format, t.name, c.line())
	return c, nil
}

// line is the cell in short.
func (c *cell) line() string {
	var parts []string
	for _, r := range c.Results {
		parts = append(parts, fmt.Sprintf("%s %.3f s", r.Way, r.inside()))
	}
	return strings.Join(parts, ", ")
}

func (r *result) inside() float64 {
	return median(r.Samples, func(s sample) float64 { return s.Inside })
}

func (r *result) wall() float64 {
	return median(r.Samples, func(s sample) float64 { return s.Wall })
}

// load is the most that other programs were busy in a run.
func (r *result) load() float64 {
	most := 0.0
	for _, s := range r.Samples {
		most = max(most, s.Load)
	}
	return most
}

func median(samples []sample, of func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// mode is weir's result in a mode.
func (c *cell) mode(mode string) *result {
	for _, r := range c.Results {
		if r.weir && r.mode == mode {
			return r
		}
	}
	return nil
}

// best is the peer with the least of something, or nil if there is none.
func (c *cell) best(of func(*result) float64) *result {
	var best *result
	for _, r := range c.Results {
		if !r.weir && (best == nil || of(r) < of(best)) {
			best = r
		}
	}
	return best
}
