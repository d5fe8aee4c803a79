package compare

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
)

// machine is how long runs take: noise that depends on what else goes on, which
// changes with time and not with the way.
type machine interface{ next(r *rand.Rand) float64 }

// independent runs take a little longer than the best, now and then a lot.
type independent struct{}

func (independent) next(r *rand.Rand) float64 {
	noise := 0.02 * r.ExpFloat64()
	if r.IntN(20) == 0 {
		noise += 0.3 * r.Float64()
	}
	return 1 + noise
}

// drifting runs resemble the ones before them: an AR(1) process.
type drifting struct{ state float64 }

func (d *drifting) next(r *rand.Rand) float64 {
	d.state = 0.95*d.state + 0.02*r.NormFloat64()
	return math.Exp(d.state + 0.005*r.NormFloat64())
}

// bursts are times when somebody else uses the machine, some runs long.
type bursts struct{ left int }

func (b *bursts) next(r *rand.Rand) float64 {
	if b.left--; b.left < -20 && r.IntN(20) == 0 {
		b.left = 1 + r.IntN(25)
	}
	if b.left > 0 {
		return 1.4 + 0.1*r.Float64()
	}
	return 1 + 0.01*r.ExpFloat64()
}

// warming is a machine whose clock goes down as it gets hot.
type warming struct{ runs float64 }

func (w *warming) next(r *rand.Rand) float64 {
	w.runs++
	return 1.3 - 0.3*math.Exp(-w.runs/40) + 0.01*r.ExpFloat64()
}

var machines = map[string]func() machine{
	"independent": func() machine { return independent{} },
	"drifting":    func() machine { return &drifting{} },
	"bursts":      func() machine { return &bursts{} },
	"warming":     func() machine { return &warming{} },
}

