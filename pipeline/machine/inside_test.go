package machine

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline/codec"
	"github.com/weir-pipeline/weir/storage/chunk"
)

func TestFigureOfSamples(t *testing.T) {
	for _, c := range []struct {
		name    string
		samples series
		want    Figure
	}{
		{"none", nil, Figure{}},
		{"one", series{3}, Figure{3, 3, 3, 1}},
		{"an odd number", series{5, 1, 100}, Figure{5, 1, 100, 3}},
		{"an even number", series{4, 1, 2, 100}, Figure{3, 1, 100, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := append(series(nil), c.samples...)
			if got := c.samples.figure(); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			for i := range before {
				if c.samples[i] != before[i] {
					t.Error("the samples were put in order where they are")
				}
			}
		})
	}
}

func TestPace(t *testing.T) {
	count := func(ctx context.Context, share time.Duration, most int, each time.Duration) (n int) {
		for p := newPace(share, most); p.another(ctx); n++ {
			time.Sleep(each)
		}
		return n
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		name  string
		ctx   context.Context
		share time.Duration
		each  time.Duration
		want  int
	}{
		{"as often as wanted in ample time", context.Background(), time.Hour, 0, 7},
		{"once without time", context.Background(), 0, 0, 1},
		{"once if twice would take too long", context.Background(), 30 * time.Millisecond, 20 * time.Millisecond, 1},
		{"never after the end", gone, time.Hour, 0, 0},
	} {
		if got := count(c.ctx, c.share, 7, c.each); got != c.want {
			t.Errorf("%s: %d samples, want %d", c.name, got, c.want)
		}
	}
}

// TestWhatIsCopiedArrives compares the chunk that has gone through the pipe with
// the one that was sent.
func TestWhatIsCopiedArrives(t *testing.T) {
	for _, values := range []string{Doubles, Texts} {
		for _, name := range codec.Names() {
			t.Run(name+", "+values, func(t *testing.T) {
				way, err := newCourier()
				if err != nil {
					t.Fatal(err)
				}
				defer way.close()
				c, err := newCopying(name, values, way)
				if err != nil {
					t.Fatal(err)
				}
				for range 2 * 8 { // more often than scratch of raw lasts
					if err := c.once(); err != nil {
						t.Fatal(err)
					}
					want, got := &c.chunk.Columns[0], &c.got.Columns[0]
					if got.Len != copyRows(name) {
						t.Fatalf("%d rows, want %d", got.Len, copyRows(name))
					}
					for r := range want.Len {
						if !bytes.Equal(value(want, r), value(got, r)) {
							t.Fatalf("row %d is %q, want %q", r, value(got, r), value(want, r))
						}
					}
				}
				if int64(len(c.payload)) != c.payloadBytes {
					t.Errorf("%d bytes arrived of %d", len(c.payload), c.payloadBytes)
				}
			})
		}
	}
}

func value(c *chunk.Column, r int) []byte {
	if c.Type.ID == chunk.String {
		return c.Str(r)
	}
	return c.Values[8*r : 8*r+8]
}

func TestCoreCounts(t *testing.T) {
	for n, want := range map[int][]int{1: {1}, 2: {1, 2}, 3: {1, 2, 3}, 8: {1, 2, 4, 8}, 12: {1, 2, 4, 8, 12}} {
		got := coreCounts(n)
		if len(got) != len(want) {
			t.Errorf("%d cores: %v, want %v", n, got, want)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%d cores: %v, want %v", n, got, want)
			}
		}
	}
}

func TestSumOfEveryLength(t *testing.T) {
	v := make([]float64, 20)
	for i := range v {
		v[i] = float64(i + 1)
	}
	for n := range v {
		for cores := range 5 {
			if _, got := timedSum(v[:n], cores+1); got != float64(n*(n+1)/2) {
				t.Errorf("1 to %d is %v by %d cores", n, got, cores+1)
			}
		}
	}
}

func TestWordsOfTimes(t *testing.T) {
	for _, c := range []struct {
		seconds float64
		want    string
	}{
		{0, "0.0 ns"}, {0.24e-9, "0.2 ns"}, {42e-9, "42 ns"}, {0.25e-6, "250 ns"}, {9e-6, "9.0 µs"}, {9.96e-6, "10 µs"},
		{3.14e-3, "3.1 ms"}, {1.5, "1.5 s"}, {-2e-6, "-2.0 µs"},
	} {
		if got := seconds(c.seconds); got != c.want {
			t.Errorf("%v s is %q, want %q", c.seconds, got, c.want)
		}
	}
}
