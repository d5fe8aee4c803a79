package synth

import (
	"context"
	"math"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
)

func fill(t testing.TB, table Table, from int64, rows int) *chunk.Chunk {
	t.Helper()
	g, err := New(table)
	if err != nil {
		t.Fatal(err)
	}
	var c chunk.Chunk
	if err := g.Fill(context.Background(), &c, from, rows, nil, chunk.Heap{}); err != nil {
		t.Fatal(err)
	}
	return &c
}

func everyKind() []Column {
	return append(DefaultColumns(), CityColumn(),
		Column{Name: "u", Kind: Uniform, Mean: 10, Spread: 5, Decimals: 2, Nulls: 0.5},
		Column{Name: "when", Kind: Moment, Mean: 1000},
		Column{Name: "ok", Kind: Flag, Mean: 0.25, Nulls: 0.1})
}

// floats is a Float64 column's values that are not null.
func floats(col *chunk.Column) []float64 {
	var out []float64
	for r, v := range chunk.View[float64](col.Values) {
		if col.Valid(r) {
			out = append(out, v)
		}
	}
	return out
}

func moments(values []float64) (mean, spread float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		spread += (v - mean) * (v - mean) / float64(len(values))
	}
	return mean, math.Sqrt(spread)
}

func TestValuesDependOnTheRowAlone(t *testing.T) {
	const rows = 5000
	table := Table{Rows: rows, Seed: 7, Columns: everyKind()}
	whole := fill(t, table, 0, rows)
	for _, step := range []int{1, 7, 64, 1000, 4999} {
		for from := 0; from < rows; from += step {
			n := min(step, rows-from)
			part := fill(t, table, int64(from), n)
			for i := range part.Columns {
				a, b := &part.Columns[i], whole.Columns[i].Slice(from, n)
				if a.Nulls != b.Nulls {
					t.Fatalf("column %d rows %d+%d: %d nulls, %d in the whole table", i, from, n, a.Nulls, b.Nulls)
				}
				for r := range n {
					if a.Valid(r) != b.Valid(r) || a.Valid(r) && cell(a, r) != cell(&b, r) {
						t.Fatalf("column %d row %d: %v, %v in the whole table", i, from+r, cell(a, r), cell(&b, r))
					}
				}
			}
			if step < 64 && from > 100*step {
				break
			}
		}
	}
}

func cell(col *chunk.Column, r int) any {
	switch col.Type.ID {
	case chunk.Bool:
		return col.Bit(r)
	case chunk.String:
		return string(col.Str(r))
	case chunk.Float64:
		return chunk.View[float64](col.Values)[r]
	case chunk.Float32:
		return chunk.View[float32](col.Values)[r]
	case chunk.Int32:
		return chunk.View[int32](col.Values)[r]
	}
	return chunk.View[int64](col.Values)[r]
}

func TestSeedsAndColumnsDiffer(t *testing.T) {
	a := fill(t, Table{Seed: 1}, 0, 100)
	b := fill(t, Table{Seed: 2}, 0, 100)
	if cell(&a.Columns[1], 50) == cell(&b.Columns[1], 50) {
		t.Error("two seeds gave the same value")
	}
	if x, z := floats(&a.Columns[1]), floats(&a.Columns[3]); x[3] == z[3] || math.Abs(2*x[3]-z[3]) < 0.01 {
		t.Error("two columns follow each other")
	}
}

// TestFixedValues holds what a seed gives: files made with weir gen are quoted
// in measurements and have to stay reproducible.
func TestFixedValues(t *testing.T) {
	c := fill(t, Table{Seed: 20260101, Columns: everyKind()}, 1_000_000_000_000, 1)
	want := []any{int64(1000000000000), float64(-0.018166), float64(1.9749), float64(-1.652), int32(69), int64(41700000000020), float32(5.1875), float64(44.33), string("Jakarta"), float64(9.23), int64(1001700000000973), bool(true)}
	for i, w := range want {
		if got := cell(&c.Columns[i], 0); got != w {
			t.Errorf("column %d: %v, was %v", i, got, w)
		}
	}
}

