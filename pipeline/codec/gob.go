package codec

import (
	"bytes"
	"encoding/gob"
	"fmt"

	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// gobCodec sends columns as typed Go slices through encoding/gob, as a Go
// program would that hands its values to another. Null rows hold a zero.
type gobCodec struct {
	schema chunk.Schema
	out    bytes.Buffer
}

// gobColumn has one slice in use, by the column's width. Ints of 16 bits and
// fewer travel as they would in a Go struct, and floats as their bits' gob
// form; a float16 travels as its bits.
type gobColumn struct {
	Valid []bool // nil: all are
	I8    []int8
	I16   []int16
	I32   []int32
	I64   []int64
	U8    []uint8
	U16   []uint16
	U32   []uint32
	U64   []uint64
	F32   []float32
	F64   []float64
	Bools []bool
	Texts []string
}

func (g *gobCodec) Encode(c *chunk.Chunk, m *wire.Message) ([][]byte, error) {
	columns := make([]gobColumn, len(c.Columns))
	for i := range c.Columns {
		columns[i].from(&c.Columns[i])
	}
	m.Columns = m.Columns[:0]
	g.out.Reset()
	if err := gob.NewEncoder(&g.out).Encode(columns); err != nil {
		return nil, fmt.Errorf("codec gob: %w", err)
	}
	return [][]byte{g.out.Bytes()}, nil
}

func (g *gobColumn) from(c *chunk.Column) {
	if c.Nulls > 0 {
		g.Valid = make([]bool, c.Len)
		for r := range g.Valid {
			g.Valid[r] = c.Valid(r)
		}
	}
	switch c.Type.ID {
	case chunk.Bool:
		g.Bools = make([]bool, c.Len)
		for r := range g.Bools {
			g.Bools[r] = c.Bit(r)
		}
	case chunk.Int8:
		g.I8 = chunk.View[int8](c.Values)
	case chunk.Int16:
		g.I16 = chunk.View[int16](c.Values)
	case chunk.Int32, chunk.Date32:
		g.I32 = chunk.View[int32](c.Values)
	case chunk.Int64, chunk.Date64, chunk.Timestamp:
		g.I64 = chunk.View[int64](c.Values)
	case chunk.Uint8:
		g.U8 = c.Values
	case chunk.Uint16, chunk.Float16:
		g.U16 = chunk.View[uint16](c.Values)
	case chunk.Uint32:
		g.U32 = chunk.View[uint32](c.Values)
	case chunk.Uint64:
		g.U64 = chunk.View[uint64](c.Values)
	case chunk.Float32:
		g.F32 = chunk.View[float32](c.Values)
	case chunk.Float64:
		g.F64 = chunk.View[float64](c.Values)
	case chunk.String:
		g.Texts = make([]string, c.Len)
		for r := range g.Texts {
			if c.Valid(r) {
				g.Texts[r] = string(c.Str(r))
			}
		}
	}
}

func (g *gobCodec) Decode(m *wire.Message, payload []byte, c *chunk.Chunk) error {
	var columns []gobColumn
	if err := gob.NewDecoder(bytes.NewReader(payload)).Decode(&columns); err != nil {
		return fmt.Errorf("codec gob: %w", err)
	}
	if len(columns) != len(g.schema) {
		return fmt.Errorf("codec gob: %d columns sent, %d expected", len(columns), len(g.schema))
	}
	for i := range columns {
		col, err := columns[i].column(g.schema[i].Type, m.Rows)
		if err != nil {
			return fmt.Errorf("codec gob: column %s: %w", g.schema[i].Name, err)
		}
		c.Columns = append(c.Columns, col)
	}
	return nil
}

func (g *gobColumn) column(t chunk.Type, rows int) (chunk.Column, error) {
	c := chunk.Column{Type: t, Len: rows}
	// Room is asked for by what came, not by what the message says of it.
	sizeBytes := len(g.Valid) + len(g.Bools) + 5*chunk.Align
	textBytes := 0
	if t.ID == chunk.String {
		for _, s := range g.Texts {
			textBytes += len(s)
		}
		sizeBytes += textBytes + 4*len(g.Texts)
	}
	var b builder
	if err := b.start(int64(sizeBytes)); err != nil {
		return c, err
	}
	if g.Valid != nil {
		if len(g.Valid) != rows {
			return c, fmt.Errorf("%d validities for %d rows", len(g.Valid), rows)
		}
		c.Validity = b.validity(rows)
		for r, ok := range g.Valid {
			if ok {
				c.Validity[r>>3] |= 1 << (r & 7)
			} else {
				c.Nulls++
			}
		}
	}
	switch t.ID {
	case chunk.Bool:
		if len(g.Bools) != rows {
			return c, fmt.Errorf("%d values for %d rows", len(g.Bools), rows)
		}
		c.Values = b.validity(rows)
		for r, v := range g.Bools {
			if v {
				c.Values[r>>3] |= 1 << (r & 7)
			}
		}
	case chunk.Int8:
		c.Values = chunk.Bytes(g.I8)
	case chunk.Int16:
		c.Values = chunk.Bytes(g.I16)
	case chunk.Int32, chunk.Date32:
		c.Values = chunk.Bytes(g.I32)
	case chunk.Int64, chunk.Date64, chunk.Timestamp:
		c.Values = chunk.Bytes(g.I64)
	case chunk.Uint8:
		c.Values = g.U8
	case chunk.Uint16, chunk.Float16:
		c.Values = chunk.Bytes(g.U16)
	case chunk.Uint32:
		c.Values = chunk.Bytes(g.U32)
	case chunk.Uint64:
		c.Values = chunk.Bytes(g.U64)
	case chunk.Float32:
		c.Values = chunk.Bytes(g.F32)
	case chunk.Float64:
		c.Values = chunk.Bytes(g.F64)
	case chunk.String:
		if len(g.Texts) != rows {
			return c, fmt.Errorf("%d values for %d rows", len(g.Texts), rows)
		}
		if err := fillTexts(&c, &b, g.Texts, textBytes); err != nil {
			return c, err
		}
	}
	return c, c.CheckBuffers()
}

// fillTexts lays texts of textBytes in all out as offsets and data.
func fillTexts(c *chunk.Column, b *builder, texts []string, textBytes int) error {
	if textBytes > 1<<31-1 {
		return fmt.Errorf("%d bytes of text in one chunk: use smaller chunks", textBytes)
	}
	c.Offsets = b.lease.Alloc(4 * (len(texts) + 1))
	c.Values = b.lease.Alloc(textBytes)
	offsets := chunk.View[int32](c.Offsets)
	end := 0
	offsets[0] = 0
	for r, s := range texts {
		end += copy(c.Values[end:], s)
		offsets[r+1] = int32(end)
	}
	return nil
}
