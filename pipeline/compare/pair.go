package compare

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
)

// Side is one of two things that [Pair] compares: a job and how to run it.
type Side struct {
	Name    string
	Job     pipeline.Job
	Options pipeline.Options // Rows is not used
	Cache   Cache            // default: Warm
}

// Paired is what came out.
type Paired struct {
	A, B    time.Duration // medians
	Against Against       // A by B
	Reports [2][]pipeline.Report
}

// Pair runs two sides in turns, each once to warm up and then rounds times, and
// tests the difference of their times. Both have to give the same result.
func Pair(ctx context.Context, a, b Side, rounds int) (*Paired, error) {
	p := &Paired{}
	var walls [2][]time.Duration
	sides := [2]*Side{&a, &b}
	digest := ""
	for round := range rounds + 1 {
		for turn := range 2 {
			i := (turn + round) % 2 // who goes first changes
			report, err := sides[i].run(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", sides[i].Name, err)
			}
			if digest == "" {
				digest = report.Digest
			}
			if report.Digest != digest {
				return nil, &DigestError{A: a.Name, B: b.Name, DigestA: digest, DigestB: report.Digest}
			}
			if round > 0 {
				walls[i] = append(walls[i], report.Wall)
				p.Reports[i] = append(p.Reports[i], report)
			}
		}
	}
	p.A, p.B = medianOf(walls[0]), medianOf(walls[1])
	p.Against = against(walls[0], walls[1], alphaFor(2))
	return p, nil
}

func (s *Side) run(ctx context.Context) (r pipeline.Report, err error) {
	cache := s.Cache
	if cache == "" {
		cache = Warm
	}
	files, err := Files(ctx, s.Job, s.Options)
	if err != nil {
		return r, err
	}
	if _, _, err := cache.prepare(ctx, files); err != nil {
		return r, err
	}
	o := s.Options
	o.Rows = discard{}
	runtime.GC()
	res, err := pipeline.Run(ctx, s.Job, o)
	if err != nil {
		return r, err
	}
	return res.Report, nil
}
