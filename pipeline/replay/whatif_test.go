package replay_test

import (
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline/replay"
)

// steps are all steps, with the costs of each.
var steps = []struct {
	name string
	step replay.Step
	of   func(w replay.Workload) []replay.Cost
}{
	{"start", replay.StepStart, func(w replay.Workload) []replay.Cost { return w.Start }},
	{"plan", replay.StepPlan, func(w replay.Workload) []replay.Cost { return []replay.Cost{w.Plan} }},
	{"open", replay.StepOpen, func(w replay.Workload) (all []replay.Cost) {
		for _, s := range w.Splits {
			all = append(all, s.Open)
		}
		return all
	}},
	{"read", replay.StepRead, ofChunks(func(c replay.Chunk) []replay.Cost { return []replay.Cost{c.Read} })},
	{"decode", replay.StepDecode, ofChunks(func(c replay.Chunk) []replay.Cost { return []replay.Cost{c.Decode} })},
	{"encode", replay.StepEncode, ofChunks(func(c replay.Chunk) []replay.Cost { return []replay.Cost{c.Encode} })},
	{"copy", replay.StepCopy, ofChunks(func(c replay.Chunk) []replay.Cost { return []replay.Cost{c.Copy, c.Take} })},
	{"compute", replay.StepCompute, ofChunks(func(c replay.Chunk) []replay.Cost { return []replay.Cost{c.Compute} })},
	{"return", replay.StepReturn, func(w replay.Workload) []replay.Cost {
		return append(ofChunks(func(c replay.Chunk) []replay.Cost { return []replay.Cost{c.Return} })(w), w.Merge...)
	}},
	{"combine", replay.StepCombine, func(w replay.Workload) []replay.Cost { return w.Combine }},
	{"emit", replay.StepEmit, ofChunks(func(c replay.Chunk) []replay.Cost { return []replay.Cost{c.Emit} })},
	{"finish", replay.StepFinish, func(w replay.Workload) []replay.Cost { return []replay.Cost{w.Finish} }},
}

func ofChunks(of func(c replay.Chunk) []replay.Cost) func(replay.Workload) []replay.Cost {
	return func(w replay.Workload) (all []replay.Cost) {
		for _, s := range w.Splits {
			for _, c := range s.Chunks {
				all = append(all, of(c)...)
			}
		}
		return all
	}
}

func TestFreeTakesAwayWhatTheStepCosts(t *testing.T) {
	forRandom(t, func(t *testing.T, w replay.Workload) {
		everything := []replay.Step{}
		for _, step := range steps {
			everything = append(everything, step.step)
			free := w.Free(step.step)
			for _, other := range steps {
				want := elapsed(other.of(w)...)
				if other.step == step.step {
					want = 0
				}
				if got := elapsed(other.of(free)...); got != want {
					t.Errorf("with %s free, %s costs %v, want %v", step.name, other.name, got, want)
				}
			}
		}
		if got := replay.Run(w.Free(everything...)).Wall; got != 0 {
			t.Errorf("a run that costs nothing takes %v", got)
		}
		if !reflect.DeepEqual(w.Free(), w) {
			t.Error("no step free is another run")
		}
	})
}

func TestFreeStepsShortenASequentialRunByTheirCost(t *testing.T) {
	forRandom(t, func(t *testing.T, w replay.Workload) {
		w = sequential(w)
		before := replay.Run(w).Wall
		for _, step := range steps {
			if got, want := replay.Run(w.Free(step.step)).Wall, before-elapsed(step.of(w)...); got != want {
				t.Errorf("with %s free the run takes %v, want %v", step.name, got, want)
			}
		}
	})
}

// Of unequal chunks, which lane gets which can change for the worse when
// something becomes faster (Graham, "Bounds on multiprocessing timing
// anomalies", 1969). Equal ones are free of that where everybody has a core and
// no worker gets a chunk ahead that another could compute.
func TestFreeStepsNeverLengthenARunOfEqualChunks(t *testing.T) {
	forRandom(t, func(t *testing.T, w replay.Workload) {
		if len(w.Splits) == 0 || len(w.Splits[0].Chunks) == 0 {
			return
		}
		w.Start, w.Merge, w.Combine = nil, nil, nil
		w.Splits = slices.Repeat([]replay.Split{{Open: w.Splits[0].Open, Chunks: w.Splits[0].Chunks[:1]}}, len(w.Splits))
		w = w.Free(replay.StepEmit)
		w.Cores = 2*w.Lanes + w.Readers + 1 // where cores are shared, lanes fall out of step, and end sooner or later for it
		w.Ahead = 1
		before := replay.Run(w).Wall
		for _, step := range steps {
			if got := replay.Run(w.Free(step.step)).Wall; got > before+20 {
				t.Errorf("with %s free the run takes %v instead of %v", step.name, got, before)
			}
		}
	})
}

func TestWarmFilesAreNotWaitedFor(t *testing.T) {
	forRandom(t, func(t *testing.T, w replay.Workload) {
		w = sequential(w)
		disk := time.Duration(0)
		for _, s := range w.Splits {
			for _, c := range s.Chunks {
				disk += c.Read.Blocked + c.Decode.Blocked + c.Compute.Blocked
			}
		}
		if got, want := replay.Run(w.Warm()).Wall, replay.Run(w).Wall-disk; got != want {
			t.Errorf("the run takes %v, want %v", got, want)
		}
	})
}

