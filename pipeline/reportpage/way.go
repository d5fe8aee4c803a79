package reportpage

import (
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/account"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/pipeline/htmlreport"
	"github.com/weir-pipeline/weir/pipeline/replay"
	"github.com/weir-pipeline/weir/pipeline/verdict"
)

// seriesOf is row i of a comparison.
func seriesOf(c *compare.Comparison, i int) htmlreport.Way {
	s := &c.Rows[i]
	w := wayOf(shown(s))
	w.Name, w.Verdict = s.Way.String(), word(c, i)
	w.Wall = htmlreport.Estimate{Value: s.Median().Seconds()}
	if s.Summary.Known() {
		w.Wall.Low, w.Wall.High = s.Summary.Lo.Seconds(), s.Summary.Hi.Seconds()
	}
	w.Ratio = htmlreport.Estimate{Value: s.AgainstFastest.Ratio}
	if s.AgainstFastest.Known() && i != c.Fastest {
		w.Ratio.Low, w.Ratio.High = s.AgainstFastest.Lo, s.AgainstFastest.Hi
	}
	for _, sample := range s.Samples {
		w.Samples = append(w.Samples, sample.Wall.Seconds())
	}
	for _, r := range s.Reports {
		w.PeakBytes = max(w.PeakBytes, r.PeakRSSBytes)
	}
	return w
}

// word says what row i is against the fastest.
func word(c *compare.Comparison, i int) string {
	a := c.Rows[i].AgainstFastest
	switch {
	case i == c.Fastest:
		return "fastest"
	case !a.Known():
		return "too few trials"
	case !a.Different:
		return "no difference"
	case a.Ratio < 1: // its median is not the shortest, but most of its runs are shorter
		return "faster"
	}
	return "slower"
}

// shown is the run that stands for a way.
func shown(s *compare.Series) *pipeline.Report {
	if r := s.Recorded(); r != nil {
		return r
	}
	best := 0
	for i := range s.Samples {
		if (s.Samples[i].Wall - s.Median()).Abs() < (s.Samples[best].Wall - s.Median()).Abs() {
			best = i
		}
	}
	return &s.Reports[best]
}

// wayOf is what one run tells beside its wall time.
func wayOf(r *pipeline.Report) htmlreport.Way {
	w := htmlreport.Way{
		CopiedBytes: r.Bytes.Copied, SharedBytes: r.Bytes.Shared, PeakBytes: r.PeakRSSBytes,
		Kernel: &htmlreport.KernelCounts{
			MinorFaults: r.Usage.MinorFaults, MajorFaults: r.Usage.MajorFaults,
			VoluntarySwitches: r.Usage.VoluntarySwitches, InvoluntarySwitches: r.Usage.InvoluntarySwitches,
		},
	}
	for _, s := range r.Bytes.Stages() {
		w.Stages = append(w.Stages, htmlreport.StageBytes{Stage: s.Stage, Bytes: s.Bytes, Shared: s.Shared, Copied: s.Copied})
	}
	if r.Account != nil {
		for _, c := range account.Causes() {
			if r.Account.Spent[c] < time.Microsecond {
				continue // what rounding leaves
			}
			w.Spent = append(w.Spent, htmlreport.Spent{Category: c.String(), Seconds: r.Account.Spent[c].Seconds()})
		}
	}
	if r.Trace != nil {
		w.Efficiency = efficiency(r)
		w.Lanes, w.Latencies = lanes(r.Trace), latencies(r.Trace)
	}
	return w
}

// efficiency needs to know how long the run would have taken if handing over
// cost nothing: the replay says it.
func efficiency(r *pipeline.Report) *htmlreport.Efficiency {
	if r.Account == nil || len(r.Trace.Chunks) == 0 {
		return nil
	}
	e := r.Account.Efficiency
	rec := verdict.Record(r)
	ideal := rec.Predict(rec.Workload.Free(replay.StepEncode, replay.StepCopy, replay.StepReturn))
	serialisation, transfer := e.Split(r.Wall, ideal)
	return &htmlreport.Efficiency{
		Parallel: e.Parallel, LoadBalance: e.LoadBalance, Communication: e.Communication,
		Serialisation: serialisation, Transfer: transfer,
	}
}
