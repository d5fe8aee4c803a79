package compare

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/environment"
	"github.com/weir-pipeline/weir/pipeline/timing"
)

// Comparison is what came out.
type Comparison struct {
	Digest string // of every run
	Rows   []Series
	Trials int  // rounds, counted runs of each way
	Stop   Stop // why there are no more

	// Fastest is the row with the shortest median.
	Fastest int

	// Alpha is the level of each test: the probability that two equal ways are
	// called different. LeastTrials are needed for an interval and a difference.
	Alpha       float64
	LeastTrials int

	Precision float64       // that was asked for, a fraction of the median
	Budget    time.Duration // of the rounds
	Seed      uint64        // of their order
	Cache     Cache

	Began       time.Time // of the first run
	Environment environment.Environment
	Command     []string // the command line, where there is one
}

// Series is the runs of one way, in the order they were made.
type Series struct {
	Way     Way
	Samples []Sample
	Reports []pipeline.Report // of the same runs
	Summary Summary           // of their wall times

	AgainstFastest Against
	AgainstFirst   Against
}

// Sample is what was measured of one run.
type Sample struct {
	Round    int           // from 1
	Position int           // within the round, from 1
	Wall     time.Duration // of the run

	// Found is the fraction of the inputs' bytes that was in the page cache when
	// it was the run's turn, Resident the one when the run began, after the cache
	// was warmed or emptied. NotKnown where the system does not tell.
	Found, Resident float64
}

// Recorded is, of the runs whose traces are kept, the one with the wall time
// nearest to the median; nil if there is none.
func (s *Series) Recorded() *pipeline.Report {
	if i := s.nearestMedian(); i >= 0 && s.Reports[i].Trace != nil {
		return &s.Reports[i]
	}
	return nil
}

// dropTraces frees the traces of runs that will not be shown: those of tiny
// chunks take tens of megabytes. The three nearest to the median so far are
// kept, as more runs may move it.
func (s *Series) dropTraces() {
	median := medianOf(s.walls())
	var order []int // runs that have theirs still
	for i := range s.Reports {
		if s.Reports[i].Trace != nil {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return int((s.Samples[a].Wall - median).Abs() - (s.Samples[b].Wall - median).Abs())
	})
	for _, i := range order[min(3, len(order)):] {
		s.Reports[i].Trace = nil
	}
}

// nearestMedian is the recorded run nearest to the median, or -1.
func (s *Series) nearestMedian() int {
	median, best := medianOf(s.walls()), -1
	for i := range s.Reports {
		if s.Reports[i].Trace == nil {
			continue
		}
		if best < 0 || (s.Samples[i].Wall-median).Abs() < (s.Samples[best].Wall-median).Abs() {
			best = i
		}
	}
	return best
}

func medianOf(all []time.Duration) time.Duration {
	all = slices.Clone(all)
	slices.Sort(all)
	n := len(all)
	return (all[n/2] + all[(n-1)/2]) / 2
}

// Median is the median wall time.
func (s Series) Median() time.Duration { return s.Summary.Median }

// Spent is the median of the time that all lanes of a run spent in c.
func (s Series) Spent(c timing.Category) time.Duration {
	return s.median(func(r pipeline.Report) time.Duration { return r.Spent(c) })
}

// CPU is the median of the processor time of a run.
func (s Series) CPU() time.Duration {
	return s.median(func(r pipeline.Report) time.Duration { return r.Usage.CPU })
}

func (s Series) median(of func(pipeline.Report) time.Duration) time.Duration {
	all := make([]time.Duration, len(s.Reports))
	for i, r := range s.Reports {
		all[i] = of(r)
	}
	return medianOf(all)
}

func (s Series) walls() []time.Duration {
	walls := make([]time.Duration, len(s.Samples))
	for i, sample := range s.Samples {
		walls[i] = sample.Wall
	}
	return walls
}

// conclude fills in what follows from the samples.
func (c *Comparison) conclude() {
	for i := range c.Rows {
		c.Rows[i].Summary = summarise(c.Rows[i].walls())
		if c.Rows[i].Median() < c.Rows[c.Fastest].Median() {
			c.Fastest = i
		}
	}
	for i := range c.Rows {
		c.Rows[i].AgainstFastest = c.Against(i, c.Fastest)
		c.Rows[i].AgainstFirst = c.Against(i, 0)
	}
}

