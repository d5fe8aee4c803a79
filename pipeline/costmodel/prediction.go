package costmodel

import (
	"time"

	"github.com/weir-pipeline/weir/pipeline/replay"
)

// Prediction is how a run would go in one way.
type Prediction struct {
	Way     Way // as the run would be fitted to it
	Wall    time.Duration
	Steps   []StepTime // in the order of replay's; those that cost nothing are left out
	Chunks  int64
	Omitted []string        // what would take time and is not in Wall, because a figure is missing
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
