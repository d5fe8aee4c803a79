package pipeline

import (
	"context"
	"errors"

	"github.com/weir-pipeline/weir/pipeline/timing"
)

// Columns are the names of the columns that the job reads, in the order of the
// dataset. There are none if it only counts rows.
func Columns(ctx context.Context, job Job, o Options) (_ []string, err error) {
	if err := Validate(job, o); err != nil {
		return nil, err
	}
	p, err := newPlan(ctx, job, o.withDefaults(), timing.NewLane("coordinator", timing.Coordinator, timing.Start))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.dataset.Close()) }()
	var names []string
	for _, f := range p.spec.Columns {
		names = append(names, f.Name)
	}
	return names, nil
}
