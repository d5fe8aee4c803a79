package replay_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
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

// random is any workload that a run could have.
func random(seed uint64) replay.Workload {
	r := rand.New(rand.NewPCG(seed, 1))
	cost := func() replay.Cost {
		var c replay.Cost
		if r.IntN(3) > 0 {
			c.CPU = time.Duration(r.IntN(5_000_000))
		}
		if r.IntN(4) == 0 {
			c.Blocked = time.Duration(r.IntN(5_000_000))
		}
		return c
	}
	costs := func(n int) []replay.Cost {
		all := make([]replay.Cost, r.IntN(n+1))
		for i := range all {
			all[i] = cost()
		}
		return all
	}
	w := replay.Workload{
		Cores: 1 + r.IntN(5), Lanes: 1 + r.IntN(7), Readers: 1 + r.IntN(4), Handover: r.IntN(2) == 0,
		Queue: r.IntN(4), Ahead: 1 + r.IntN(4), Plan: cost(), Finish: cost(),
	}
	w.Start, w.Merge, w.Combine = costs(w.Lanes), costs(w.Lanes), costs(w.Lanes)
	if r.IntN(2) == 0 {
		w.MemoryBytes = int64(1 + r.IntN(200))
	}
	rows := r.IntN(2) == 0
	for range r.IntN(10) {
		s := replay.Split{Open: cost()}
		for range r.IntN(8) {
			c := replay.Chunk{
				Rows: r.IntN(100), Bytes: int64(r.IntN(100)),
				Read: cost(), Decode: cost(), Compute: cost(), Return: cost(),
			}
			if w.Handover {
				c.Encode, c.Copy, c.Take = cost(), cost(), cost()
			}
			if rows {
				c.Emit = cost()
			}
			s.Chunks = append(s.Chunks, c)
		}
		w.Splits = append(w.Splits, s)
	}
	return w
}

const randomWorkloads = 2000

// forRandom calls f with every random workload and its cost by step.
func forRandom(t *testing.T, f func(t *testing.T, w replay.Workload)) {
	for seed := range uint64(randomWorkloads) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { f(t, random(seed)) })
		if t.Failed() {
			return
		}
	}
}

// costs are all that a workload costs, in any order.
func costs(w replay.Workload) []replay.Cost {
	all := append([]replay.Cost{w.Plan, w.Finish}, w.Start...)
	all = append(append(all, w.Merge...), w.Combine...)
	for _, s := range w.Splits {
		all = append(all, s.Open)
		for _, c := range s.Chunks {
			all = append(all, chunkCosts(c)...)
		}
	}
	return all
}

func chunkCosts(c replay.Chunk) []replay.Cost {
	return []replay.Cost{c.Read, c.Decode, c.Encode, c.Copy, c.Take, c.Compute, c.Return, c.Emit}
}

func sum(costs ...replay.Cost) (total replay.Cost) {
	for _, c := range costs {
		total.CPU += c.CPU
		total.Blocked += c.Blocked
	}
	return total
}

func elapsed(costs ...replay.Cost) time.Duration {
	total := sum(costs...)
	return total.CPU + total.Blocked
}

// near allows for the rounding of a few numbers to nanoseconds.
func near(a, b time.Duration) bool { return (a - b).Abs() <= 20 }

func TestLawsOfARun(t *testing.T) {
	forRandom(t, func(t *testing.T, w replay.Workload) {
		o := replay.Run(w)
		all := sum(costs(w)...)
		if !near(o.Busy, all.CPU) {
			t.Errorf("cores are busy for %v with work of %v", o.Busy, all.CPU)
		}
		if least := all.CPU / time.Duration(w.Cores); o.Wall < least {
			t.Errorf("%d cores do %v in %v", w.Cores, all.CPU, o.Wall)
		}
		if most := all.CPU + all.Blocked; o.Wall > most+20 {
			t.Errorf("the run takes %v, more than everything in turn, %v", o.Wall, most)
		}
		for _, s := range w.Splits {
			path := []replay.Cost{w.Plan, s.Open, w.Finish}
			for _, c := range s.Chunks {
				path = append(path, c.Read, c.Decode)
			}
			if n := len(s.Chunks); n > 0 {
				path = append(path, chunkCosts(s.Chunks[n-1])[2:]...)
			}
			if least := elapsed(path...); o.Wall < least-20 {
				t.Errorf("the run takes %v, but one of its splits %v", o.Wall, least)
			}
		}
		idle := o.Serial + o.Blocked + o.WaitMemory + o.WaitLock + o.Imbalance + o.WaitInput + o.Starting + o.Unused
		if total := o.Wall * time.Duration(w.Cores); !near(o.Busy+idle, total) {
			t.Errorf("cores are busy for %v and idle for %v of %v", o.Busy, idle, total)
		}
		roles := map[string]int{}
		for i, l := range o.Lanes {
			roles[l.Role]++
			sum := l.Start + l.Useful + l.Overhead + l.WaitCore + l.WaitInput + l.WaitMemory + l.WaitOutput + l.WaitLock + l.Idle + l.After
			if !near(sum, o.Wall) {
				t.Errorf("the time of lane %d adds up to %v of %v: %+v", i, sum, o.Wall, l)
			}
		}
		want := map[string]int{"lane": w.Lanes}
		if w.Handover {
			want["reader"], want["feeder"] = w.Readers, w.Lanes
		}
		if !reflect.DeepEqual(roles, want) {
			t.Errorf("the outcome has lanes %v, want %v", roles, want)
		}
	})
}

func TestOneLaneOnOneCoreTakesTheExactSum(t *testing.T) {
	forRandom(t, func(t *testing.T, w replay.Workload) {
		w.Handover, w.Lanes, w.Cores = false, 1, 1
		w.Start, w.Merge, w.Combine = first(w.Start), first(w.Merge), first(w.Combine)
		w = w.Free(replay.StepEncode, replay.StepCopy)
		if got, want := replay.Run(w).Wall, elapsed(costs(w)...); got != want {
			t.Errorf("the run takes %v, its parts %v", got, want)
		}
	})
}

func first(costs []replay.Cost) []replay.Cost { return costs[:min(len(costs), 1)] }

func TestRunIsDeterministicAndChangesNothing(t *testing.T) {
	forRandom(t, func(t *testing.T, w replay.Workload) {
		a := replay.Run(w)
		if b := replay.Run(w); !reflect.DeepEqual(a, b) {
			t.Errorf("first %+v, then %+v", a, b)
		}
	})
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

func BenchmarkRun(b *testing.B) {
	c := replay.Chunk{Rows: 1000, Bytes: 1 << 20, Read: blocked(1), Decode: cpu(3), Copy: cpu(1), Take: cpu(1), Compute: cpu(4), Return: cpu(1), Emit: cpu(1)}
	for _, size := range []struct {
		lanes    int
		handover bool
	}{{8, false}, {8, true}, {1024, false}, {1024, true}} {
		w := replay.Workload{
			Cores: 6, Lanes: size.lanes, Readers: size.lanes, Handover: size.handover, Queue: size.lanes, Ahead: 2,
			MemoryBytes: 4 * int64(size.lanes) << 20, Splits: splits(100_000, c),
		}
		b.Run(fmt.Sprintf("100000 chunks/%d lanes/handover=%v", size.lanes, size.handover), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				replay.Run(w)
			}
		})
	}
}
