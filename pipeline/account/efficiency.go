package account

import (
	"time"

	"github.com/weir-pipeline/weir/pipeline/timing"
)

// Efficiency is the run by the metrics of the POP project
// (https://pop-coe.eu/node/69), multiplicative from 0 to 1:
//
//	parallel = load balance x communication
//
// Useful is reading, decoding the input and computing. A run with fewer working lanes than
// cores cannot exceed what these lanes can use.
type Efficiency struct {
	Parallel      float64 `json:"parallel"`      // useful core time, of all core time
	LoadBalance   float64 `json:"load_balance"`  // mean useful time of a core, of the most that one lane had
	Communication float64 `json:"communication"` // that most, of the wall time
}

// useful are the causes that a perfect run would have too.
var useful = []Cause{Read, Decode, Compute, Faults}

func efficiency(a *Account) Efficiency {
	if a.Wall <= 0 || a.Cores == 0 {
		return Efficiency{}
	}
	var sum, most time.Duration
	for _, l := range a.Lanes {
		var lane time.Duration
		for _, c := range useful {
			if c == Decode && l.Role == timing.Worker {
				continue // of a codec: with nothing to hand over there is none
			}
			lane += l.Spent[c]
		}
		sum += lane
		most = max(most, lane)
	}
	mean := sum / time.Duration(a.Cores)
	most = min(max(most, mean), a.Wall)
	if most == 0 {
		return Efficiency{}
	}
	mean = min(mean, most)
	return Efficiency{
		Parallel:      float64(mean) / float64(a.Wall),
		LoadBalance:   float64(mean) / float64(most),
		Communication: float64(most) / float64(a.Wall),
	}
}

// Split tells communication efficiency apart: serialisation is what would be
// left of it if handing over cost nothing and the run took ideal, transfer the
// rest. An ideal below what the busiest lane had to do is no better than that.
func (e Efficiency) Split(wall, ideal time.Duration) (serialisation, transfer float64) {
	if wall <= 0 || ideal <= 0 || ideal > wall {
		return e.Communication, 1
	}
	transfer = max(float64(ideal)/float64(wall), e.Communication)
	return e.Communication / transfer, transfer
}
