package exec_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline/exec"
	"github.com/weir-pipeline/weir/pipeline/timing"
)

// TestRowsComeOutInTheOrderOfTheDataset has readers and workers of random speed:
// whatever the interleaving, rows come out in order and nobody waits for ever.
func TestRowsComeOutInTheOrderOfTheDataset(t *testing.T) {
	for seed := range int64(200) {
		rng := rand.New(rand.NewSource(seed))
		chunks := make([]int, 1+rng.Intn(12)) // of each split
		var want, got []string
		for s := range chunks {
			chunks[s] = rng.Intn(4)
			for i := range chunks[s] {
				want = append(want, fmt.Sprintf("%d/%d", s, i))
			}
		}
		limit := int64(rng.Intn(12)) // some rows are as long as that alone
		r := exec.NewReducer(nil, func(rows []byte) error { got = append(got, string(rows)); return nil }, limit)

		type piece struct{ split, index int }
		pieces := make(chan piece, rng.Intn(3))
		var next atomic.Int64
		var readers, workers sync.WaitGroup
		for range 1 + rng.Intn(4) {
			readers.Add(1)
			go func(rng *rand.Rand) {
				defer readers.Done()
				for {
					s := int(next.Add(1) - 1)
					if s >= len(chunks) {
						return
					}
					check(t, r.Admit(context.Background(), s))
					for i := range chunks[s] {
						dawdle(rng)
						pieces <- piece{s, i}
					}
					check(t, r.EndSplit(s, chunks[s], testLane()))
				}
			}(rand.New(rand.NewSource(rng.Int63())))
		}
		for range 1 + rng.Intn(4) {
			workers.Add(1)
			go func(rng *rand.Rand) {
				defer workers.Done()
				for p := range pieces {
					dawdle(rng)
					check(t, r.Rows(p.split, p.index, fmt.Appendf(nil, "%d/%d", p.split, p.index), testLane()))
				}
			}(rand.New(rand.NewSource(rng.Int63())))
		}
		ended := make(chan struct{})
		go func() { readers.Wait(); close(pieces); workers.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			t.Fatalf("seed %d: a deadlock", seed)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("seed %d: rows came out as %v, want %v", seed, got, want)
		}
	}
}

func check(t *testing.T, err error) {
	if err != nil {
		t.Error(err)
	}
}

func dawdle(rng *rand.Rand) {
	if rng.Intn(4) == 0 {
		time.Sleep(time.Duration(rng.Intn(50)) * time.Microsecond)
	}
}

func TestAdmitHoldsLaterSplitsBackWhileTooMuchWaits(t *testing.T) {
	r := exec.NewReducer(nil, func([]byte) error { return nil }, 3)
	check(t, r.Rows(1, 0, []byte("four"), testLane()))

	soon, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := r.Admit(soon, 2); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("split 2 is admitted while four bytes of three wait: %v", err)
	}
	check(t, r.Admit(context.Background(), 0)) // what the others wait for never waits

	admitted := make(chan error, 1)
	go func() { admitted <- r.Admit(context.Background(), 2) }()
	select {
	case <-admitted:
		t.Error("split 2 is admitted")
	case <-time.After(20 * time.Millisecond):
	}
	check(t, r.EndSplit(0, 0, testLane()))
	select {
	case err := <-admitted:
		check(t, err)
	case <-time.After(10 * time.Second):
		t.Error("split 2 is not admitted although nothing waits")
	}
}

func TestNothingIsWrittenAfterAnErrorOfTheSink(t *testing.T) {
	full := errors.New("disk full")
	calls := 0
	r := exec.NewReducer(nil, func([]byte) error { calls++; return full }, 1<<20)
	check(t, r.Rows(0, 1, []byte("b"), testLane()))
	for _, err := range []error{r.Rows(0, 0, []byte("a"), testLane()), r.Rows(0, 2, []byte("c"), testLane()), r.EndSplit(0, 3, testLane())} {
		if !errors.Is(err, full) {
			t.Errorf("error is %v", err)
		}
	}
	if calls != 1 {
		t.Errorf("the sink was called %d times", calls)
	}
}

func testLane() *timing.Lane { return timing.NewLane("test", timing.Thread, timing.Merge) }
