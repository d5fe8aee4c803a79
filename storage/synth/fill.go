package synth

import (
	"context"
	"math"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// Generator makes chunks of a table. It is safe for concurrent use.
type Generator struct {
	table   Table
	columns []generated
	zig     *ziggurat
}

// generated is a column with what its values are computed from.
type generated struct {
	Column
	values, nulls stream
	nullBelow     uint64 // the row is null if its number of nulls is below; all ones: always
	scale         float64
	slots         []slot        // Zipf and City
	dict          *chunk.Column // City
}

// New prepares a table.
func New(t Table) (*Generator, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	g := &Generator{table: t, zig: newZiggurat()}
	for _, c := range t.columns() {
		d := generated{Column: c, values: newStream(t.Seed, c.Name, 'v'), nulls: newStream(t.Seed, c.Name, 'n')}
		d.nullBelow = uint64(c.Nulls * (1 << 53))
		d.scale = 1
		for range c.Decimals {
			d.scale *= 10
		}
		switch c.Kind {
		case Zipf:
			d.slots = alias(c.Values, c.Spread)
		case City:
			d.slots, d.dict = alias(len(cities), 0.5), cityDictionary()
		}
		g.columns = append(g.columns, d)
	}
	return g, nil
}

// Table is what the generator was made from.
func (g *Generator) Table() Table { return g.table }

// Fill makes c, which holds nothing, of rows [from, from+rows) of the table.
// columns are positions in the schema; nil is all of them.
func (g *Generator) Fill(ctx context.Context, c *chunk.Chunk, from int64, rows int, columns []int, mem chunk.Memory) error {
	if columns == nil {
		columns = make([]int, len(g.columns))
		for i := range columns {
			columns[i] = i
		}
	}
	var sizeBytes int64
	for _, i := range columns {
		sizeBytes += chunk.AlignUp(int64(valueBytes(g.columns[i].Type(), rows)))
		if g.columns[i].Nulls > 0 {
			sizeBytes += chunk.AlignUp(int64(chunk.BitmapBytes(rows)))
		}
	}
	lease, err := mem.Lease(ctx, sizeBytes)
	if err != nil {
		return err
	}
	c.Hold(lease)
	c.FirstRow, c.Rows = from, rows
	for _, i := range columns {
		c.Columns = append(c.Columns, g.column(&g.columns[i], from, rows, lease))
	}
	return nil
}

func valueBytes(t chunk.Type, rows int) int {
	switch t.ID {
	case chunk.Bool:
		return chunk.BitmapBytes(rows)
	case chunk.String:
		return 4 * rows
	}
	return t.ID.Width() * rows
}

func (g *Generator) column(d *generated, from int64, rows int, lease chunk.Lease) chunk.Column {
	t := d.Type()
	col := chunk.Column{Type: t, Len: rows, Values: lease.Alloc(valueBytes(t, rows)), Dict: d.dict}
	switch d.Kind {
	case Sequence:
		values := chunk.View[int64](col.Values)
		for i := range values {
			values[i] = from + int64(i)
		}
	case Normal:
		values := chunk.View[float64](col.Values)
		g.normals(d, values, from)
		d.round(values)
	case LogNormal:
		values := chunk.View[float64](col.Values)
		g.normals(d, values, from)
		for i, v := range values {
			values[i] = exp(max(-650, min(v, 650)))
		}
		d.round(values)
	case Uniform:
		values := chunk.View[float64](col.Values)
		for i := range values {
			values[i] = d.Mean + float64(d.Spread*(2*unit(d.values.at(from+int64(i)))-1))
		}
		d.round(values)
	case Fraction:
		values := chunk.View[float32](col.Values)
		for i := range values {
			v := 16 * float64(d.Spread*(2*unit(d.values.at(from+int64(i)))-1))
			values[i] = float32(d.Mean + math.Round(v)/16)
		}
	case Zipf, City:
		pick(chunk.View[int32](col.Values), d, from)
	case Clock, Moment:
		values := chunk.View[int64](col.Values)
		step := uint64(d.Mean)
		for i := range values {
			// The clock ticks evenly; each row comes at some point of its tick.
			row := from + int64(i)
			values[i] = 1_700_000_000_000 + row*int64(step) + int64(d.values.at(row)>>32*step>>32)
		}
	case Flag:
		clear(col.Values)
		below := uint64(d.Mean * (1 << 53))
		for i := range rows {
			if d.values.at(from+int64(i))>>11 < below {
				col.Values[i>>3] |= 1 << (i & 7)
			}
		}
	}
	if d.Nulls > 0 {
		d.null(&col, from, lease)
	}
	return col
}

// normals fills values with the normal distribution of the column.
func (g *Generator) normals(d *generated, values []float64, from int64) {
	for i := range values {
		values[i] = d.Mean + float64(d.Spread*g.zig.normal(d.values.at(from+int64(i))))
	}
}

// round keeps the column's decimals. The quotient of two exact numbers is the
// float64 nearest to the decimal, so reading the decimal's text gives it back.
// Adding 0 turns -0 into 0.
func (d *generated) round(values []float64) {
	scale := d.scale
	for i, v := range values {
		values[i] = math.RoundToEven(v*scale)/scale + 0
	}
}

// null makes rows null. What is under a null stays: whoever reads it by mistake
// shall get a different result.
func (d *generated) null(col *chunk.Column, from int64, lease chunk.Lease) {
	bitmap := lease.Alloc(chunk.BitmapBytes(col.Len))
	clear(bitmap)
	for i := range col.Len {
		if d.nulls.at(from+int64(i))>>11 >= d.nullBelow {
			bitmap[i>>3] |= 1 << (i & 7)
		}
	}
	if valid := chunk.CountBits(bitmap, 0, col.Len); valid < col.Len {
		col.Nulls, col.Validity = col.Len-valid, bitmap
	}
}

// slot is an entry of an alias table (Walker 1977, in the form of Vose, "A
// linear algorithm for generating random numbers with a given distribution",
// 1991): its own value if the fraction is below, else the other.
type slot struct {
	below      uint32
	own, other int32
}

// pick fills values with draws from the alias table.
func pick(values []int32, d *generated, from int64) {
	slots := d.slots
	n := uint64(len(slots))
	for i := range values {
		u := d.values.at(from + int64(i))
		s := &slots[(u>>32)*n>>32]
		v := s.own
		if uint32(u) >= s.below {
			v = s.other
		}
		values[i] = v
	}
}

// alias is the table for n values, of which the v-th weighs (v+1)^-exponent.
func alias(n int, exponent float64) []slot {
	share := make([]float64, n) // of a slot; 1 on average
	total := 0.0
	for v := range share {
		share[v] = exp(-exponent * log(float64(v+1)))
		total += share[v]
	}
	var small, large []int
	for v := range share {
		share[v] *= float64(n) / total
		if share[v] < 1 {
			small = append(small, v)
		} else {
			large = append(large, v)
		}
	}
	slots := make([]slot, n)
	for v := range slots {
		slots[v] = slot{below: math.MaxUint32, own: int32(v), other: int32(v)}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		slots[s].below = uint32(share[s] * (1 << 32))
		slots[s].other = int32(l)
		share[l] -= 1 - share[s]
		if share[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	return slots
}
