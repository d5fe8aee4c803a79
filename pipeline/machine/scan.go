package machine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/shm"
)

// Scan is how fast memory that is mapped and filled can be read, by one core and
// by several at once: where they share the bandwidth of the memory, more workers
// give less than their number.
type Scan struct {
	// SizeBytes is the doubles that are summed once in each sample, in equal parts
	// by the cores at work: 8 MiB, up to 64 with a larger budget or many cores. What
	// fits a cache that the machine shares with nobody is read from there.
	SizeBytes int64 `json:"size_bytes"`

	// Rates are for 1, 2, 4 and so on cores up to all that the program may use.
	Rates []ScanRate `json:"rates"`
}

// ScanRate is the reading of a number of cores together.
type ScanRate struct {
	Cores          int     `json:"cores"`
	BytesPerSecond Figure  `json:"bytes_per_s"` // from the first core's start to the last one's end
	Speedup        float64 `json:"speedup"`     // of the medians, over one core
}

// The more time there is, the more memory is filled and read, so that less of it
// is in a cache. To fill it takes the longest.
const (
	minScanBytes        = 8 << 20
	maxScanBytes        = 64 << 20
	scanBytesPerSecond  = 1 << 30
	minScanBytesPerCore = 2 << 20 // so that its start is not what is measured
)

func scanBytes(budget time.Duration, cores int) int64 {
	affordable := int64(budget.Seconds() * scanBytesPerSecond)
	return min(max(affordable>>20<<20, minScanBytes, int64(cores)*minScanBytesPerCore), maxScanBytes)
}

// MeasureScan sums doubles.
func MeasureScan(ctx context.Context, o Options) (*Scan, error) {
	ctx, cancel := o.limit(ctx)
	defer cancel()
	s, err := measureScan(ctx, o)
	return s, wrap("the reading of memory", err)
}

func measureScan(ctx context.Context, o Options) (*Scan, error) {
	if ctx.Err() != nil {
		return nil, ended(ctx)
	}
	began := time.Now()
	cores := runtime.GOMAXPROCS(0)
	size := scanBytes(o.budget(), cores)
	arena, err := shm.NewArena(shm.Options{SizeBytes: size, Private: true, Name: "weir-scan"})
	if err != nil {
		return nil, err
	}
	defer arena.Close()
	doubles := chunk.View[float64](arena.Bytes()[:size])
	eachPart(doubles, cores, func(part []float64) {
		for i := range part {
			part[i] = 1
		}
	})
	counts := coreCounts(cores)
	rates := make([]series, len(counts))
	for p := newPace(o.budget()-time.Since(began), 9); p.another(ctx); {
		for i, n := range counts {
			took, sum := timedSum(doubles, n)
			if sum != float64(len(doubles)) {
				return nil, fmt.Errorf("internal error: %d ones add up to %v", len(doubles), sum)
			}
			if took <= 0 {
				return nil, errors.New("the clock is too coarse")
			}
			rates[i].add(float64(size) / took.Seconds())
		}
	}
	if len(rates[0]) == 0 {
		return nil, ended(ctx)
	}
	s := &Scan{SizeBytes: size}
	for i, n := range counts {
		rate := rates[i].figure()
		s.Rates = append(s.Rates, ScanRate{Cores: n, BytesPerSecond: rate, Speedup: rate.Median / rates[0].figure().Median})
	}
	return s, nil
}

// coreCounts doubles from 1 up to n, and ends with n.
func coreCounts(n int) []int {
	var counts []int
	for k := 1; k < n; k *= 2 {
		counts = append(counts, k)
	}
	return append(counts, n)
}

// eachPart calls f with equal parts of doubles, each on its own goroutine.
func eachPart(doubles []float64, parts int, f func(part []float64)) {
	var all sync.WaitGroup
	for i := range parts {
		part := doubles[i*len(doubles)/parts : (i+1)*len(doubles)/parts]
		all.Add(1)
		go func() {
			defer all.Done()
			f(part)
		}()
	}
	all.Wait()
}

// timedSum adds doubles up on n cores.
func timedSum(doubles []float64, n int) (took time.Duration, total float64) {
	var mu sync.Mutex
	var first, last time.Time
	eachPart(doubles, n, func(part []float64) {
		began := time.Now()
		s := sum(part)
		ended := time.Now()
		mu.Lock()
		defer mu.Unlock()
		total += s
		if first.IsZero() || began.Before(first) {
			first = began
		}
		if ended.After(last) {
			last = ended
		}
	})
	return last.Sub(first), total
}

// sum has four chains of additions, so that it waits for memory, not for one
// addition after the other.
func sum(v []float64) float64 {
	var a, b, c, d float64
	for len(v) >= 4 {
		a, b, c, d = a+v[0], b+v[1], c+v[2], d+v[3]
		v = v[4:]
	}
	for _, x := range v {
		a += x
	}
	return a + b + c + d
}
