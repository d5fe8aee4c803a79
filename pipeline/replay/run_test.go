package replay_test

import (
	"slices"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline/replay"
)

const ms = time.Millisecond

func cpu(n int) replay.Cost     { return replay.Cost{CPU: time.Duration(n) * ms} }
func blocked(n int) replay.Cost { return replay.Cost{Blocked: time.Duration(n) * ms} }

// splits are n splits of one chunk c each.
func splits(n int, c replay.Chunk) []replay.Split {
	all := make([]replay.Split, n)
	for i := range all {
		all[i].Chunks = []replay.Chunk{c}
	}
	return all
}

// oneSplit is a split of n chunks c.
func oneSplit(n int, c replay.Chunk) []replay.Split {
	all := replay.Split{}
	for range n {
		all.Chunks = append(all.Chunks, c)
	}
	return []replay.Split{all}
}

// slowLast is a run of one worker whose last chunk takes long to read.
func slowLast(queue int) replay.Workload {
	s := oneSplit(4, replay.Chunk{Compute: cpu(10)})
	s[0].Chunks[3].Read = cpu(25)
	return replay.Workload{Cores: 2, Lanes: 1, Readers: 1, Handover: true, Queue: queue, Ahead: 1, Splits: s}
}

func TestRunTakesAsLongAsByHand(t *testing.T) {
	read, compute := replay.Chunk{Rows: 1, Bytes: 10, Read: cpu(3)}, replay.Chunk{Rows: 1, Bytes: 10, Compute: cpu(10)}
	readCompute := replay.Chunk{Rows: 1, Bytes: 10, Read: cpu(3), Compute: cpu(10)}
	handover := replay.Workload{Cores: 8, Lanes: 1, Readers: 1, Handover: true, Queue: 1, Ahead: 2}
	with := func(w replay.Workload, change func(w *replay.Workload)) replay.Workload {
		change(&w)
		return w
	}
	for _, c := range []struct {
		name string
		w    replay.Workload
		want time.Duration
	}{
		{"nothing to do", replay.Workload{}, 0},
		{"plan and finish alone", replay.Workload{Plan: cpu(2), Finish: replay.Cost{CPU: 3 * ms, Blocked: 4 * ms}}, 9 * ms},
		{
			"every step of one lane on one core follows the one before",
			replay.Workload{
				Cores: 1, Lanes: 1, Plan: cpu(1), Start: []replay.Cost{cpu(2)}, Merge: []replay.Cost{cpu(3)}, Combine: []replay.Cost{cpu(4)}, Finish: cpu(5),
				Splits: []replay.Split{{Open: cpu(6), Chunks: []replay.Chunk{{Read: blocked(7), Decode: cpu(8), Compute: cpu(9), Return: cpu(10), Emit: cpu(11)}}}},
			}, 66 * ms,
		},
		{"threads start after the plan", replay.Workload{Cores: 2, Lanes: 2, Plan: cpu(5), Start: []replay.Cost{cpu(7), cpu(7)}}, 12 * ms},
		{"processes start while the job is planned", replay.Workload{Cores: 2, Handover: true, Plan: cpu(5), Start: []replay.Cost{cpu(7)}}, 7 * ms},
		{"and share the cores with it", replay.Workload{Cores: 1, Handover: true, Plan: cpu(5), Start: []replay.Cost{cpu(7)}}, 12 * ms},
		{"two lanes halve", replay.Workload{Cores: 2, Lanes: 2, Splits: splits(8, compute)}, 40 * ms},
		{"four lanes on two cores are no faster", replay.Workload{Cores: 2, Lanes: 4, Splits: splits(8, compute)}, 40 * ms},
		{"a split is one lane's", replay.Workload{Cores: 2, Lanes: 2, Splits: oneSplit(8, compute)}, 80 * ms},
		{"a disk is waited for side by side", replay.Workload{Cores: 1, Lanes: 4, Splits: splits(4, replay.Chunk{Read: blocked(10)})}, 10 * ms},
		{"and while another lane computes", replay.Workload{Cores: 1, Lanes: 2, Splits: splits(2, replay.Chunk{Read: blocked(10), Compute: cpu(10)})}, 30 * ms},
		{"rows go into the result under one lock", replay.Workload{Cores: 4, Lanes: 4, Splits: splits(4, replay.Chunk{Compute: cpu(5), Emit: cpu(10)})}, 45 * ms},
		{"partials are made side by side, combined one by one", replay.Workload{
			Cores: 2, Lanes: 2, Splits: splits(2, compute), Merge: []replay.Cost{cpu(3), cpu(3)}, Combine: []replay.Cost{cpu(4), cpu(4)},
		}, 21 * ms},
		{"memory for one chunk of two lanes", replay.Workload{Cores: 2, Lanes: 2, MemoryBytes: 10, Splits: splits(4, compute)}, 40 * ms},
		{"memory for no chunk lets one through at a time", replay.Workload{Cores: 2, Lanes: 2, MemoryBytes: 1, Splits: splits(4, compute)}, 40 * ms},
		{"memory goes to who asked first", replay.Workload{Cores: 3, Lanes: 3, MemoryBytes: 10, Splits: slices.Concat(
			splits(1, replay.Chunk{Bytes: 6, Compute: cpu(10)}), splits(1, replay.Chunk{Bytes: 8, Compute: cpu(10)}), splits(1, replay.Chunk{Bytes: 4, Compute: cpu(10)}),
		)}, 30 * ms},

		{"reading goes on beside computing", with(handover, func(w *replay.Workload) { w.Splits = oneSplit(4, readCompute) }), 43 * ms},
		{"but not in memory for one chunk", with(handover, func(w *replay.Workload) { w.MemoryBytes, w.Splits = 10, oneSplit(4, readCompute) }), 52 * ms},
		{"nor on one core", with(handover, func(w *replay.Workload) { w.Cores, w.Splits = 1, oneSplit(4, readCompute) }), 52 * ms},
		{"one reader of slow input holds up workers", with(handover, func(w *replay.Workload) { w.Lanes, w.Splits = 4, oneSplit(5, read) }), 15 * ms},
		{"two readers hold them up half as long", with(handover, func(w *replay.Workload) { w.Lanes, w.Readers, w.Splits = 4, 2, splits(6, read) }), 9 * ms},
		{"copies overlap with computing", with(handover, func(w *replay.Workload) {
			w.Splits = oneSplit(4, replay.Chunk{Encode: cpu(2), Copy: cpu(3), Compute: cpu(10)})
		}), 45 * ms},
		{"but not for a worker that has one chunk at once", with(handover, func(w *replay.Workload) {
			w.Ahead, w.Splits = 1, oneSplit(4, replay.Chunk{Encode: cpu(2), Copy: cpu(3), Compute: cpu(10)})
		}), 60 * ms},
		{"no queue: the reader hands over when the feeder takes", with(handover, func(w *replay.Workload) {
			w.Queue, w.Ahead, w.Splits = 0, 1, oneSplit(3, replay.Chunk{Read: cpu(10), Compute: cpu(10)})
		}), 40 * ms},
		{"a reader of no queue waits, and begins a long read late", slowLast(0), 55 * ms},
		{"a queue of one lets it begin earlier", slowLast(1), 45 * ms},
		{"a queue of two at once", slowLast(2), 40 * ms},
		{"the coordinator takes rows while workers compute", with(handover, func(w *replay.Workload) {
			w.Lanes, w.Splits = 2, splits(4, replay.Chunk{Compute: cpu(10), Emit: cpu(2)})
		}), 24 * ms},
		{"and combines one partial after the other", with(handover, func(w *replay.Workload) {
			w.Lanes, w.Merge, w.Combine = 2, []replay.Cost{cpu(1), cpu(1)}, []replay.Cost{cpu(5), cpu(6)}
		}), 12 * ms},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := replay.Run(c.w).Wall; got != c.want {
				t.Errorf("the run takes %v, want %v", got, c.want)
			}
		})
	}
}

