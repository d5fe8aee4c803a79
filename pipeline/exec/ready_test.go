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
	"github.com/weir-pipeline/weir/pipeline/worker"
	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/shm"
)

// serves makes the test binary a worker.
const serves = "WEIR_TEST_SERVES"

// TestMain is the main of a program that does not serve, unless it is told to: as
// a worker it does something else for a long time.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv(procs.Env) == "":
		os.Exit(m.Run())
	case os.Getenv(serves) != "":
		worker.Main(stages.Builtin())
	}
	time.Sleep(time.Minute)
}

// nothing is a dataset without splits.
type nothing struct{}

func (nothing) Splits() int { return 0 }
func (nothing) Open(int, chunk.Memory, format.Meter) (format.Reader, error) {
	return nil, errors.New("there is no split")
}
func (nothing) Mapped(int) format.Mapped { return nil }
func (nothing) SizeBytes(int) int64      { return 0 }

// A worker that has said all it has to is gone while its words are still being
// taken in: here the reducer is busy, as with partials of millions of groups,
// for longer than a worker that does not read is given.
func TestAWorkerMayBeGoneBeforeItsPartialIsMerged(t *testing.T) {
	t.Setenv(serves, "1")
	j, arena := emptyJob(t)
	defer arena.Close()
	j.Workers = 1
	j.Reduce.mu.Lock()
	time.AfterFunc(brokenGrace+2*watchEvery+time.Second, j.Reduce.mu.Unlock)
	crew := Hire(context.Background(), Pipe(), 1, 0, arena, discard)
	if err := Processes(context.Background(), j, crew, timing.NewLane("test", timing.Coordinator, timing.Start)); err != nil {
		t.Errorf("error is %v", err)
	}
}

func TestAProgramThatDoesNotServeIsNotWaitedFor(t *testing.T) {
	j, arena := emptyJob(t)
	defer arena.Close()
	j.ReadyWithin = 200 * time.Millisecond
	crew := Hire(context.Background(), Pipe(), 2, 0, arena, discard)
	err := Processes(context.Background(), j, crew, timing.NewLane("test", timing.Coordinator, timing.Start))
	var failed *WorkerError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "pipeline.ServeWorker") {
		t.Errorf("error is %v", err)
	}
	for _, p := range crew.workers {
		if p.Usage() == (procs.Usage{}) {
			t.Errorf("%s still runs", p.Name)
		}
	}
}

var discard = slog.New(slog.NewTextHandler(io.Discard, nil))

// emptyJob counts the rows of nothing, with an arena that the caller closes.
func emptyJob(t *testing.T) (*Job, *shm.Arena) {
	t.Helper()
	spec := chain.Spec{Aggregate: "count()"}
	final, err := chain.New(spec, stages.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	arena, err := shm.NewArena(shm.Options{SizeBytes: 1 << 20, Private: true})
	if err != nil {
		t.Fatal(err)
	}
	return &Job{
		Source: nothing{}, Chain: spec, Catalog: stages.Builtin(), Memory: arena, Count: &Counters{}, Account: &timing.Account{},
		Reduce:  NewReducer(final, func([]byte) error { return nil }, 1<<20),
		Workers: 2, Readers: 1,
	}, arena
}
