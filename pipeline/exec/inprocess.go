package exec

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/weir-pipeline/weir/pipeline/chain"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// Sequential runs the job in the calling goroutine, on its lane.
func Sequential(ctx context.Context, j *Job, lane *timing.Lane) error {
	return j.inProcess(ctx, lane, 0)
}

// Threads runs the job in j.Workers goroutines, each of which reads splits and
// runs the chain on what it read. The caller's lane waits.
func Threads(ctx context.Context, j *Job, lane *timing.Lane) error {
	lane.Switch(timing.Wait)
	group, ctx := errgroup.WithContext(ctx)
	for i := range j.Workers {
		group.Go(func() error {
			lane := j.newLane(inPass(fmt.Sprintf("thread %d", i+1), j.Pass), timing.Thread)
			defer j.endLane(lane)
			return j.inProcess(ctx, lane, i)
		})
	}
	return group.Wait()
}

// inProcess reads and computes until no split is left, then merges what it has.
// number tells lanes apart, from 0.
func (j *Job) inProcess(ctx context.Context, lane *timing.Lane, number int) error {
	lane.Switch(timing.Start)
	lane.Bind()
	defer lane.Unbind()
	if j.Pin {
		undo, err := timing.Pin(number)
		if err != nil {
			return fmt.Errorf("pinning lane %d to a processor: %w", number+1, err)
		}
		defer undo()
	}
	ch, err := chain.New(j.Chain, j.Catalog)
	if err != nil {
		return err
	}
	err = j.read(ctx, lane, func(c *chunk.Chunk) error {
		defer j.free(c)
		lane.Switch(timing.Compute)
		if err := guard(func() error { return ch.Run(c) }); err != nil {
			return atRow(c, err)
		}
		if err := ch.CheckSize(j.PartialLimit); err != nil {
			return err
		}
		if j.Chain.Aggregates() {
			return nil
		}
		lane.Switch(timing.Merge)
		return j.Reduce.Rows(c.Split, c.Index, ch.TakeRows(nil), lane)
	})
	if err != nil {
		return err
	}
	lane.On(-1, 0)
	lane.Switch(timing.Merge)
	ch.Settle()
	return j.Reduce.Partial(ch, lane)
}

// atRow says of which split and row of it err speaks.
func atRow(c *chunk.Chunk, err error) error {
	at := &SplitError{Split: c.Split, Err: err}
	var row *stages.RowError
	if errors.As(err, &row) {
		at.Row = c.FirstRow + int64(row.Row) + 1
	}
	return at
}
