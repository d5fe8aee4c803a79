// Package compare runs one job in several ways, checks that the results are
// equal bit for bit, and sets the times side by side.
package compare

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/timing"
)

// Way is one way to run the job.
type Way struct {
	Mode      pipeline.Mode
	Codec     string // pipe only
	Workers   int    // 0: the default
	ChunkRows int    // 0: the default
}

// String is the way as tables show it: mode, codec, and what was asked for.
func (w Way) String() string {
	s := string(w.Mode)
	if w.Mode == pipeline.Pipe && w.Codec != "" {
		s += "/" + w.Codec
	}
	if w.Workers > 0 && w.Mode != pipeline.Sequential {
		s += fmt.Sprintf(" x%d", w.Workers)
	}
	if w.ChunkRows > 0 {
		s += fmt.Sprintf(" @%d", w.ChunkRows)
	}
	return s
}

// Options say what to compare. The zero value compares all modes, pipe with the
// codec raw.
type Options struct {
	// Modes to compare. Default: all but auto.
	Modes []pipeline.Mode

	// Codecs to compare within mode pipe. Default: raw.
	Codecs []string

	// Workers to compare. Sequential has one whatever is asked for.
	// Default: the default of a run.
	Workers []int

	// ChunkRows to compare. Default: the default of a run.
	ChunkRows []int

	// Trials of each way. Default: 5.
	Trials int

	// Run has the options of the runs that are not compared. Its Mode, Codec,
	// Workers, ChunkRows, Rows and Progress are not used.
	Run pipeline.Options

	// Progress is called before each run. Default: nobody is told.
	Progress func(done, total int, next Way)
}

// Ways are the combinations to run, without those that are the same.
func (o Options) Ways() []Way {
	modes, codecs := orDefault(o.Modes, pipeline.Modes()...), orDefault(o.Codecs, "raw")
	var ways []Way
	for _, m := range modes {
		for _, codec := range codecs {
			if m != pipeline.Pipe {
				codec = ""
			}
			for _, workers := range orDefault(o.Workers, 0) {
				if m == pipeline.Sequential {
					workers = 0
				}
				for _, rows := range orDefault(o.ChunkRows, 0) {
					w := Way{Mode: m, Codec: codec, Workers: workers, ChunkRows: rows}
					if !slices.Contains(ways, w) {
						ways = append(ways, w)
					}
				}
			}
		}
	}
	return ways
}

func orDefault[T any](list []T, otherwise ...T) []T {
	if len(list) == 0 {
		return otherwise
	}
	return list
}

// Comparison is what came out.
type Comparison struct {
	Digest string   `json:"digest"` // of every run
	Trials int      `json:"trials"` // counted, of each way
	Rows   []Series `json:"ways"`
}

// Series is the runs of one way, in the order they were made.
type Series struct {
	Way     string            `json:"way"`
	Reports []pipeline.Report `json:"runs"`
}

// Median is the median wall time.
func (s Series) Median() time.Duration {
	return median(s.Reports, func(r pipeline.Report) time.Duration { return r.Wall })
}

// Range is the shortest and the longest wall time.
func (s Series) Range() (shortest, longest time.Duration) {
	shortest = s.Reports[0].Wall
	for _, r := range s.Reports {
		shortest, longest = min(shortest, r.Wall), max(longest, r.Wall)
	}
	return shortest, longest
}

// Spent is the median of the time that all lanes of a run spent in c.
func (s Series) Spent(c timing.Category) time.Duration {
	return median(s.Reports, func(r pipeline.Report) time.Duration { return r.Spent(c) })
}

func median(reports []pipeline.Report, of func(pipeline.Report) time.Duration) time.Duration {
	all := make([]time.Duration, len(reports))
	for i, r := range reports {
		all[i] = of(r)
	}
	slices.Sort(all)
	n := len(all)
	return (all[n/2] + all[(n-1)/2]) / 2
}

// DigestError says that two ways gave different results, which is a bug.
type DigestError struct{ A, B, DigestA, DigestB string }

func (e *DigestError) Error() string {
	return fmt.Sprintf("the results differ: %s gave %s, %s gave %s; please report this", e.A, e.DigestA, e.B, e.DigestB)
}

// Run makes the comparison. Every way runs once to warm up, uncounted; then
// the trials are interleaved, A B C A B C, so that a machine which gets slower
// or busier does so for all of them.
func Run(ctx context.Context, job pipeline.Job, o Options) (*Comparison, error) {
	ways := o.Ways()
	trials := o.Trials
	if trials == 0 {
		trials = 5
	}
	if trials < 0 {
		return nil, &pipeline.UsageError{Err: fmt.Errorf("%d trials: at least 1 is needed", trials)}
	}
	for _, in := range job.Inputs {
		if in == "-" {
			return nil, &pipeline.UsageError{Err: errors.New("standard input can be read once, a comparison reads its input many times: save it to a file")}
		}
	}
	c := &Comparison{Trials: trials}
	for _, w := range ways {
		c.Rows = append(c.Rows, Series{Way: w.String()})
	}
	for trial := -1; trial < trials; trial++ {
		for i, w := range ways {
			if o.Progress != nil {
				o.Progress((trial+1)*len(ways)+i, (trials+1)*len(ways), w)
			}
			report, err := once(ctx, job, o.Run, w)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", w, err)
			}
			if c.Digest == "" {
				c.Digest = report.Digest
			}
			if report.Digest != c.Digest {
				return nil, &DigestError{A: ways[0].String(), B: w.String(), DigestA: c.Digest, DigestB: report.Digest}
			}
			if trial >= 0 {
				c.Rows[i].Reports = append(c.Rows[i].Reports, report)
			}
		}
	}
	return c, nil
}

func once(ctx context.Context, job pipeline.Job, o pipeline.Options, w Way) (pipeline.Report, error) {
	o.Mode, o.Codec, o.Workers, o.ChunkRows = w.Mode, w.Codec, w.Workers, w.ChunkRows
	o.Rows, o.Progress = discard{}, nil
	o.StrictZeroCopy = o.StrictZeroCopy && w.Mode == pipeline.Mmap
	res, err := pipeline.Run(ctx, job, o)
	if err != nil {
		return pipeline.Report{}, err
	}
	return res.Report, nil
}
