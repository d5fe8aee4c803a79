package account_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline/account"
	"github.com/weir-pipeline/weir/pipeline/timing"
)

const ms = time.Millisecond

// lane is a lane that was bound to a thread, for all of its time on a core.
func lane(name string, role timing.Role, spans ...timing.Span) timing.Spans {
	l := timing.Spans{Name: name, Role: role, Recorded: spans}
	for _, s := range spans {
		d := s.End - s.Start
		l.Spent[s.Category] += d
		l.Usage.Bound[s.Category] += d
		if !s.Category.Waits() {
			l.Usage.CPU[s.Category] += d
		}
		l.Lifetime += d
	}
	return l
}

func span(from, to int, c timing.Category, split int32) timing.Span {
	return timing.Span{Start: time.Duration(from) * ms, End: time.Duration(to) * ms, Category: c, Split: split}
}

func traceOf(wall int, lanes ...timing.Spans) *timing.Trace {
	t := &timing.Trace{Wall: time.Duration(wall) * ms, Lanes: lanes}
	for _, l := range lanes {
		begin := time.Duration(0)
		if len(l.Recorded) > 0 {
			begin = l.Recorded[0].Start
		}
		t.Begins = append(t.Begins, begin)
	}
	return t
}

func TestIdleCoresAreChargedToWhatWasWaitedFor(t *testing.T) {
	coordinator := lane("coordinator", timing.Coordinator, span(0, 10, timing.Start, -1), span(10, 90, timing.Wait, -1), span(90, 100, timing.Merge, -1))
	for name, c := range map[string]struct {
		lanes []timing.Spans
		want  map[account.Cause]int // ms of two cores
	}{
		"both compute": {
			[]timing.Spans{
				lane("thread 1", timing.Thread, span(10, 90, timing.Compute, 0)),
				lane("thread 2", timing.Thread, span(10, 90, timing.Compute, 1)),
			},
			map[account.Cause]int{account.StartUp: 20, account.Compute: 160, account.Merge: 20},
		},
		"one ends early": {
			[]timing.Spans{
				lane("thread 1", timing.Thread, span(10, 90, timing.Compute, 0)),
				lane("thread 2", timing.Thread, span(10, 50, timing.Compute, 1)),
			},
			map[account.Cause]int{account.StartUp: 20, account.Compute: 120, account.Imbalance: 40, account.Merge: 20},
		},
		"one waits for memory": {
			[]timing.Spans{
				lane("thread 1", timing.Thread, span(10, 90, timing.Compute, 0)),
				lane("thread 2", timing.Thread, span(10, 50, timing.WaitMemory, 1), span(50, 90, timing.Decode, 1)),
			},
			map[account.Cause]int{account.StartUp: 20, account.Compute: 80, account.WaitMemory: 40, account.Decode: 40, account.Merge: 20},
		},
		"one waits for its turn to merge": {
			[]timing.Spans{
				lane("thread 1", timing.Thread, span(10, 50, timing.Compute, 0), span(50, 90, timing.Merge, -1)),
				lane("thread 2", timing.Thread, span(10, 50, timing.Compute, 1), span(50, 90, timing.WaitTurn, -1)),
			},
			map[account.Cause]int{account.StartUp: 20, account.Compute: 80, account.Merge: 100},
		},
		"a worker waits for a reader": {
			[]timing.Spans{
				lane("reader 1", timing.Reader, span(10, 50, timing.Decode, 0)),
				lane("worker 1", timing.Worker, span(10, 50, timing.Wait, -1), span(50, 90, timing.Compute, 0)),
			},
			map[account.Cause]int{account.StartUp: 20, account.Decode: 40, account.WaitInput: 40, account.Compute: 40, account.Imbalance: 40, account.Merge: 20},
		},
		"a reader waits for a worker": {
			[]timing.Spans{
				lane("reader 1", timing.Reader, span(10, 20, timing.Decode, 0), span(20, 80, timing.WaitWorker, 0), span(80, 90, timing.Decode, 0)),
				lane("worker 1", timing.Worker, span(10, 90, timing.Compute, 0)),
			},
			map[account.Cause]int{account.StartUp: 20, account.Decode: 20, account.WaitWorker: 60, account.Compute: 80, account.Merge: 20},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := account.Of(account.Run{Trace: traceOf(100, append(c.lanes, coordinator)...), Cores: 2})
			if a.Total() != 200*ms {
				t.Fatalf("two cores for 100 ms are %v", a.Total())
			}
			for cause, want := range c.want {
				if got := a.Spent[cause]; (got - time.Duration(want)*ms).Abs() > ms/10 {
					t.Errorf("%v in %v, want %d ms", got, cause, want)
				}
			}
			if u := a.Share(account.Unaccounted); math.Abs(u) > 1e-6 {
				t.Errorf("%.2f %% are unaccounted", u*100)
			}
		})
	}
}

