package exec

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// Processes runs the job in the worker processes of crew, which is spent then.
// j.Readers goroutines decode; a feeder for each worker hands it chunks through
// the crew's medium as it falls idle, and a receiver takes what it returns.
//
//	reader --+             +-- feeder 1 ==> worker 1 ==> receiver 1 --+
//	reader --+-- chunks ---+                                          +-- Reducer
//	reader --+             +-- feeder 2 ==> worker 2 ==> receiver 2 --+
//
// A worker that dies fails the run. A supervisor's place is link.receive: it
// knows which chunks the worker had, and every split can be read again.
func Processes(ctx context.Context, j *Job, crew *Crew, lane *timing.Lane) error {
	lane.Switch(timing.Start)
	defer crew.Close()
	workers, err := crew.wait()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	stop := context.AfterFunc(ctx, crew.kill)
	defer stop()
	chunks := make(chan *chunk.Chunk, j.Workers)
	links := make([]*link, len(workers))
	for i, proc := range workers {
		l, err := j.startLink(proc, crew.via)
		if err != nil {
			return err
		}
		links[i] = l
		defer l.releaseAll()
	}

	var readers sync.WaitGroup
	for i := range j.Readers {
		readers.Add(1)
		group.Go(func() error {
			defer readers.Done()
			return j.onLane(fmt.Sprintf("reader %d", i+1), func(lane *timing.Lane) error {
				return j.read(ctx, lane, func(c *chunk.Chunk) error {
					lane.Switch(timing.Wait)
					select {
					case chunks <- c:
						return nil
					case <-ctx.Done():
						j.free(c)
						return ctx.Err()
					}
				})
			})
		})
	}
	go func() { readers.Wait(); close(chunks) }()
	for _, l := range links {
		group.Go(func() error {
			return j.onLane("feeder of "+l.proc.Name, func(lane *timing.Lane) error { return l.feed(ctx, chunks, lane) })
		})
		group.Go(func() error {
			return j.onLane("receiver of "+l.proc.Name, func(lane *timing.Lane) error { return l.receive(ctx, lane) })
		})
	}
	lane.Switch(timing.Wait)
	err = group.Wait()
	for c := range chunks { // a reader may have handed over a chunk that no feeder took
		j.free(c)
	}
	crew.Close()
	for _, l := range links {
		j.Count.WorkerRSSBytes.Add(procs.PeakRSSBytes(l.proc.Usage()))
	}
	return err
}

func (j *Job) onLane(name string, f func(lane *timing.Lane) error) error {
	lane := timing.NewLane(name, timing.Start)
	defer func() {
		lane.End()
		j.Account.Add(lane.Spans())
	}()
	return f(lane)
}
