package machine

import (
	"context"
	"time"

	"github.com/weir-pipeline/weir/pipeline/procs"
)

// Spawn is what a worker process costs before it does any work.
type Spawn struct {
	// WallSeconds is from the call that makes pipes and starts a process of the
	// program to the arrival of its ready, with a chain of one column and one
	// aggregate in its hello; one process at a time, in mode pipe.
	WallSeconds Figure `json:"wall_s"`

	// CoordinatorCPUSeconds is the processor time of this whole process over that
	// time; what other goroutines of the program do then is counted too.
	CoordinatorCPUSeconds *Figure `json:"coordinator_cpu_s,omitempty"`

	// WorkerCPUSeconds is what the kernel says the worker used in its life: from
	// its creation to its end, by a kill right after it was ready.
	WorkerCPUSeconds Figure `json:"worker_cpu_s"`

	// EndSeconds is from a kill right after it was ready until nothing of it is left.
	EndSeconds Figure `json:"end_s"`

	// AtOnce is the number of processes that are started together, one call after
	// another, and AtOnceWallSeconds is from the first call to the last ready. Nil:
	// there was no time for it.
	AtOnce            int     `json:"at_once"`
	AtOnceWallSeconds *Figure `json:"at_once_wall_s,omitempty"`
}

// MeasureSpawn starts processes one at a time, then several at once.
func MeasureSpawn(ctx context.Context, o Options) (*Spawn, error) {
	if err := notWorker(); err != nil {
		return nil, err
	}
	ctx, cancel := o.limit(ctx)
	defer cancel()
	s, left, err := measureSpawn(ctx, o)
	left.close()
	return s, wrap("the start of a process", err)
}

// measureSpawn also returns the last workers that it started at once, ready, for
// the caller to close. There may be none.
func measureSpawn(ctx context.Context, o Options) (_ *Spawn, left *crew, err error) {
	defer func() {
		if err != nil {
			left.close()
			left = nil
		}
	}()
	began := time.Now()
	var wall, coordinator, worker, end, together series
	for p := newPace(o.budget()/2, 3); p.another(ctx); {
		before := procs.Self().CPU
		one, took, err := startCrew(ctx, o, "pipe")
		if err != nil {
			return nil, nil, err
		}
		after := procs.Self().CPU
		closing := time.Now()
		one.close()
		end.addTime(time.Since(closing), 1)
		wall.add(took.Seconds())
		worker.add(one.links[0].proc.Usage().CPU.Seconds())
		if before > 0 { // the system counts it
			coordinator.add((after - before).Seconds())
		}
	}
	if len(wall) == 0 {
		return nil, nil, ended(ctx)
	}
	modes := []string{"mmap", "pipe"}
	for len(modes) < o.workers() {
		modes = append(modes, "pipe")
	}
	modes = modes[:o.workers()]
	for p := newPace(o.budget()-time.Since(began), 3); p.another(ctx); {
		left.close()
		var took time.Duration
		left, took, err = startCrew(ctx, o, modes...)
		if ctx.Err() != nil {
			break // what one process takes is known
		}
		if err != nil {
			return nil, left, err
		}
		together.add(took.Seconds())
	}
	return &Spawn{
		WallSeconds: wall.figure(), CoordinatorCPUSeconds: coordinator.optional(), WorkerCPUSeconds: worker.figure(),
		EndSeconds: end.figure(), AtOnce: len(modes), AtOnceWallSeconds: together.optional(),
	}, left, nil
}
