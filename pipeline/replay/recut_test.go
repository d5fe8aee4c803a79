package replay_test

import (
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline/replay"
)

// sameTotals says which total of a step, or of rows or bytes, two workloads do
// not have in common.
func sameTotals(t *testing.T, got, want replay.Workload) {
	t.Helper()
	for _, step := range steps {
		if g, w := sum(step.of(got)...), sum(step.of(want)...); g != w {
			t.Errorf("%s costs %v in all, want %v", step.name, g, w)
		}
	}
	rows, bytes := size(got)
	wantRows, wantBytes := size(want)
	if rows != wantRows || bytes != wantBytes {
		t.Errorf("%d rows of %d bytes, want %d of %d", rows, bytes, wantRows, wantBytes)
	}
}

func size(w replay.Workload) (rows int, bytes int64) {
	for _, c := range chunksOf(w) {
		rows += c.Rows
		bytes += c.Bytes
	}
	return rows, bytes
}

func chunksOf(w replay.Workload) (all []replay.Chunk) {
	for _, s := range w.Splits {
		all = append(all, s.Chunks...)
	}
	return all
}

func TestBalanced(t *testing.T) {
	t.Run("does the same work in equal chunks", func(t *testing.T) {
		forRandom(t, func(t *testing.T, w replay.Workload) {
			if len(chunksOf(w)) == 0 {
				return
			}
			b := w.Balanced()
			sameTotals(t, b, w)
			if n := len(b.Splits); n%w.Lanes != 0 || n < 64*w.Lanes || n < len(chunksOf(w)) {
				t.Errorf("%d splits for %d lanes", n, w.Lanes)
			}
			for _, s := range b.Splits {
				if d := s.Chunks[0].Compute.CPU - b.Splits[0].Chunks[0].Compute.CPU; len(s.Chunks) != 1 || d.Abs() > 1 {
					t.Errorf("a split of %d chunks, one %v longer than another", len(s.Chunks), d)
				}
			}
		})
	})
	t.Run("keeps every lane busy to the end", func(t *testing.T) {
		forRandom(t, func(t *testing.T, w replay.Workload) {
			w.Handover, w.MemoryBytes = false, 0
			w = w.Free(replay.StepPlan, replay.StepStart, replay.StepOpen, replay.StepEncode, replay.StepCopy, replay.StepReturn,
				replay.StepCombine, replay.StepEmit, replay.StepFinish).Warm()
			total := sum(costs(w)...).CPU
			want := total / time.Duration(min(w.Cores, w.Lanes))
			if got := replay.Run(w.Balanced()).Wall; (got - want).Abs() > want/50 {
				t.Errorf("%v on %d cores and %d lanes take %v, want %v", total, w.Cores, w.Lanes, got, want)
			}
		})
	})
	t.Run("leaves a run without chunks as it is", func(t *testing.T) {
		w := replay.Workload{Lanes: 2, Splits: []replay.Split{{Open: cpu(3)}}}
		if b := w.Balanced(); !reflect.DeepEqual(b, w) {
			t.Errorf("it became %+v", b)
		}
	})
}

