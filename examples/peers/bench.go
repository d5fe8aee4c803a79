package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/weir-pipeline/weir/pipeline/quantity"
)

// bench measures.
type bench struct {
	*settings
	ways   []way
	random *rand.Rand
}

// cell is a task on a file, done in every way that can read it.
type cell struct {
	task   task
	file   *dataFile
	ways   []*measured
	answer *answer // weir's
}

// measured is what one way took in the rounds of a cell. Once it has failed it
// is not run again.
type measured struct {
	way         *way
	samples     []sample
	memory      memory // zero if the system does not tell
	differences []difference
	failed      error
}

// sample is one run.
type sample struct {
	inside, wall, cpu time.Duration
	others            time.Duration // processor time of other programs; negative if unknown
}

// noisyLoad is the processors that other programs may keep busy, on average.
// The system counts in ticks of 10 ms, too coarse for one way with short runs.
const (
	noisyLoad = 0.25
	shortRun  = 100 * time.Millisecond
)

// measure does the tasks on a file and adds them to r. It ends early if ctx does.
func (b *bench) measure(ctx context.Context, r *report, file *dataFile, messages io.Writer) error {
	for _, t := range tasks() {
		if !slices.Contains(b.tasks, t.name) {
			continue
		}
		c := &cell{task: t, file: file}
		for i := range b.ways {
			if b.ways[i].reads(file.format.name) {
				c.ways = append(c.ways, &measured{way: &b.ways[i]})
			}
		}
		if err := c.run(ctx, b); err != nil {
			return err
		}
		r.cells = append(r.cells, c)
		c.describe(messages)
	}
	return nil
}

// run warms up, makes the rounds and measures memory. weir's ways are the first
// and give the answer that the others are compared with.
func (c *cell) run(ctx context.Context, b *bench) error {
	if err := c.file.bringToCache(); err != nil {
		return err
	}
	all := make([]*measured, len(c.ways))
	for round := -1; round <= b.trials; round++ {
		copy(all, c.ways)
		if round >= 0 {
			b.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		}
		for _, m := range all {
			if m.failed != nil {
				continue
			}
			process := m.way.command(c.task, c.file.path)
			run := process.run
			if round == b.trials {
				run = process.runMeasuringMemory
			}
			o, err := run(ctx, b.limit)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			var inside time.Duration
			if err == nil {
				inside, err = c.check(m, o)
			}
			switch {
			case err != nil:
				m.failed = err
			case round == b.trials:
				m.memory = o.peak
			case round >= 0:
				m.samples = append(m.samples, sample{inside, o.wall, o.cpu, o.others})
			}
		}
	}
	return nil
}

// check compares what m says with weir's answer, or makes it weir's answer, and
// returns how long m took inside.
func (c *cell) check(m *measured, o *outcome) (time.Duration, error) {
	a, inside, err := m.way.result(o)
	switch {
	case err != nil:
		return 0, err
	case m.way.peer && c.answer == nil:
		return inside, nil // weir has failed, which is said
	case m.way.peer:
		found, err := differences(c.answer, a, c.file.format.name)
		for _, d := range found {
			if !slices.ContainsFunc(m.differences, func(e difference) bool { return e.Column == d.Column && (e.Reason == "") == (d.Reason == "") }) {
				m.differences = append(m.differences, d)
			}
		}
		return inside, err
	case c.answer == nil:
		c.answer = a
	case a.digest != c.answer.digest:
		return 0, fmt.Errorf("the digest of the result is %s, but another run had %s", a.digest, c.answer.digest)
	}
	return inside, nil
}

// describe writes what every way took.
func (c *cell) describe(w io.Writer) {
	fmt.Fprintf(w, "%s %s, %s\n", c.task.name, c.task.title, c.file.path)
	for _, m := range c.ways {
		if m.failed != nil {
			fmt.Fprintf(w, "  %-17s failed: %v\n", m.way.name, m.failed)
			continue
		}
		lo, hi := m.insideRange()
		fmt.Fprintf(w, "  %-17s inside %7s (%s - %s)  whole %7s  cpu %7s  memory %s, with mapped files %s", m.way.name,
			quantity.Duration(m.inside()), quantity.Duration(lo), quantity.Duration(hi), quantity.Duration(m.wall()),
			quantity.Duration(m.median(func(s sample) time.Duration { return s.cpu })),
			quantity.Bytes(m.memory.anonBytes), quantity.Bytes(m.memory.pssBytes))
		if m.noisy() {
			fmt.Fprintf(w, "  other load %.2f", load(m.samples))
		}
		fmt.Fprintln(w)
		for _, d := range m.differences {
			fmt.Fprintf(w, "  %-17s %v\n", "", d)
		}
	}
}

func (m *measured) inside() time.Duration {
	return m.median(func(s sample) time.Duration { return s.inside })
}

func (m *measured) wall() time.Duration {
	return m.median(func(s sample) time.Duration { return s.wall })
}

func (m *measured) median(of func(sample) time.Duration) time.Duration {
	var times []time.Duration
	for _, s := range m.samples {
		times = append(times, of(s))
	}
	return median(times)
}

func (m *measured) insideRange() (lo, hi time.Duration) {
	lo = math.MaxInt64
	for _, s := range m.samples {
		lo, hi = min(lo, s.inside), max(hi, s.inside)
	}
	return lo, hi
}

func (m *measured) noisy() bool { return m.wall() >= shortRun && load(m.samples) > noisyLoad }

// load is how many processors other programs kept busy during the runs; NaN if
// the system does not say.
func load(samples []sample) float64 {
	var others, wall time.Duration
	for _, s := range samples {
		if s.others < 0 {
			return math.NaN()
		}
		others += s.others
		wall += s.wall
	}
	return float64(others) / float64(wall)
}

// median is the middle one of the times, or the mean of the two in the middle; 0
// if there are none.
func median(times []time.Duration) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	n := len(times)
	return (times[(n-1)/2] + times[n/2]) / 2
}