// simulate compares ways that take the given times on an undisturbed machine,
// by the procedure of Run: rounds, order, stop rule, tests.
func simulate(t *testing.T, seed uint64, m machine, o Options, base ...time.Duration) *Comparison {
	t.Helper()
	o.Modes = make([]pipeline.Mode, len(base))
	for i := range base {
		o.Modes[i] = pipeline.Threads
	}
	o.Seed = seed + 1
	random := rand.New(rand.NewPCG(seed, 1))
	clock := time.Unix(0, 0)
	s := newSession(o, func() time.Time { return clock }, func(_ context.Context, w Way) (Sample, pipeline.Report, error) {
		wall := time.Duration(float64(base[max(w.Repeat, 1)-1]) * m.next(random))
		clock = clock.Add(wall)
		return Sample{Wall: wall}, pipeline.Report{Wall: wall, Digest: "same"}, nil
	})
	if err := s.runAll(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s.c
}

// differences is how many rows are called different from the fastest or the
// first.
func differences(c *Comparison) (n int) {
	for _, s := range c.Rows {
		if s.AgainstFastest.Different || s.AgainstFirst.Different {
			n++
		}
	}
	return n
}

// A way compared with itself is no different in at least 19 of 20 comparisons,
// and equal ways among each other in as many, whatever the machine does and
// whichever rule ends the rounds.
func TestEqualWaysAreNotDifferent(t *testing.T) {
	const comparisons = 400
	for name, machine := range machines {
		for _, o := range []struct {
			name    string
			options Options
			ways    int
		}{
			{"6 trials", Options{Trials: 6}, 2},
			{"20 trials", Options{Trials: 20}, 2},
			{"until precise", Options{}, 2},
			{"until the budget is spent", Options{Budget: 20 * time.Second, Precision: 0.001}, 2},
			{"four ways until precise", Options{}, 4},
			{"eight ways, 10 trials", Options{Trials: 10}, 8},
		} {
			t.Run(name+"/"+o.name, func(t *testing.T) {
				base := make([]time.Duration, o.ways)
				for i := range base {
					base[i] = time.Second
				}
				wrong := 0
				for seed := range uint64(comparisons) {
					if differences(simulate(t, seed, machine(), o.options, base...)) > 0 {
						wrong++
					}
				}
				t.Logf("%d of %d comparisons of equal ways find a difference", wrong, comparisons)
				if wrong*20 > comparisons {
					t.Errorf("%d of %d comparisons of equal ways find a difference, more than 1 in 20", wrong, comparisons)
				}
			})
		}
	}
}

// A difference that is there is found, with the right sign, and its interval
// holds it.
func TestDifferencesAreFound(t *testing.T) {
	const comparisons = 200
	const ratio = 1.2
	for _, name := range []string{"independent", "warming"} {
		t.Run(name, func(t *testing.T) {
			found, held := 0, 0
			for seed := range uint64(comparisons) {
				c := simulate(t, seed, machines[name](), Options{Trials: 20}, time.Second, time.Second*12/10)
				a := c.Against(1, 0)
				if a.Different && c.Fastest == 0 {
					found++
				}
				if a.Lo <= ratio && ratio <= a.Hi {
					held++
				}
			}
			t.Logf("found in %d of %d, held in %d", found, comparisons, held)
			if found*10 < comparisons*9 {
				t.Errorf("a difference of 20 %% was found in %d of %d comparisons", found, comparisons)
			}
			if held*20 < comparisons*19 {
				t.Errorf("the interval held the ratio in %d of %d comparisons", held, comparisons)
			}
		})
	}
}

// The interval of the median holds the true median about as often as it says.
func TestIntervalsHoldTheMedian(t *testing.T) {
	const comparisons = 1000
	trueMedian := 1 + 0.02*math.Ln2 // of an exponential distribution
	for _, trials := range []int{6, 11, 40} {
		held := 0
		for seed := range uint64(comparisons) {
			r := rand.New(rand.NewPCG(seed, uint64(trials)))
			walls := make([]time.Duration, trials)
			for i := range walls {
				walls[i] = time.Duration(1e9 * (1 + 0.02*r.ExpFloat64()))
			}
			s := summarise(walls)
			if s.Lo.Seconds() <= trueMedian && trueMedian <= s.Hi.Seconds() {
				held++
			}
			if s.Confidence < 0.95 || s.Lo > s.Median || s.Hi < s.Median {
				t.Fatalf("%+v", s)
			}
		}
		if held < comparisons*93/100 {
			t.Errorf("%d trials: %d of %d intervals hold the median", trials, held, comparisons)
		}
	}
}

// The interval of the ratio leaves out 1 exactly when the test refuses that the
// ways are equal.
func TestRatioIntervalAgreesWithTheTest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for i := range 500 {
		more := 6
		if i%10 == 0 {
			more = 51 // the test is an approximation from there on
		}
		a, b := make([]time.Duration, more+r.IntN(12)), make([]time.Duration, more+r.IntN(12))
		shift := 0.05 * r.Float64()
		for i := range a {
			a[i] = time.Duration(1e9 * (1 + shift + 0.05*r.NormFloat64()))
		}
		for i := range b {
			b[i] = time.Duration(1e9 * (1 + 0.05*r.NormFloat64()))
		}
		v := against(a, b, 0.01)
		if outside := v.Lo > 1 || v.Hi < 1; outside != (v.P <= 0.01) {
			t.Fatalf("%d and %d trials: %+v", len(a), len(b), v)
		} else if outside {
			refused++
		}
		if v.Ratio < v.Lo || v.Ratio > v.Hi || v.Confidence < 0.99 {
			t.Fatalf("%+v", v)
		}
		if back := against(b, a, 0.01); math.Abs(back.P-v.P) > 1e-12 || math.Abs(back.Lo*v.Hi-1) > 1e-12 {
			t.Fatalf("%+v the other way round is %+v", v, back)
		}
	}
	if refused < 50 || refused > 450 {
		t.Errorf("%d of 500 were refused, which tests one side only", refused)
	}
}