func TestEven(t *testing.T) {
	t.Run("keeps chunks, rows, bytes and totals", func(t *testing.T) {
		forRandom(t, func(t *testing.T, w replay.Workload) {
			even := w.Even()
			sameTotals(t, even, w)
			before := chunksOf(w)
			for i, c := range chunksOf(even) {
				if c.Rows != before[i].Rows || c.Bytes != before[i].Bytes {
					t.Errorf("chunk %d of %d rows and %d bytes has %d and %d", i, before[i].Rows, before[i].Bytes, c.Rows, c.Bytes)
				}
			}
		})
	})
	t.Run("makes every row cost the same", func(t *testing.T) {
		chunk := func(rows, n int) replay.Chunk { return replay.Chunk{Rows: rows, Compute: cpu(n)} }
		w := replay.Workload{Splits: []replay.Split{{Chunks: []replay.Chunk{chunk(1, 10), chunk(0, 1)}}, {Chunks: []replay.Chunk{chunk(3, 1)}}}}
		want := []replay.Split{{Chunks: []replay.Chunk{chunk(1, 3), chunk(0, 0)}}, {Chunks: []replay.Chunk{chunk(3, 9)}}}
		if got := w.Even().Splits; !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
	t.Run("or every chunk when there are no rows", func(t *testing.T) {
		w := replay.Workload{Splits: oneSplit(2, replay.Chunk{Read: cpu(5)})}
		w.Splits[0].Chunks[0].Read = cpu(1)
		if got, want := w.Even().Splits, oneSplit(2, replay.Chunk{Read: cpu(3)}); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestRechunk(t *testing.T) {
	fixed := replay.Chunk{Bytes: 64, Copy: cpu(2), Emit: cpu(1)}
	// of is a chunk that costs 1 ms of computing, 10 µs of copying and 8 bytes a row.
	of := func(rows int) replay.Chunk {
		return replay.Chunk{
			Rows: rows, Bytes: int64(64 + 8*rows), Compute: cpu(rows), Emit: cpu(1),
			Copy: replay.Cost{CPU: 2*ms + time.Duration(rows)*10*time.Microsecond},
		}
	}
	list := func(rows ...int) (chunks []replay.Chunk) {
		for _, n := range rows {
			chunks = append(chunks, of(n))
		}
		return chunks
	}
	for _, c := range []struct {
		name       string
		rows       int
		have, want []int
	}{
		{"the same rows change nothing", 100, []int{100, 100, 30}, []int{100, 100, 30}},
		{"chunks are divided", 40, []int{100}, []int{40, 40, 20}},
		{"chunks are joined", 100, []int{40, 40, 20, 50}, []int{100, 50}},
		{"both", 60, []int{100, 10, 30}, []int{60, 60, 20}},
		{"one chunk for all rows", 1 << 30, []int{100, 100}, []int{200}},
		{"no rows are one", 0, []int{2}, []int{1, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := replay.Workload{Splits: []replay.Split{{Open: cpu(1), Chunks: list(c.have...)}, {Chunks: list(c.have...)}}}
			want := []replay.Split{{Open: cpu(1), Chunks: list(c.want...)}, {Chunks: list(c.want...)}}
			if got := w.Rechunk(c.rows, fixed).Splits; !reflect.DeepEqual(got, want) {
				t.Errorf("got %v\nwant %v", got, want)
			}
		})
	}
	t.Run("keeps skew", func(t *testing.T) {
		w := replay.Workload{Splits: []replay.Split{{Chunks: []replay.Chunk{{Rows: 2, Compute: cpu(2)}, {Rows: 2, Compute: cpu(20)}}}}}
		want := []replay.Chunk{{Rows: 3, Compute: cpu(12)}, {Rows: 1, Compute: cpu(10)}}
		if got := w.Rechunk(3, replay.Chunk{}).Splits[0].Chunks; !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
	t.Run("keeps totals when nothing is fixed", func(t *testing.T) {
		forRandom(t, func(t *testing.T, w replay.Workload) {
			for _, rows := range []int{7, 1000} {
				cut := w.Rechunk(rows, replay.Chunk{})
				sameTotals(t, cut, w)
				for _, c := range chunksOf(cut) {
					if c.Rows > rows {
						t.Errorf("a chunk of %d rows, at most %d are asked for", c.Rows, rows)
					}
				}
			}
		})
	})
	t.Run("makes no more chunks than memory holds", func(t *testing.T) {
		w := replay.Workload{Splits: oneSplit(1, replay.Chunk{Rows: 1 << 30, Compute: cpu(1000)})}
		cut := w.Rechunk(1, replay.Chunk{})
		rows, _ := size(cut)
		if n := len(cut.Splits[0].Chunks); n != 1<<17 || rows != 1<<30 {
			t.Errorf("%d chunks of %d rows", n, rows)
		}
		w.Splits = splits(3, replay.Chunk{Rows: math.MaxInt})
		if n := len(chunksOf(w.Rechunk(1, replay.Chunk{}))); n > 1<<17+3 {
			t.Errorf("%d chunks of three splits", n)
		}
	})
}

func TestResplit(t *testing.T) {
	t.Run("keeps the chunks in order, in splits that are not empty", func(t *testing.T) {
		forRandom(t, func(t *testing.T, w replay.Workload) {
			for _, n := range []int{1, 2, 5, 1000} {
				r := w.Resplit(n)
				if !slices.Equal(chunksOf(r), chunksOf(w)) {
					t.Error("the chunks are others")
				}
				if chunks := len(chunksOf(w)); chunks > 0 && len(r.Splits) != min(n, chunks) {
					t.Errorf("%d splits of %d chunks, want %d", len(r.Splits), chunks, n)
				}
				for i, s := range r.Splits {
					if len(chunksOf(w)) > 0 && len(s.Chunks) == 0 {
						t.Errorf("split %d is empty", i)
					}
				}
			}
		})
	})
	of := func(rows ...int) (s replay.Split) {
		s.Open = cpu(2)
		for _, n := range rows {
			s.Chunks = append(s.Chunks, replay.Chunk{Rows: n})
		}
		return s
	}
	first, second := of(1, 2, 3), of(6, 1, 1)
	first.Open, second.Open = cpu(1), cpu(3)
	w := replay.Workload{Splits: []replay.Split{first, second}}
	for _, c := range []struct {
		name string
		n    int
		want []replay.Split
	}{
		{"one split", 1, []replay.Split{of(1, 2, 3, 6, 1, 1)}},
		{"about equal rows", 2, []replay.Split{of(1, 2, 3), of(6, 1, 1)}},
		{"a large chunk is one", 3, []replay.Split{of(1, 2), of(3, 6), of(1, 1)}},
		{"one for each chunk", 9, []replay.Split{of(1), of(2), of(3), of(6), of(1), of(1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := w.Resplit(c.n).Splits; !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v\nwant %v", got, c.want)
			}
		})
	}
}
