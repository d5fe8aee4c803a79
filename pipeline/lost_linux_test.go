package pipeline_test

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
)

// TestAWorkerThatFailsEndsTheRun has workers that do everything wrong that can
// be done wrong, one thing at a time. The run names the worker and leaves
// nothing behind.
func TestAWorkerThatFailsEndsTheRun(t *testing.T) {
	path := arrowTable(t, 20_000)
	for _, mode := range []pipeline.Mode{pipeline.Pipe, pipeline.Mmap} {
		for _, wrong := range wrongs {
			t.Run(string(mode)+", "+wrong.name, func(t *testing.T) {
				t.Setenv(misbehaviour, wrong.name)
				lost(t, pipeline.Job{Inputs: []string{path}, Select: "id, x"}, pipeline.Options{Mode: mode}, wrong.want)
			})
		}
		for _, wrong := range []struct{ name, want string }{
			{"returns a malformed partial", "worker "},
			{"dies in the middle of the partial", "killed"},
		} {
			t.Run(string(mode)+", "+wrong.name, func(t *testing.T) {
				t.Setenv(misbehaviour, wrong.name)
				lost(t, pipeline.Job{Inputs: []string{path}, Aggregate: "sum(x)", By: "k"}, pipeline.Options{Mode: mode}, wrong.want)
			})
		}
	}
}

func lost(t *testing.T, job pipeline.Job, o pipeline.Options, want string) {
	t.Helper()
	leavesNothing(t)
	began := time.Now()
	o.Workers, o.ChunkRows = 2, 1000
	_, err := pipeline.Run(context.Background(), job, o)
	if err == nil {
		t.Fatal("the run succeeds")
	}
	if class := pipeline.Classify(err); class != pipeline.WorkerLost {
		t.Errorf("class %d of %v", class, err)
	}
	if text := err.Error(); !strings.Contains(text, want) || !strings.Contains(text, "worker ") {
		t.Errorf("error is %q, want %q and the worker's name in it", text, want)
	}
	if strings.Contains(err.Error(), "leases") {
		t.Errorf("chunks were not released: %v", err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestARunWithAWorkerThatHangsEndsWithItsContext(t *testing.T) {
	path := arrowTable(t, 20_000)
	for _, mode := range []pipeline.Mode{pipeline.Pipe, pipeline.Mmap} {
		for _, how := range []string{"hangs", "sleeps"} {
			t.Run(string(mode)+", "+how, func(t *testing.T) {
				t.Setenv(misbehaviour, how)
				leavesNothing(t)
				ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
				defer cancel()
				_, err := pipeline.Run(ctx, pipeline.Job{Inputs: []string{path}, Aggregate: "count()"}, pipeline.Options{Mode: mode, Workers: 2})
				if class := pipeline.Classify(err); class != pipeline.Interrupted {
					t.Errorf("class %d of %v", class, err)
				}
			})
		}
	}
}

// TestWorkersDieWithTheirCoordinator kills a coordinator in the middle of a run.
// A worker that sleeps is ended by the kernel, one that reads by the end of its
// input.
func TestWorkersDieWithTheirCoordinator(t *testing.T) {
	path := arrowTable(t, 1_000)
	for _, how := range []string{"hangs", "sleeps"} {
		t.Run(how, func(t *testing.T) {
			dir := t.TempDir()
			coordinator := exec.Command("/proc/self/exe")
			coordinator.Env = append(os.Environ(), coordinated+"="+path, misbehaviour+"="+how, pidDir+"="+dir)
			if err := coordinator.Start(); err != nil {
				t.Fatal(err)
			}
			defer coordinator.Wait()
			defer coordinator.Process.Kill()
			workers := func() (pids []int) {
				entries, _ := os.ReadDir(dir)
				for _, e := range entries {
					pid, _ := strconv.Atoi(e.Name())
					pids = append(pids, pid)
				}
				return pids
			}
			if !within(20*time.Second, func() bool { return len(workers()) == 2 }) {
				t.Fatal("the coordinator has not started its workers")
			}
			coordinator.Process.Kill()
			coordinator.Wait()
			for _, pid := range workers() {
				if !within(10*time.Second, func() bool { return syscall.Kill(pid, 0) == syscall.ESRCH || isZombie(pid) }) {
					t.Errorf("worker %d outlives its coordinator", pid)
				}
			}
		})
	}
}

// isZombie tells whether a process has ended and waits for whoever has to
// take note of it: in a container without an init that is for ever.
func isZombie(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func within(limit time.Duration, f func() bool) bool {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if f() {
			return true
		}
	}
	return f()
}
