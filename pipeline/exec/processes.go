package exec

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

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
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	stop := context.AfterFunc(ctx, crew.kill)
	defer stop()

	chunks := make(chan *chunk.Chunk, j.Workers)
	var readers sync.WaitGroup
	for i := range j.Readers { // they begin while the workers still start
		readers.Add(1)
		group.Go(func() error {
			defer readers.Done()
			lane := j.newLane(inPass(fmt.Sprintf("reader %d", i+1), j.Pass), timing.Reader)
			defer j.endLane(lane)
			lane.Bind()
			return j.read(ctx, lane, func(c *chunk.Chunk) error { return j.queue(ctx, chunks, c, lane) })
		})
	}
	go func() { readers.Wait(); close(chunks) }()
	var links []*link
	defer func() {
		for _, l := range links {
			l.releaseAll()
		}
	}()
	for i := range crew.size {
		lane.Switch(timing.WaitWorker)
		proc, err := crew.wait(i)
		lane.Switch(timing.Start)
		var l *link
		if err == nil {
			l, err = j.startLink(proc, crew.via, i)
		}
		if err != nil {
			group.Go(func() error { return err }) // which ends the readers
			break
		}
		links = append(links, l)
		group.Go(func() error {
			lane := j.newLane("receiver of "+l.proc.Name, timing.Receiver)
			defer j.endLane(lane)
			return l.receive(ctx, lane)
		})
	}
	// The first chunks are shared out when all workers are there: who came first
	// would take as many as it may have ahead, which can be most of a short job.
	for _, l := range links {
		group.Go(func() error {
			lane := j.newLane("feeder of "+l.proc.Name, timing.Feeder)
			defer j.endLane(lane)
			return l.feed(ctx, chunks, lane)
		})
	}
	lane.Switch(timing.Wait)
	err := group.Wait()
	for c := range chunks { // a reader may have handed over a chunk that no feeder took
		j.free(c)
	}
	lane.Switch(timing.WaitWorker)
	crew.Close()
	for _, l := range links {
		j.Count.worker(l.proc.Usage())
	}
	return err
}

// queue hands a chunk over to whichever feeder is ready. A goroutine that waits
// bound to its thread would take a context switch to wake up.
func (j *Job) queue(ctx context.Context, chunks chan<- *chunk.Chunk, c *chunk.Chunk, lane *timing.Lane) error {
	lane.Switch(timing.WaitWorker)
	select {
	case chunks <- c:
		return nil
	default:
	}
	lane.Unbind()
	defer lane.Bind()
	select {
	case chunks <- c:
		return nil
	case <-ctx.Done():
		j.free(c)
		return ctx.Err()
	}
}