func TestIdleCoresAreExplained(t *testing.T) {
	unevenReaders := replay.Workload{
		Cores: 4, Lanes: 2, Readers: 2, Handover: true, Ahead: 1,
		Splits: slices.Concat(oneSplit(1, replay.Chunk{Read: cpu(10)}), oneSplit(2, replay.Chunk{Read: cpu(10)})),
	}
	compute := replay.Chunk{Bytes: 10, Compute: cpu(10)}
	for _, c := range []struct {
		name string
		w    replay.Workload
		got  func(o replay.Outcome) time.Duration
		want time.Duration
	}{
		{"by the plan and the finish", replay.Workload{Cores: 3, Lanes: 3, Plan: cpu(4), Finish: cpu(1), Splits: splits(3, compute)},
			func(o replay.Outcome) time.Duration { return o.Serial }, 10 * ms},
		{"by the disk", replay.Workload{Cores: 1, Lanes: 1, Splits: splits(2, replay.Chunk{Read: blocked(5), Compute: cpu(1)})},
			func(o replay.Outcome) time.Duration { return o.Blocked }, 10 * ms},
		{"by memory", replay.Workload{Cores: 2, Lanes: 2, MemoryBytes: 10, Splits: splits(4, compute)},
			func(o replay.Outcome) time.Duration { return o.WaitMemory }, 30 * ms},
		{"by the lock", replay.Workload{Cores: 2, Lanes: 2, Splits: splits(2, replay.Chunk{Compute: cpu(1), Emit: cpu(10)})},
			func(o replay.Outcome) time.Duration { return o.WaitLock }, 10 * ms},
		{"by the lane that has one chunk more", replay.Workload{Cores: 2, Lanes: 2, Splits: splits(3, compute)},
			func(o replay.Outcome) time.Duration { return o.Imbalance }, 10 * ms},
		{"by a reader that is too slow", replay.Workload{Cores: 2, Lanes: 1, Readers: 1, Handover: true, Queue: 1, Ahead: 2, Splits: oneSplit(3, replay.Chunk{Read: cpu(10), Compute: cpu(1)})},
			func(o replay.Outcome) time.Duration { return o.WaitInput }, 28 * ms},
		{"by a reader that has one chunk more", unevenReaders, func(o replay.Outcome) time.Duration { return o.Imbalance }, 10 * ms},
		{"and by its being slow beside that", unevenReaders, func(o replay.Outcome) time.Duration { return o.WaitInput }, 30 * ms},
		{"by a lane that starts late", replay.Workload{Cores: 2, Lanes: 2, Start: []replay.Cost{{}, blocked(7)}, Splits: splits(1, compute)},
			func(o replay.Outcome) time.Duration { return o.Starting }, 7 * ms},
		{"by nobody", replay.Workload{Cores: 5, Lanes: 2, Splits: splits(2, compute)},
			func(o replay.Outcome) time.Duration { return o.Unused }, 30 * ms},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := replay.Run(c.w)
			if got := c.got(o); got != c.want {
				t.Errorf("%v of core time, want %v; outcome %+v", got, c.want, o)
			}
		})
	}
}

func TestWorkloadThatCannotBeIsTakenAsTheNearest(t *testing.T) {
	w := replay.Workload{
		Cores: -1, Lanes: -1, Readers: -1, Queue: -1, Ahead: -1, MemoryBytes: -1, Handover: true,
		Plan: cpu(-1), Start: make([]replay.Cost, 9), Finish: blocked(-5),
		Splits: oneSplit(2, replay.Chunk{Rows: -1, Bytes: -1, Read: cpu(-3), Compute: cpu(4)}),
	}
	if got := replay.Run(w).Wall; got != 8*ms {
		t.Errorf("the run takes %v, want 8ms", got)
	}
}
