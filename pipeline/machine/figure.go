package machine

import (
	"context"
	"slices"
	"time"
)

// Figure is a cost by several measurements. The name of the field that holds it
// says the unit.
type Figure struct {
	Median  float64 `json:"median"`
	Low     float64 `json:"low"`  // the least that was measured
	High    float64 `json:"high"` // the most
	Samples int     `json:"samples"`
}

// series is the samples of one figure.
type series []float64

func (s *series) add(v float64) { *s = append(*s, v) }

// addTime adds d for each of n.
func (s *series) addTime(d time.Duration, n int64) { s.add(d.Seconds() / float64(n)) }

// figure is the zero Figure for no samples.
func (s series) figure() Figure {
	if len(s) == 0 {
		return Figure{}
	}
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	return Figure{Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Low: sorted[0], High: sorted[n-1], Samples: n}
}

// optional is nil for no samples.
func (s series) optional() *Figure {
	if len(s) == 0 {
		return nil
	}
	f := s.figure()
	return &f
}

// pace says how often to measure: at least once, at most so often, and not again
// if another sample as long as the longest would end after the share of the
// budget.
type pace struct {
	most, taken int
	until       time.Time
	began       time.Time
	longest     time.Duration
}

func newPace(share time.Duration, most int) *pace {
	return &pace{most: most, until: time.Now().Add(share)}
}

// another tells whether to take another sample.
func (p *pace) another(ctx context.Context) bool {
	now := time.Now()
	if p.taken > 0 {
		p.longest = max(p.longest, now.Sub(p.began))
	}
	if ctx.Err() != nil || p.taken == p.most || p.taken > 0 && now.Add(p.longest).After(p.until) {
		return false
	}
	p.began = now
	p.taken++
	return true
}

// ended is the error of a measurement that has no sample.
func ended(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return errOverBudget
}
