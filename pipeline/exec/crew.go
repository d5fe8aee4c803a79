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
	started chan struct{} // closed when workers and err are final
	workers []*procs.Process
	err     error
}

// Hire starts workers that get chunks via a medium, with the arena of the run.
// It returns at once. Close the crew before the arena. Workers of a pass other
// than the first have it in their names.
func Hire(ctx context.Context, via Handoff, workers, pass int, arena *shm.Arena, logger *slog.Logger) *Crew {
	c := &Crew{via: via, group: procs.NewGroup(procs.Options{Logger: logger}), started: make(chan struct{})}
	go func() {
		defer close(c.started)
		for i := range workers {
			p, err := c.group.Start(ctx, inPass(fmt.Sprintf("worker %d", i+1), pass), via.files(arena)...)
			if err != nil {
				c.err = err
				return
			}
			c.workers = append(c.workers, p)
		}
	}()
	return c
}

// wait returns the workers once all have been started.
func (c *Crew) wait() ([]*procs.Process, error) {
	<-c.started
	return c.workers, c.err
}

// kill ends all workers at once.
func (c *Crew) kill() {
	<-c.started
	for _, p := range c.workers {
		p.Kill()
	}
}

// Close sees to it that every worker is gone. It can be called more than once.
func (c *Crew) Close() {
	<-c.started
	c.group.Close()
}

// inPass is the name of a lane in a pass over the input, from 0.
func inPass(name string, pass int) string {
	if pass == 0 {
		return name
	}
	return fmt.Sprintf("%s, pass %d", name, pass+1)
}