// Against tests row i against row j.
func (c *Comparison) Against(i, j int) Against {
	if i == j {
		return Against{Ratio: 1, Lo: 1, Hi: 1, Confidence: 1, P: 1}
	}
	return against(c.Rows[i].walls(), c.Rows[j].walls(), c.Alpha)
}

// Resident is the least and the most of the inputs that a counted run found in
// the page cache when it began, as fractions, or NotKnown.
func (c *Comparison) Resident() (least, most float64) {
	least, most = 1, NotKnown
	for _, s := range c.Rows {
		for _, sample := range s.Samples {
			least, most = min(least, sample.Resident), max(most, sample.Resident)
		}
	}
	return least, most
}

// MarshalJSON writes everything that was measured, times in seconds.
func (c Comparison) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Digest      string                  `json:"digest"`
		Trials      int                     `json:"trials"`
		Stop        Stop                    `json:"stop"`
		Fastest     string                  `json:"fastest"`
		Alpha       float64                 `json:"alpha"`
		LeastTrials int                     `json:"least_trials"`
		Precision   float64                 `json:"precision"`
		Budget      float64                 `json:"budget_s"`
		Seed        uint64                  `json:"seed"`
		Cache       Cache                   `json:"cache"`
		Began       time.Time               `json:"began"`
		Environment environment.Environment `json:"environment"`
		Command     []string                `json:"command,omitempty"`
		Rows        []Series                `json:"ways"`
	}{
		c.Digest, c.Trials, c.Stop, c.Rows[c.Fastest].Way.String(), c.Alpha, c.LeastTrials,
		c.Precision, c.Budget.Seconds(), c.Seed, c.Cache, c.Began, c.Environment, c.Command, c.Rows,
	})
}

// MarshalJSON writes the way as its text and its parts.
func (s Series) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Way            string            `json:"way"`
		Mode           pipeline.Mode     `json:"mode"`
		Codec          string            `json:"codec,omitempty"`
		Workers        int               `json:"workers,omitempty"`
		ChunkRows      int               `json:"chunk_rows,omitempty"`
		Summary        Summary           `json:"summary"`
		AgainstFastest Against           `json:"against_fastest"`
		AgainstFirst   Against           `json:"against_first"`
		Samples        []Sample          `json:"samples"`
		Reports        []pipeline.Report `json:"runs"`
	}{
		s.Way.String(), s.Way.Mode, s.Way.Codec, s.Way.Workers, s.Way.ChunkRows,
		s.Summary, s.AgainstFastest, s.AgainstFirst, s.Samples, s.Reports,
	})
}

// MarshalJSON writes null for what is not known.
func (s Summary) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Median     float64  `json:"median_s"`
		Lo         *float64 `json:"lo_s"`
		Hi         *float64 `json:"hi_s"`
		Confidence float64  `json:"confidence"`
	}{s.Median.Seconds(), known(s.Lo.Seconds(), s.Known()), known(s.Hi.Seconds(), s.Known()), s.Confidence})
}

// MarshalJSON writes null for what is not known.
func (a Against) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Ratio      float64  `json:"ratio"`
		Lo         *float64 `json:"lo"`
		Hi         *float64 `json:"hi"`
		Confidence float64  `json:"confidence"`
		P          float64  `json:"p"`
		Different  bool     `json:"different"`
	}{a.Ratio, known(a.Lo, a.Known()), known(a.Hi, a.Known()), a.Confidence, a.P, a.Different})
}

// MarshalJSON writes null for what is not known.
func (s Sample) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Round    int      `json:"round"`
		Position int      `json:"position"`
		Wall     float64  `json:"wall_s"`
		Found    *float64 `json:"found_resident"`
		Resident *float64 `json:"resident"`
	}{s.Round, s.Position, s.Wall.Seconds(), known(s.Found, s.Found != NotKnown), known(s.Resident, s.Resident != NotKnown)})
}

func known(v float64, is bool) *float64 {
	if !is {
		return nil
	}
	return &v
}
