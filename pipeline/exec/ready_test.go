//go:build unix

package exec

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline/chain"
	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/shm"
)

// TestMain is the main of a program that does not serve: as a worker it does
// something else for a long time.
func TestMain(m *testing.M) {
	if os.Getenv(procs.Env) != "" {
		time.Sleep(time.Minute)
	}
	os.Exit(m.Run())
}

// nothing is a dataset without splits.
type nothing struct{}

func (nothing) Splits() int { return 0 }
func (nothing) Open(int, chunk.Memory, format.Meter) (format.Reader, error) {
	return nil, errors.New("there is no split")
}
func (nothing) Mapped(int) format.Mapped { return nil }
func (nothing) SizeBytes(int) int64      { return 0 }

func TestAProgramThatDoesNotServeIsNotWaitedFor(t *testing.T) {
	spec := chain.Spec{Aggregate: "count()"}
	final, err := chain.New(spec, stages.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	arena, err := shm.NewArena(shm.Options{SizeBytes: 1 << 20, Private: true})
	if err != nil {
		t.Fatal(err)
	}
	defer arena.Close()
	j := &Job{
		Source: nothing{}, Chain: spec, Catalog: stages.Builtin(), Memory: arena, Count: &Counters{}, Account: &timing.Account{},
		Reduce:  NewReducer(final, func([]byte) error { return nil }, 1<<20),
		Workers: 2, Readers: 1, ReadyWithin: 200 * time.Millisecond,
	}
	crew := Hire(context.Background(), Pipe(), 2, arena, slog.New(slog.NewTextHandler(io.Discard, nil)))
	err = Processes(context.Background(), j, crew, timing.NewLane("test", timing.Start))
	var failed *WorkerError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "pipeline.ServeWorker") {
		t.Errorf("error is %v", err)
	}
	for _, p := range crew.workers {
		if p.Usage() == nil {
			t.Errorf("%s still runs", p.Name)
		}
	}
}