func TestDistributions(t *testing.T) {
	const rows = 200_000
	c := fill(t, Table{Seed: 3, Columns: everyKind()}, 0, rows)
	near := func(what string, got, want, tolerance float64) {
		t.Helper()
		if math.Abs(got-want) > tolerance {
			t.Errorf("%s: %v, want %v ± %v", what, got, want, tolerance)
		}
	}
	x := floats(&c.Columns[1])
	mean, spread := moments(x)
	near("mean of x", mean, 0, 0.01)
	near("spread of x", spread, 1, 0.006)
	for _, q := range []struct{ below, share float64 }{{-3, 0.00135}, {-1, 0.15866}, {0, 0.5}, {0.5, 0.69146}, {2, 0.97725}, {3.6, 0.99984}} {
		n := 0
		for _, v := range x {
			if v < q.below {
				n++
			}
		}
		near("share of x below", float64(n)/rows, q.share, 4*math.Sqrt(q.share*(1-q.share)/rows))
	}
	y := floats(&c.Columns[2])
	for i := range y {
		y[i] = math.Log(y[i])
	}
	mean, spread = moments(y)
	near("mean of log y", mean, 0.5, 0.008)
	near("spread of log y", spread, 0.75, 0.005)
	near("nulls of z", float64(c.Columns[3].Nulls)/rows, 0.01, 0.001)

	var count [100]int
	for _, k := range chunk.View[int32](c.Columns[4].Values) {
		count[k]++
	}
	total := 0.0
	for k := range count {
		total += math.Pow(float64(k+1), -1.1)
	}
	for k, n := range count {
		share := math.Pow(float64(k+1), -1.1) / total
		near("share of a k", float64(n)/rows, share, 5*math.Sqrt(share/rows))
	}

	last := int64(0)
	for _, ts := range chunk.View[int64](c.Columns[5].Values) {
		if ts <= last {
			t.Fatalf("the clock goes from %d to %d", last, ts)
		}
		last = ts
	}
	near("clock", float64(last), 1_700_000_000_000+40*rows, 41)
	trues := chunk.CountBits(c.Columns[11].Values, 0, rows)
	near("flags", float64(trues)/rows, 0.25, 0.004)
}

func TestDecimalsAreWhole(t *testing.T) {
	c := fill(t, Table{Seed: 4, Columns: everyKind()}, 0, 50_000)
	for col, scale := range map[int]float64{1: 1e6, 2: 1e4, 3: 1e3, 7: 1e2, 9: 1e2} {
		for r, v := range chunk.View[float64](c.Columns[col].Values) {
			if s := math.Round(v * scale); s/scale != v || v == 0 && math.Signbit(v) {
				t.Fatalf("column %d row %d: %v is no decimal with scale %v", col, r, v, scale)
			}
		}
	}
	for r, v := range chunk.View[float32](c.Columns[6].Values) {
		if w := float64(v) * 16; w != math.Trunc(w) || math.Abs(float64(v)) > 100 {
			t.Fatalf("row %d: %v", r, v)
		}
	}
}

func TestExpAndLog(t *testing.T) {
	for x := -40.0; x < 40; x += 0.0137 {
		if got, want := exp(x), math.Exp(x); math.Abs(got-want) > 1e-15*want {
			t.Fatalf("exp(%v) = %v, math.Exp gives %v", x, got, want)
		}
	}
	for x := 1e-9; x < 1e9; x *= 1.0137 {
		if got, want := log(x), math.Log(x); math.Abs(got-want) > 4e-15*math.Max(1, math.Abs(want)) {
			t.Fatalf("log(%v) = %v, math.Log gives %v", x, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		table Table
		want  string
	}{
		{Table{Rows: -1}, "a table of -1 rows"},
		{Table{Columns: []Column{{}}}, "column : has no name"},
		{Table{Columns: []Column{{Name: "a"}, {Name: "a"}}}, "column a: is there twice"},
		{Table{Columns: []Column{{Name: "a", Kind: 99}}}, "column a: kind 99 is unknown"},
		{Table{Columns: []Column{{Name: "a", Kind: Normal, Decimals: 10}}}, "column a: 10 decimals, possible are 0 to 9"},
		{Table{Columns: []Column{{Name: "a", Nulls: math.NaN()}}}, "column a: a share of nulls of NaN, possible is 0 to 1"},
		{Table{Columns: []Column{{Name: "a", Kind: Zipf}}}, "column a: 0 different values, possible are 1 to 65,536"},
		{Table{Columns: []Column{{Name: "a", Kind: Clock}}}, "column a: a clock of 0 ms a row, possible are 1 to 1,000,000"},
		{Table{Columns: []Column{{Name: "a", Kind: Normal, Mean: math.Inf(1)}}}, "column a: mean +Inf and spread 0 have to be finite"},
		{Table{Columns: []Column{{Name: "a", Kind: Fraction, Spread: 2000}}}, "column a: fractions have a whole mean and lie within 1000, not 0 within 2000"},
	} {
		if err := c.table.Check(); err == nil || err.Error() != c.want {
			t.Errorf("%+v: %v, want %s", c.table, err, c.want)
		}
	}
	for k := range kindNames {
		if parsed, ok := ParseKind(Kind(k).String()); !ok || parsed != Kind(k) {
			t.Errorf("kind %s does not parse", Kind(k))
		}
	}
}

func BenchmarkFill(b *testing.B) {
	g, _ := New(Table{})
	const rows = 65536
	var c chunk.Chunk
	for i := range b.N {
		if err := g.Fill(context.Background(), &c, int64(i)*rows, rows, nil, chunk.Heap{}); err != nil {
			b.Fatal(err)
		}
		c.Release()
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
