package exec

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/storage/shm"
)

// Crew is the worker processes of a run, before they are told what to do: they
// start while the coordinator still plans.
type Crew struct {
	via     Handoff
	group   *procs.Group
	size    int
	started []chan struct{} // each is closed when its worker is there, or err
	done    chan struct{}   // closed when no more is started
	workers []*procs.Process
	err     error // of the first worker that is not there
}

// Hire starts workers that get chunks via a medium, with the arena of the run.
// It returns at once. Close the crew before the arena. Workers of a pass other
// than the first have it in their names.
func Hire(ctx context.Context, via Handoff, workers, pass int, arena *shm.Arena, logger *slog.Logger) *Crew {
	c := &Crew{
		via: via, group: procs.NewGroup(procs.Options{Logger: logger}), size: workers,
		started: make([]chan struct{}, workers), done: make(chan struct{}), workers: make([]*procs.Process, workers),
	}
	for i := range c.started {
		c.started[i] = make(chan struct{})
	}
	go func() {
		defer close(c.done)
		for i := range workers {
			if c.err == nil {
				c.workers[i], c.err = c.group.Start(ctx, inPass(fmt.Sprintf("worker %d", i+1), pass), via.files(arena)...)
			}
			close(c.started[i])
		}
	}()
	return c
}

// wait returns worker i, from 0, once it has been started.
func (c *Crew) wait(i int) (*procs.Process, error) {
	<-c.started[i]
	if c.workers[i] == nil {
		<-c.done
		return nil, c.err
	}
	return c.workers[i], nil
}

// kill ends all workers at once.
func (c *Crew) kill() {
	<-c.done
	for _, p := range c.workers {
		if p != nil {
			p.Kill()
		}
	}
}

// Close sees to it that every worker is gone. It can be called more than once.
func (c *Crew) Close() {
	<-c.done
	c.group.Close()
}

// inPass is the name of a lane in a pass over the input, from 0.
func inPass(name string, pass int) string {
	if pass == 0 {
		return name
	}
	return fmt.Sprintf("%s, pass %d", name, pass+1)
}