func TestAgainst(t *testing.T) {
	times := func(list ...float64) []time.Duration {
		walls := make([]time.Duration, len(list))
		for i, s := range list {
			walls[i] = fromSeconds(s)
		}
		return walls
	}
	a := times(1, 1.01, 1.02, 1.03, 1.04, 1.05)
	for _, c := range []struct {
		name      string
		b         []time.Duration
		alpha     float64
		known     bool
		different bool
	}{
		{"equal", a, 0.01, true, false},
		{"twice as long", times(2, 2.01, 2.02, 2.03, 2.04, 2.05), 0.01, true, true},
		{"longer by less than the least difference", times(1.055, 1.055, 1.055, 1.055, 1.056, 1.057), 0.01, true, true},
		{"twice as long at a level that 6 trials cannot reach", times(2, 2.01, 2.02, 2.03, 2.04, 2.05), 0.001, false, false},
		{"too few", times(2, 2, 2), 0.01, false, false},
	} {
		if v := against(a, c.b, c.alpha); v.Known() != c.known || v.Different != c.different {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
	near := against(times(1, 1.001, 1.002, 1.003, 1.004, 1.0045), times(1.005, 1.006, 1.0065, 1.007, 1.0075, 1.008), 0.01)
	if near.Different || near.P > 0.01 {
		t.Errorf("less than 1 %%: %+v", near)
	}
}

func TestLeastTrials(t *testing.T) {
	for ways, want := range map[int]int{1: 6, 2: 6, 4: 6, 7: 6, 8: 7, 13: 7, 14: 8, 24: 8} {
		if got := leastTrials(alphaFor(ways)); got != want {
			t.Errorf("%d ways need %d trials, want %d", ways, got, want)
		}
	}
}

func TestSummaryOfFewTrialsHasNoInterval(t *testing.T) {
	for n := range 9 {
		walls := make([]time.Duration, n)
		for i := range walls {
			walls[i] = time.Second
		}
		if s := summarise(walls); s.Known() != (n >= 6) || n > 0 && s.Median != time.Second || math.IsInf(s.Precision(), 1) == s.Known() {
			t.Errorf("%d trials: %+v", n, s)
		}
	}
}

func TestStopRules(t *testing.T) {
	for _, c := range []struct {
		name    string
		machine machine
		options Options
		ways    int
		stop    Stop
		trials  int // 0: any from the least to the most
	}{
		{"trials are fixed", independent{}, Options{Trials: 3}, 2, StopTrials, 3},
		{"trials go before the budget", independent{}, Options{Trials: 9, Budget: time.Second}, 2, StopTrials, 9},
		{"precise at once", &warming{1e6}, Options{Precision: 0.2}, 2, StopPrecision, 6},
		{"precise later", independent{}, Options{Budget: time.Hour}, 2, StopPrecision, 0},
		{"the budget is spent", &drifting{}, Options{Precision: 1e-6, Budget: 20 * time.Second}, 2, StopBudget, 0},
		{"a budget too small for six rounds", independent{}, Options{Precision: 1e-6, Budget: 2 * time.Second}, 2, StopBudget, 6},
		{"a budget overrun tenfold", independent{}, Options{Budget: 300 * time.Millisecond}, 2, StopOverrun, 2},
		{"the most rounds", &drifting{}, Options{Precision: 1e-6, Budget: time.Hour}, 2, StopMost, 100},
		{"eight ways need seven", &warming{1e6}, Options{Precision: 0.2}, 8, StopPrecision, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := make([]time.Duration, c.ways)
			for i := range base {
				base[i] = time.Second
			}
			got := simulate(t, 1, c.machine, c.options, base...)
			if got.Stop != c.stop || c.trials > 0 && got.Trials != c.trials || c.trials == 0 && (got.Trials < 6 || got.Trials > 100) {
				t.Errorf("%d trials, stopped by %s", got.Trials, got.Stop)
			}
			if c.stop == StopPrecision && !got.precise(got.Precision) {
				t.Error("not precise")
			}
			if got.Ended() == "" {
				t.Error("no words for it")
			}
		})
	}
}

// A round is each way once, in an order of its own that depends on the seed
// alone.
func TestRoundsAreShuffled(t *testing.T) {
	orders := func(seed uint64) (rounds []string) {
		c := simulate(t, seed, independent{}, Options{Trials: 30}, time.Second, time.Second, time.Second, time.Second)
		for round := 1; round <= 30; round++ {
			order := make([]int, 4)
			for i, s := range c.Rows {
				sample := s.Samples[round-1]
				if sample.Round != round || order[sample.Position-1] != 0 {
					t.Fatalf("%+v is sample %d of %s", sample, round, s.Way)
				}
				order[sample.Position-1] = i + 1
			}
			rounds = append(rounds, fmt.Sprint(order))
		}
		return rounds
	}
	one, again, other := orders(1), orders(1), orders(2)
	if fmt.Sprint(one) != fmt.Sprint(again) {
		t.Error("one seed gives two orders")
	}
	if fmt.Sprint(one) == fmt.Sprint(other) {
		t.Error("two seeds give one order")
	}
	different := map[string]bool{}
	for _, o := range one {
		different[o] = true
	}
	if len(different) < 10 {
		t.Errorf("30 rounds have %d different orders of 24", len(different))
	}
}

func TestADrawnSeedIsReported(t *testing.T) {
	s := newSession(Options{}, time.Now, nil)
	if s.c.Seed == 0 {
		t.Error("the seed is 0, which means another one each time")
	}
}
