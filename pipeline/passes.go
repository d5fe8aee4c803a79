package pipeline

import (
	"context"

	"github.com/weir-pipeline/weir/pipeline/chain"
	"github.com/weir-pipeline/weir/pipeline/exec"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/stages/agg"
)

// A run reads its dataset once, unless values in order, such as a quantile needs,
// took more memory than they may, or drifted away from those that were kept. Lanes
// count what they do not keep, and the dataset is read again for the values in the
// ranges that matter:
//
//	pass 1   the whole chain; values that do not fit are counted
//	pass 2   where, derive, and the arguments of quantiles; values in a few ranges
//	...      until all values are known, mostly after two
//
// Everything else has its result from the first pass.

// pass reads the dataset of p once and merges what lanes aggregate into final.
func (r *run) pass(ctx context.Context, p *plan, final *chain.Chain, emit func(rows []byte) error) error {
	var sizeBytes int64
	for _, s := range p.splits {
		sizeBytes += s.SizeBytes
	}
	r.totalBytes.Add(sizeBytes)
	job := &exec.Job{
		Source: source{p}, Chain: p.spec, Catalog: *r.options.Catalog, Memory: r.arena,
		Reduce:  exec.NewReducer(final, emit, r.budget.rowsWaitingBytes),
		Account: &r.account, Count: &r.count, Logger: r.options.Logger,
		Pass: r.passes, FirstSplit: p.firstSplit,
		Workers: r.workers, Readers: r.readers, Codec: r.options.Codec,
		WorkerLimit: r.budget.workerBytes, PartialLimit: r.budget.partialBytes,
		StrictZeroCopy: r.options.StrictZeroCopy, Pin: r.options.Pin, Profile: r.profile,
	}
	r.passes++
	if err := r.execute(ctx, job); err != nil {
		return p.explain(ctx, err)
	}
	return ctx.Err()
}

// merging is a chain of a plan that lanes' partials are merged into.
func (r *run) merging(p *plan) (*chain.Chain, error) {
	spec := p.spec
	spec.KeepBytes = r.budget.mergedBytes
	return chain.New(spec, *r.options.Catalog)
}

// refine reads the dataset as often as it takes to know the values that final
// lacks, and adds them.
func (r *run) refine(ctx context.Context, final *chain.Chain) error {
	r.lane.Switch(timing.Merge)
	known, err := final.Refine(nil)
	if known == nil || err != nil {
		return err
	}
	for p := r.plan; !known.Known(); {
		r.lane.Switch(timing.Start)
		if p, err = p.narrow(known, r.options); err != nil {
			return err
		}
		r.options.Logger.Debug("reading again: values in order were not kept, for there were too many or they drifted", "pass", r.passes+1, "columns", len(p.spec.Columns))
		if r.mode.processes() {
			r.startCrew(ctx)
		}
		merged, err := r.merging(p)
		if err != nil {
			return err
		}
		if err := r.pass(ctx, p, merged, nil); err != nil {
			return err
		}
		r.lane.Switch(timing.Merge)
		if known, err = merged.Refine(known); err != nil {
			return err
		}
	}
	return final.Complete(known)
}

// narrow is the plan of the next pass over the dataset of p.
func (p *plan) narrow(known *agg.Refinement, o Options) (*plan, error) {
	next := *p
	next.firstSplit += len(p.splits)
	next.spec.Refine = known
	var columns []int
	var err error
	if next.spec, columns, _, err = chain.Plan(next.spec, *o.Catalog); err != nil {
		return nil, err
	}
	next.request.Columns = make([]int, len(columns))
	for i, c := range columns {
		next.request.Columns[i] = p.request.Columns[c]
	}
	next.splits, err = p.dataset.Splits(next.request)
	return &next, err
}
