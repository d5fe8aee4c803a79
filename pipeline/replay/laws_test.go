package replay_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline/replay"
)

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

const randomWorkloads = 500

// forRandom calls f with every random workload, which has to stay as it is.
func forRandom(t *testing.T, f func(t *testing.T, w replay.Workload)) {
	for seed := range uint64(randomWorkloads) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := random(seed)
			f(t, w)
			if !reflect.DeepEqual(w, random(seed)) {
				t.Error("the workload was changed")
			}
		})
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
		w = sequential(w)
		if got, want := replay.Run(w).Wall, elapsed(costs(w)...); got != want {
			t.Errorf("the run takes %v, its parts %v", got, want)
		}
	})
}

// sequential is w on one lane and one core, where nothing overlaps.
func sequential(w replay.Workload) replay.Workload {
	w = w.Free(replay.StepEncode, replay.StepCopy)
	w.Handover, w.Lanes, w.Cores = false, 1, 1
	w.Start, w.Merge, w.Combine = first(w.Start), first(w.Merge), first(w.Combine)
	return w
}

func first(costs []replay.Cost) []replay.Cost { return costs[:min(len(costs), 1)] }

func TestRunIsDeterministic(t *testing.T) {
	forRandom(t, func(t *testing.T, w replay.Workload) {
		a := replay.Run(w)
		if b := replay.Run(w); !reflect.DeepEqual(a, b) {
			t.Errorf("first %+v, then %+v", a, b)
		}
	})
}
