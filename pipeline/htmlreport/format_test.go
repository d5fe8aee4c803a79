package htmlreport

import (
	"math"
	"strings"
	"testing"
)

func TestNumbersAreShownWithThreeDigits(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{seconds(0), "0 s"}, {seconds(1e-9), "1 ns"}, {seconds(999.6e-9), "1.00 µs"}, {seconds(16.8e-6), "16.8 µs"},
		{seconds(0.21549), "215 ms"}, {seconds(0.99949), "999 ms"}, {seconds(0.9996), "1.00 s"}, {seconds(59.96), "60.0 s"},
		{seconds(12345), "12345 s"}, {seconds(-0.002), "-2.00 ms"}, {seconds(math.NaN()), "–"}, {seconds(math.Inf(1)), "–"},
		{size(0), "0 B"}, {size(999), "999 B"}, {size(1000), "1.00 KB"}, {size(999_499), "999 KB"}, {size(999_600), "1.00 MB"},
		{size(120e6), "120 MB"}, {size(math.MaxInt64), "9223372 TB"}, {size(-2000), "-2.00 KB"},
		{percent(0), "0 %"}, {percent(0.0123), "1.2 %"}, {percent(0.29), "29 %"}, {percent(1), "100 %"}, {percent(math.NaN()), "–"},
		{ratio(1), "1.00"}, {ratio(123.4), "123"}, {ratio(0), "–"}, {ratio(math.Inf(1)), "–"},
		{count(0), "0"}, {count(999), "999"}, {count(1048576), "1,048,576"}, {count(-1000), "-1,000"}, {count(math.MinInt64), "-9,223,372,036,854,775,808"},
		{interval(Estimate{Value: 1}, seconds), ""}, {interval(Estimate{1, 0.9, 1.1}, ratio), "0.90–1.10"},
		{interval(Estimate{1, 1.2, 1.4}, seconds), "1.20–1.40 s"}, {interval(Estimate{1, 0.9, 1.1}, seconds), "900 ms–1.10 s"},
	} {
		if got := strings.ReplaceAll(tt.got, "\u00a0", " "); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestQuantilesAreValuesThatOccurred(t *testing.T) {
	values := []float64{1, 2, 3, 4}
	for _, tt := range []struct{ q, want float64 }{{0, 1}, {0.25, 1}, {0.5, 2}, {0.51, 3}, {0.99, 4}, {1, 4}} {
		if got := quantile(values, tt.q); got != tt.want {
			t.Errorf("quantile %v is %v, want %v", tt.q, got, tt.want)
		}
	}
}

func TestDistributionEndsWithTheLongest(t *testing.T) {
	for _, n := range []int{0, 1, 2, 199, 200, 201, 10_007} {
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(n - i) // sorted the other way round
		}
		points := cumulative(values)
		if len(points) != min(n, 200) {
			t.Errorf("%d values: %d points, want %d", n, len(points), min(n, 200))
		}
		if n > 0 && points[len(points)-1] != [2]number{number(n), 1} {
			t.Errorf("%d values: the last point is %v", n, points[len(points)-1])
		}
		for i := 1; i < len(points); i++ {
			if points[i][0] < points[i-1][0] || points[i][1] <= points[i-1][1] {
				t.Fatalf("%d values: the points go back at %d: %v", n, i, points[i])
			}
		}
	}
}
