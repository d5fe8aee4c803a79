package compare

import (
	"fmt"
	"time"
)

// Stop is the rule that ended the rounds.
type Stop string

// The rules.
const (
	StopTrials    Stop = "trials"    // as many rounds as were asked for
	StopPrecision Stop = "precision" // every median is known well enough
	StopBudget    Stop = "budget"    // the time is spent
	StopOverrun   Stop = "overrun"   // ten times the time is spent, with too few rounds to say anything
	StopMost      Stop = "most"      // there are 100 rounds
)

const (
	defaultPrecision = 0.02
	defaultBudget    = 30 * time.Second
	mostRounds       = 100
	overrun          = 10
)

// rule decides when there are rounds enough.
type rule struct {
	trials    int // 0: as many as the others ask for
	least     int // rounds that an interval and a difference need
	precision float64
	budget    time.Duration
}

func (o Options) rule(ways int) rule {
	r := rule{trials: o.Trials, least: leastTrials(alphaFor(ways)), precision: o.Precision, budget: o.Budget}
	if r.precision == 0 {
		r.precision = defaultPrecision
	}
	if r.budget == 0 {
		r.budget = defaultBudget
	}
	return r
}

// ended tells after a round whether it was the last one, and why.
func (r rule) ended(c *Comparison, spent time.Duration) (Stop, bool) {
	rounds := c.Trials
	switch {
	case r.trials > 0:
		return StopTrials, rounds >= r.trials
	case rounds < r.least:
		return StopOverrun, spent >= overrun*r.budget
	case c.precise(r.precision):
		return StopPrecision, true
	case spent >= r.budget:
		return StopBudget, true
	}
	return StopMost, rounds >= mostRounds
}

// expected is how many rounds there will be as far as can be told.
func (r rule) expected(rounds int, spent time.Duration) int {
	if r.trials > 0 {
		return r.trials
	}
	expected := mostRounds
	if rounds > 0 && spent > 0 {
		expected = int(min(mostRounds, float64(rounds)*float64(r.budget)/float64(spent)+1))
	}
	return max(expected, r.least, rounds+1)
}

// precise tells whether every way's interval reaches at most that far from its
// median.
func (c *Comparison) precise(precision float64) bool {
	for _, s := range c.Rows {
		if summarise(s.walls()).Precision() > precision {
			return false
		}
	}
	return true
}

// Ended says in words why the comparison has ended after so many rounds.
func (c *Comparison) Ended() string {
	switch c.Stop {
	case StopPrecision:
		return fmt.Sprintf("ended when every median was known to ±%s", percent(c.Precision))
	case StopBudget:
		return fmt.Sprintf("ended when the budget of %v was spent", c.Budget)
	case StopOverrun:
		return fmt.Sprintf("ended when ten times the budget of %v was spent, with too few rounds for an interval", c.Budget)
	case StopMost:
		return fmt.Sprintf("ended after the most rounds that are made, short of ±%s", percent(c.Precision))
	}
	return "as many as asked for"
}

func percent(fraction float64) string { return fmt.Sprintf("%.3g %%", 100*fraction) }
