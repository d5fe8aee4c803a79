package replay

import (
	"math"
	"slices"
	"time"
)

// Free is the run in which these steps cost nothing.
func (w Workload) Free(steps ...Step) Workload {
	ofChunk := [...]bool{StepFinish: false}
	chunks := false
	for _, step := range steps {
		switch step {
		case StepStart:
			w.Start = nil
		case StepPlan:
			w.Plan = Cost{}
		case StepOpen:
			w.Splits = slices.Clone(w.Splits)
			for i := range w.Splits {
				w.Splits[i].Open = Cost{}
			}
		case StepCombine:
			w.Combine = nil
		case StepFinish:
			w.Finish = Cost{}
		case StepRead, StepDecode, StepEncode, StepCopy, StepCompute, StepReturn, StepEmit:
			ofChunk[step], chunks = true, true
		}
	}
	if ofChunk[StepReturn] {
		w.Merge = nil
	}
	if !chunks {
		return w
	}
	return w.eachChunk(func(c *Chunk) {
		for i, cost := range c.costs() {
			if ofChunk[chunkSteps[i]] {
				*cost = Cost{}
			}
		}
	})
}

// Warm is the run whose files are in the page cache: reading, decoding and
// computing never wait for a disk.
func (w Workload) Warm() Workload {
	return w.eachChunk(func(c *Chunk) { c.Read.Blocked, c.Decode.Blocked, c.Compute.Blocked = 0, 0, 0 })
}

// WithCores is the run on so many cores.
func (w Workload) WithCores(n int) Workload {
	w.Cores = max(n, 1)
	return w
}

// WithMemory is the run in which chunks lease at most so many bytes, 0 for any.
func (w Workload) WithMemory(bytes int64) Workload {
	w.MemoryBytes = max(bytes, 0)
	return w
}

// WithLanes is the run with n lanes. Lanes that are new cost to start, merge and
// combine what the others do in the mean. With Handover there is a reader for
// each lane, but no more than splits, and the queue grows or shrinks with the
// lanes.
func (w Workload) WithLanes(n int) Workload {
	n = max(n, 1)
	before := max(w.Lanes, 1)
	w.Start = resized(w.Start, before, n)
	w.Merge = resized(w.Merge, before, n)
	w.Combine = resized(w.Combine, before, n)
	if w.Handover {
		w.Readers = max(1, min(n, len(w.Splits)))
		w.Queue = int(math.Ceil(float64(max(w.Queue, 0)) * float64(n) / float64(before)))
	}
	w.Lanes = n
	return w
}

// resized is costs, which stand for the first n of them, for m lanes.
func resized(costs []Cost, n, m int) []Cost {
	if len(costs) == 0 {
		return nil
	}
	var total Cost
	for i := range n {
		total = total.plus(at(costs, i))
	}
	mean := Cost{total.CPU / time.Duration(n), total.Blocked / time.Duration(n)}
	all := make([]Cost, m)
	for i := range all {
		all[i] = mean
		if i < n {
			all[i] = at(costs, i)
		}
	}
	return all
}

// eachChunk is w with chunks of its own that f has changed.
func (w Workload) eachChunk(f func(c *Chunk)) Workload {
	w.Splits = slices.Clone(w.Splits)
	for i := range w.Splits {
		chunks := slices.Clone(w.Splits[i].Chunks)
		for j := range chunks {
			f(&chunks[j])
		}
		w.Splits[i].Chunks = chunks
	}
	return w
}

// costs are the costs of c, in the order of chunkSteps.
func (c *Chunk) costs() [len(chunkSteps)]*Cost {
	return [...]*Cost{&c.Read, &c.Decode, &c.Encode, &c.Copy, &c.Take, &c.Compute, &c.Return, &c.Emit}
}

var chunkSteps = [...]Step{StepRead, StepDecode, StepEncode, StepCopy, StepCopy, StepCompute, StepReturn, StepEmit}
