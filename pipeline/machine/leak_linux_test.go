package machine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline/machine"
)

// TestNothingIsLeftBehind counts goroutines, descriptors, mappings of memory that
// others can map, and child processes before and after a measurement.
func TestNothingIsLeftBehind(t *testing.T) {
	data := input(t, 4<<20)
	for name, o := range map[string]machine.Options{
		"success":               {Budget: ample, Input: data},
		"one process at a time": {Budget: ample, Workers: 1},
		"the usual budget":      {Input: data},
		"hardly any budget":     {Budget: 3 * time.Millisecond, Input: data},
	} {
		t.Run(name, func(t *testing.T) {
			leavesNothing(t)
			c, err := machine.Measure(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			if o.Budget == ample && (c.Spawn == nil || len(c.Handovers) != 2) {
				t.Errorf("measured\n%v", c)
			}
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		leavesNothing(t)
		ctx, cancel := context.WithTimeout(context.Background(), 8*time.Millisecond)
		defer cancel()
		if _, err := machine.Measure(ctx, machine.Options{Budget: ample}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
	})
}

// TestAProgramThatIsNoWorker is given up with a reason, whatever it does instead.
func TestAProgramThatIsNoWorker(t *testing.T) {
	for _, c := range []struct {
		name   string
		budget time.Duration
		path   string
		args   []string
		want   string
	}{
		{"it sleeps", 300 * time.Millisecond, "/bin/sleep", []string{"60"}, "no time left in the budget"},
		{"it ends", ample, "/bin/true", nil, "worker 1 (pid "},
		{"it prints", ample, "/bin/sh", []string{"-c", "echo no worker; exit 3"}, "its last words: no worker"},
		{"it says nonsense", ample, "/bin/sh", []string{"-c", "echo nonsense >&4; sleep 60"}, "nonsense"},
		{"it says bye", ample, "/bin/sh", []string{"-c", `echo '{"type":"bye"}' >&4; sleep 60`}, `"bye" with 0 bytes where "ready" has to come`},
		{"it says that it failed", ample, "/bin/sh", []string{"-c", `echo '{"type":"error","message":"no room"}' >&4; sleep 60`}, "worker 1: no room"},
		{"it is not there", ample, "/nowhere", nil, "/nowhere"},
	} {
		t.Run(c.name, func(t *testing.T) {
			leavesNothing(t)
			o := machine.Options{Budget: c.budget, Program: c.path, Args: c.args}
			s, err := machine.MeasureSpawn(context.Background(), o)
			if s != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v, error is %v", s, err)
			}
		})
	}
}

// TestWhatNeedsNoProcessIsMeasuredWithoutThem: a program that is no worker costs
// the figures of processes, not the others.
func TestWhatNeedsNoProcessIsMeasuredWithoutThem(t *testing.T) {
	c, err := machine.Measure(context.Background(), machine.Options{Budget: ample, Program: "/bin/true", Input: input(t, 1<<20)})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Missing) != 2 || c.Spawn != nil || c.Handovers != nil || c.Switch == nil || c.Scan == nil || c.Arena == nil || c.Copies == nil {
		t.Errorf("measured\n%v", c)
	}
}

// TestALyingWorkerIsNotBelieved: handing over ends with an error where a worker
// says that chunks are done which it does not have.
func TestALyingWorkerIsNotBelieved(t *testing.T) {
	leavesNothing(t)
	script := `echo '{"type":"ready","version":1}' >&4; read hello <&3; read next <&3; echo '{"type":"done","id":7}' >&4; sleep 60`
	_, err := machine.MeasureHandovers(context.Background(), machine.Options{Budget: ample, Program: "/bin/sh", Args: []string{"-c", script}})
	if err == nil || !strings.Contains(err.Error(), "chunk 7 is done, which it does not have") {
		t.Errorf("error is %v", err)
	}
}

// leavesNothing fails the test if it ends with more than there is now.
func leavesNothing(t *testing.T) {
	t.Helper()
	before := holdings()
	t.Cleanup(func() {
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			if !holdings().more(before) {
				return
			}
		}
		stacks := make([]byte, 1<<16)
		stacks = stacks[:runtime.Stack(stacks, true)]
		t.Errorf("before %v\n after %v\n%s", before, holdings(), stacks)
	})
}

type held struct {
	goroutines, children, mappings int
	files                          []string
}

func (h held) String() string {
	return fmt.Sprintf("%d goroutines, %d children, %d mappings, %d files %q", h.goroutines, h.children, h.mappings, len(h.files), h.files)
}

func (h held) more(than held) bool {
	return h.goroutines > than.goroutines || h.children > than.children || h.mappings > than.mappings || len(h.files) > len(than.files)
}

func holdings() held {
	h := held{goroutines: runtime.NumGoroutine()}
	fds, _ := filepath.Glob("/proc/self/fd/*")
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil {
			h.files = append(h.files, to)
		}
	}
	maps, _ := os.ReadFile("/proc/self/maps")
	h.mappings = strings.Count(string(maps), "memfd:weir") + strings.Count(string(maps), "/input\n")
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, s := range stats {
		text, _ := os.ReadFile(s)
		if _, rest, ok := strings.Cut(string(text), ") "); ok {
			var state string
			var parent int
			if fmt.Sscan(rest, &state, &parent); parent == os.Getpid() {
				h.children++
			}
		}
	}
	return h
}
