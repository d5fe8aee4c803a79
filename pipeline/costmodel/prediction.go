package costmodel

import (
	"time"

	"github.com/weir-pipeline/weir/pipeline/replay"
)

// Prediction is how a run would go in one way.
type Prediction struct {
	Way     Way
	Wall    time.Duration
	Steps   []StepTime      // in the order of a run; those that cost nothing are left out
	Outcome replay.Outcome  // what cores and lanes do meanwhile
	Work    replay.Workload // what was simulated, for what-ifs
}

// StepTime is the processor time, over all lanes, of one step.
type StepTime struct {
	Step    replay.Step
	CPU     time.Duration
	Blocked time.Duration // waiting for a disk, or for a process to start
}

// Spent is the processor time of a step.
func (p *Prediction) Spent(s replay.Step) time.Duration {
	for _, t := range p.Steps {
		if t.Step == s {
			return t.CPU
		}
	}
	return 0
}

// Crossover is the point from which one way is better than another. It is
// absent where Found is false: within the range that was looked at, it is never
// so.
type Crossover struct {
	Found bool
	// Always tells that it is so at the lower end of the range already; At is this
	// end then.
	Always   bool
	At       float64
	From, To float64 // the range that was looked at
}
