package compare

import (
	"math"
	"slices"
	"time"

	"github.com/aclements/go-moremath/stats"
	"golang.org/x/perf/benchmath"
)

const (
	confidence = 0.95 // of the interval of a median

	// leastDifference is the smallest difference that is called one. Below it
	// lies what the placement of code and data in memory does by chance (Mytkowicz
	// et al., "Producing wrong data without doing anything obviously wrong!",
	// ASPLOS 2009), which no number of trials takes away.
	leastDifference = 0.01
)

// Summary is the median of a way's wall times with its confidence interval,
// which assumes nothing about how they are distributed.
type Summary struct {
	Median     time.Duration
	Lo, Hi     time.Duration // both 0 if there are too few trials for an interval
	Confidence float64       // of the interval, at least 0.95; 0 without one
}

// Known tells whether there are trials enough for an interval.
func (s Summary) Known() bool { return s.Confidence > 0 }

// Precision is how far the interval reaches from the median, as a fraction of
// it: 0.02 for ±2 %. It is infinite without an interval.
func (s Summary) Precision() float64 {
	if !s.Known() || s.Median <= 0 {
		return math.Inf(1)
	}
	return max(s.Hi-s.Median, s.Median-s.Lo).Seconds() / s.Median.Seconds()
}

func summarise(walls []time.Duration) Summary {
	if len(walls) == 0 {
		return Summary{}
	}
	sum := benchmath.AssumeNothing.Summary(sampleOf(walls, 0), confidence)
	s := Summary{Median: fromSeconds(sum.Center)}
	if !math.IsInf(sum.Lo, 0) && !math.IsInf(sum.Hi, 0) {
		s.Lo, s.Hi, s.Confidence = fromSeconds(sum.Lo), fromSeconds(sum.Hi), sum.Confidence
	}
	return s
}

// Against is one way's wall times against another's.
type Against struct {
	// Ratio is the median of the ratios of every run of the one to every run of
	// the other (Hodges and Lehmann's estimate, of the logarithms): 2 for twice
	// as long. Lo and Hi are its confidence interval, the ratios that the test
	// would not refuse; both are 0 if there are too few trials.
	Ratio, Lo, Hi float64

	// Confidence of the interval; 0 without one.
	Confidence float64

	// P is the probability that two equal ways differ at least as much by chance:
	// the Mann-Whitney U test, two-sided.
	P float64

	// Different tells that P is at most Comparison.Alpha and the ratio at least
	// 1 % from 1.
	Different bool
}

// Known tells whether there are trials enough for a verdict.
func (a Against) Known() bool { return a.Confidence > 0 }

// against tests a against b.
func against(a, b []time.Duration, alpha float64) Against {
	ratios := make([]float64, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			ratios = append(ratios, x.Seconds()/y.Seconds())
		}
	}
	slices.Sort(ratios)
	n := len(ratios)
	v := Against{
		Ratio: (ratios[n/2] + ratios[(n-1)/2]) / 2,
		P:     benchmath.AssumeNothing.Compare(sampleOf(a, alpha), sampleOf(b, alpha)).P,
	}
	if k, confidence := cutOff(len(a), len(b), alpha); k > 0 {
		v.Lo, v.Hi, v.Confidence = ratios[k-1], ratios[n-k], confidence
		v.Different = v.P <= alpha && math.Abs(v.Ratio-1) >= leastDifference
	}
	return v
}

// cutOff is how many ratios at either end lie outside the interval, which is
// the one that begins with ratio k of n1*n2 in their order: the most for which
// the U statistic is less than k with a probability of at most alpha/2. It is 0
// if there is none.
func cutOff(n1, n2 int, alpha float64) (k int, confidence float64) {
	if n1 > stats.MannWhitneyExactLimit || n2 > stats.MannWhitneyExactLimit {
		// The test uses the normal approximation here too.
		mean, sigma := float64(n1*n2)/2, math.Sqrt(float64(n1*n2*(n1+n2+1))/12)
		return int(mean + 0.5 + sigma*stats.StdNormal.InvCDF(alpha/2)), 1 - alpha
	}
	below := 0.0 // the probability that U is less than k
	u := stats.UDist{N1: n1, N2: n2}
	lo, hi := 0, n1*n2/2 // below(lo) is at most alpha/2
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if p := u.CDF(float64(mid - 1)); p <= alpha/2 {
			lo, below = mid, p
		} else {
			hi = mid - 1
		}
	}
	return lo, (1 - 2*below) * min(1, float64(lo))
}

// alphaFor is the level of the tests among so many ways. Any two can turn out
// to be the fastest and the one that is held against it, so the level is such
// that among equal ways one difference in all is found by chance at most once in
// twenty comparisons (Bonferroni's correction), and between two once in a
// hundred.
func alphaFor(ways int) float64 {
	return min(0.01, 0.05/float64(max(1, ways*(ways-1)/2)))
}

// leastTrials is how many trials of each way the median's interval needs, and a
// difference at that level.
func leastTrials(alpha float64) int {
	const forInterval = 6 // 1 - 2/2^6 is the first to reach 0.95
	n := forInterval
	for ; n < mostRounds; n++ {
		if k, _ := cutOff(n, n, alpha); k > 0 {
			break
		}
	}
	return n
}

func sampleOf(walls []time.Duration, alpha float64) *benchmath.Sample {
	values := make([]float64, len(walls))
	for i, w := range walls {
		values[i] = w.Seconds()
	}
	thresholds := benchmath.DefaultThresholds
	thresholds.CompareAlpha = alpha
	return benchmath.NewSample(values, &thresholds)
}

func fromSeconds(s float64) time.Duration { return time.Duration(math.Round(s * 1e9)) }
