package timing_test

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weir-pipeline/weir/pipeline/timing"
)

func TestAPinnedThreadHasOneProcessorUntilItIsUndone(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := affinity(t)
	seen := map[unix.CPUSet]bool{}
	for n := range 2 * before.Count() {
		undo, err := timing.Pin(n)
		if err != nil {
			t.Fatal(err)
		}
		now := affinity(t)
		if now.Count() != 1 {
			t.Errorf("pinned for the %d-th time it may use %d processors", n, now.Count())
		}
		seen[now] = true
		undo()
		if affinity(t) != before {
			t.Fatal("the processors are not given back")
		}
	}
	if len(seen) != before.Count() {
		t.Errorf("%d of %d processors were used", len(seen), before.Count())
	}
}

func affinity(t *testing.T) (set unix.CPUSet) {
	t.Helper()
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	return set
}
