// Package garbage tells the Go runtime when to collect it in a process that weir
// has to itself.
//
// The runtime's own least heap is 4 MiB, which a lane fills many times with what a
// page, a chunk or a message takes for a moment. A collection of so small a heap
// costs little marking, but much waiting: the collector spins until each goroutine
// has stopped for it, and a lane whose thread waits for a processor, or is within a
// long copy, does not. With more lanes than processors that was a fifth of the
// processor time of a short run.
package garbage

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// leastGoBytes is the least heap that the runtime collects at 100 percent.
const leastGoBytes = 4 << 20

// CollectFrom makes the collector wait until the heap has sizeBytes, however little
// of it is live; beyond, it waits until the heap is twice what is live, as always.
// Who sets GOGC in the environment has that instead. It is for main functions.
func CollectFrom(sizeBytes int64) {
	if os.Getenv("GOGC") != "" {
		return
	}
	percent := percentFor(sizeBytes, 0)
	debug.SetGCPercent(percent)
	watch(&collection{sizeBytes, percent})
}

// percentFor is the growth beyond liveBytes at which a heap has sizeBytes, or
// twice liveBytes.
func percentFor(sizeBytes, liveBytes int64) int {
	if liveBytes < leastGoBytes/2 {
		return max(100, int(sizeBytes*100/leastGoBytes)) // the runtime scales its least heap
	}
	return max(100, int(sizeBytes*100/liveBytes)-100)
}

// collection is garbage that makes itself known when it is collected.
type collection struct {
	sizeBytes int64
	percent   int // that was in force
}

func watch(c *collection) { runtime.SetFinalizer(c, (*collection).over) }

func (c *collection) over() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	percent := 100
	if live[0].Value.Kind() == metrics.KindUint64 {
		percent = percentFor(c.sizeBytes, int64(live[0].Value.Uint64()))
	}
	if percent != c.percent {
		debug.SetGCPercent(percent)
	}
	watch(&collection{c.sizeBytes, percent})
}