func TestMoreCoresAndMemoryOfEqualChunks(t *testing.T) {
	w := replay.Workload{Cores: 1, Lanes: 4, Splits: splits(8, replay.Chunk{Bytes: 10, Read: cpu(5), Compute: cpu(5)})}
	for _, c := range []struct {
		name string
		w    replay.Workload
		want time.Duration
	}{
		{"one core", w, 80 * ms},
		{"two cores", w.WithCores(2), 40 * ms},
		{"four cores", w.WithCores(4), 20 * ms},
		{"four cores, memory for two chunks", w.WithCores(4).WithMemory(20), 40 * ms},
		{"four cores, memory for one", w.WithCores(4).WithMemory(10), 80 * ms},
		{"and for all again", w.WithCores(4).WithMemory(10).WithMemory(0), 20 * ms},
	} {
		if got := replay.Run(c.w).Wall; got != c.want {
			t.Errorf("%s: the run takes %v, want %v", c.name, got, c.want)
		}
	}
}

func TestWithLanes(t *testing.T) {
	threads := replay.Workload{
		Cores: 16, Lanes: 2, Start: []replay.Cost{cpu(2), cpu(4)}, Merge: []replay.Cost{cpu(1)}, Splits: splits(24, replay.Chunk{Compute: cpu(10)}),
	}
	t.Run("equal chunks divide", func(t *testing.T) {
		for lanes, want := range map[int]time.Duration{1: 240, 2: 120, 3: 80, 8: 30, 12: 20, 24: 10, 100: 10} {
			w := threads.Free(replay.StepStart, replay.StepReturn).WithLanes(lanes)
			w.Cores = lanes
			if got := replay.Run(w).Wall; got != want*ms {
				t.Errorf("%d lanes take %v, want %v", lanes, got, want*ms)
			}
		}
	})
	t.Run("new lanes cost the mean of the others", func(t *testing.T) {
		w := threads.WithLanes(4)
		if want := []replay.Cost{cpu(2), cpu(4), cpu(3), cpu(3)}; !slices.Equal(w.Start, want) {
			t.Errorf("starts are %v, want %v", w.Start, want)
		}
		half := replay.Cost{CPU: ms / 2}
		if want := []replay.Cost{cpu(1), {}, half, half}; !slices.Equal(w.Merge, want) {
			t.Errorf("merges are %v, want %v", w.Merge, want)
		}
	})
	t.Run("fewer lanes keep theirs", func(t *testing.T) {
		if w := threads.WithLanes(1); !slices.Equal(w.Start, []replay.Cost{cpu(2)}) {
			t.Errorf("starts are %v", w.Start)
		}
	})
	t.Run("readers and queue go with workers", func(t *testing.T) {
		w := replay.Workload{Cores: 2, Lanes: 2, Readers: 2, Queue: 2, Ahead: 2, Handover: true, Splits: splits(3, replay.Chunk{})}.WithLanes(5)
		if w.Lanes != 5 || w.Readers != 3 || w.Queue != 5 || w.Ahead != 2 {
			t.Errorf("%d lanes, %d readers, a queue of %d, %d ahead", w.Lanes, w.Readers, w.Queue, w.Ahead)
		}
	})
}

func TestWhatIfsOfAWorkloadOfExtremes(t *testing.T) {
	huge := replay.Cost{CPU: math.MaxInt64, Blocked: math.MaxInt64}
	negative := replay.Cost{CPU: math.MinInt64, Blocked: -1}
	for name, c := range map[string]replay.Chunk{
		"nothing":  {},
		"huge":     {Rows: math.MaxInt, Bytes: math.MaxInt64, Read: huge, Compute: huge, Emit: huge},
		"negative": {Rows: math.MinInt, Bytes: math.MinInt64, Read: negative, Compute: negative, Emit: negative},
	} {
		for _, handover := range []bool{false, true} {
			w := replay.Workload{Cores: 2, Lanes: 2, Readers: 2, Handover: handover, MemoryBytes: 1, Start: []replay.Cost{c.Read}, Splits: splits(3, c)}
			w.Splits = append(w.Splits, replay.Split{}, replay.Split{Open: c.Read})
			for what, other := range map[string]replay.Workload{
				"as it is": w, "free": w.Free(replay.StepRead), "warm": w.Warm(), "balanced": w.Balanced(), "even": w.Even(),
				"with lanes": w.WithLanes(-1), "with many lanes": w.WithLanes(300), "with cores": w.WithCores(0), "with memory": w.WithMemory(-1),
				"rechunked": w.Rechunk(1000, c), "joined": w.Rechunk(math.MaxInt, replay.Chunk{}), "resplit": w.Resplit(2), "split into many": w.Resplit(math.MaxInt),
			} {
				o := replay.Run(other)
				if o.Wall < 0 || o.Busy < 0 || len(o.Lanes) == 0 {
					t.Errorf("%s, %s, handover %v: %+v", name, what, handover, o)
				}
			}
		}
	}
}