// Two lanes that share a core are charged for what the system counted.
func TestSharedCoresAreChargedOnce(t *testing.T) {
	var lanes []timing.Spans
	for range 4 {
		l := lane("thread", timing.Thread, span(0, 100, timing.Compute, 0))
		l.Usage.CPU[timing.Compute] = 50 * ms
		lanes = append(lanes, l)
	}
	a := account.Of(account.Run{Trace: traceOf(100, lanes...), Cores: 2, CPU: 200 * ms})
	if got := a.Spent[account.Compute]; got != 200*ms {
		t.Errorf("four lanes on two cores for 100 ms computed for %v", got)
	}
}

func TestPageFaultsAreTakenOutOfWhereTheyHappened(t *testing.T) {
	l := lane("thread", timing.Thread, span(0, 100, timing.Compute, 0))
	l.Usage.MinorFaults[timing.Compute] = 1000
	for _, c := range []struct {
		mapped bool
		faults time.Duration
	}{{true, 30 * ms}, {false, 10 * ms}} {
		a := account.Of(account.Run{
			Trace: traceOf(100, l), Cores: 1, Mapped: c.mapped, Faults: account.FaultCosts{File: 30 * time.Microsecond, Arena: 10 * time.Microsecond},
		})
		if got := a.Spent[account.Faults]; got != c.faults || a.Spent[account.Compute] != 100*ms-c.faults {
			t.Errorf("mapped %v: %v in faults, %v in compute", c.mapped, got, a.Spent[account.Compute])
		}
	}
}

func TestGarbageCollectionIsTheRuntimes(t *testing.T) {
	l := lane("thread", timing.Thread, span(0, 100, timing.Compute, 0))
	a := account.Of(account.Run{Trace: traceOf(100, l), Cores: 2, CPU: 130 * ms, GC: 20 * ms})
	if got := a.Spent[account.Runtime]; got != 30*ms {
		t.Errorf("%v for the runtime, want what the process used beyond its lane", got)
	}
}

// What is put into an account comes out of it, whatever the lanes did.
func TestAccountsClose(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	roles := []timing.Role{timing.Coordinator, timing.Thread, timing.Reader, timing.Feeder, timing.Receiver, timing.Worker}
	for i := range 500 {
		wall := 50 + r.IntN(200)
		var lanes []timing.Spans
		for range 1 + r.IntN(7) {
			at := r.IntN(wall)
			var spans []timing.Span
			for at < wall && r.IntN(12) > 0 {
				to := min(wall, at+1+r.IntN(40))
				categories := timing.Categories()
				spans = append(spans, span(at, to, categories[r.IntN(len(categories))], int32(r.IntN(4))-1))
				at = to + r.IntN(2)*r.IntN(5)
			}
			l := lane("lane", roles[r.IntN(len(roles))], spans...)
			for c := range l.Usage.CPU {
				l.Usage.CPU[c] = time.Duration(float64(l.Usage.CPU[c]) * r.Float64())
				l.Usage.MinorFaults[c] = r.Int64N(1000)
			}
			lanes = append(lanes, l)
		}
		run := account.Run{
			Trace: traceOf(wall, lanes...), Cores: 1 + r.IntN(4), CPU: time.Duration(r.IntN(3*wall)) * ms, GC: time.Duration(r.IntN(20)) * ms,
			Faults: account.FaultCosts{File: time.Microsecond, Arena: time.Microsecond},
		}
		a := account.Of(run)
		var sum time.Duration
		for c, d := range a.Spent {
			sum += d
			if d < -time.Microsecond {
				t.Errorf("account %d: %v in %v", i, d, account.Cause(c))
			}
		}
		if sum != a.Total() {
			t.Errorf("account %d: the parts are %v, cores times wall %v", i, sum, a.Total())
		}
		e := a.Efficiency
		if math.Abs(e.Parallel-e.LoadBalance*e.Communication) > 1e-9 || e.Parallel > 1+1e-9 || e.LoadBalance > 1+1e-9 || e.Communication > 1+1e-9 {
			t.Errorf("account %d: efficiencies %+v", i, e)
		}
		for _, lane := range account.Demands(run.Trace, run.Cores) {
			for c, d := range lane {
				if d.CPU < 0 || d.Blocked < 0 || d.CPU+d.Blocked > 1+1e-9 {
					t.Errorf("account %d: demand %+v in %v", i, d, timing.Category(c))
				}
			}
		}
	}
}

func TestAccountsWriteSecondsByName(t *testing.T) {
	a := account.Of(account.Run{Trace: traceOf(100, lane("thread 1", timing.Thread, span(0, 100, timing.Compute, 0))), Cores: 1})
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Total float64            `json:"core_s"`
		Spent map[string]float64 `json:"spent_s"`
		Lanes []struct{ Name string }
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Total != 0.1 || got.Spent["compute"] != 0.1 || got.Lanes[0].Name != "thread 1" {
		t.Errorf("%s", text)
	}
}

func TestEveryCauseIsExplained(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range account.Causes() {
		if c.String() == "" || c.Explanation() == "" || seen[c.String()] {
			t.Errorf("cause %d is %q: %q", c, c, c.Explanation())
		}
		seen[c.String()] = true
	}
}
