package codec

import (
	"fmt"

	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// raw sends the column buffers as they are, each at a multiple of 64 bytes:
//
//	+----------+-----+----------+-----+---
//	| buffer 0 | pad | buffer 1 | pad | ...
//	+----------+-----+----------+-----+---
//	0                64*k
//
// The parts point into the chunk; nothing is copied before the pipe.
type raw struct {
	schema  chunk.Schema
	parts   [][]byte
	offsets [lentChunks][][]int64 // scratch of trimmed, one for each text column of a chunk
	turn    int                   // which of them this chunk takes
	used    int                   // of those, by this chunk
}

// lentChunks is for how many chunks what Encode returns stays as it is: the
// pages may be lent to a pipe, in which a worker has some chunks waiting.
const lentChunks = 8

var padding [chunk.Align]byte

func (r *raw) Encode(c *chunk.Chunk, m *wire.Message) ([][]byte, error) {
	r.parts, r.used, r.turn = r.parts[:0], 0, (r.turn+1)%lentChunks
	offset := int64(0)
	place := func(buf []byte) (wire.Extent, error) {
		at := wire.Extent{Offset: offset, Length: int64(len(buf))}
		r.parts = append(r.parts, buf)
		offset += at.Length
		if pad := chunk.AlignUp(offset) - offset; pad > 0 {
			r.parts = append(r.parts, padding[:pad])
			offset += pad
		}
		return at, nil
	}
	m.Columns = m.Columns[:0]
	for i := range c.Columns {
		column := r.trimmed(&c.Columns[i])
		d, err := wire.Describe(r.schema[i].Name, &column, place)
		if err != nil {
			return nil, err
		}
		m.Columns = append(m.Columns, d)
	}
	return r.parts, nil
}

// trimmed is c without the text of rows that are not in it: a chunk of a large
// batch has the offsets of its rows, but the text of all. Offsets, which are a
// few bytes a row, are moved to begin at 0.
func (r *raw) trimmed(c *chunk.Column) chunk.Column {
	if c.Type.ID != chunk.String || c.Dict != nil || c.Len == 0 {
		return *c
	}
	t := *c
	if c.WideOffsets {
		t.Offsets, t.Values = trim(r.scratch(c.Len+1), chunk.View[int64](c.Offsets)[:c.Len+1], c.Values)
	} else {
		narrow := chunk.View[int32](chunk.Bytes(r.scratch(c.Len/2 + 1)))
		t.Offsets, t.Values = trim(narrow, chunk.View[int32](c.Offsets)[:c.Len+1], c.Values)
	}
	return t
}

func (r *raw) scratch(n int) []int64 {
	offsets := &r.offsets[r.turn]
	if r.used == len(*offsets) {
		*offsets = append(*offsets, nil)
	}
	s := &(*offsets)[r.used]
	r.used++
	if cap(*s) < n {
		*s = make([]int64, n)
	}
	return (*s)[:n]
}

func trim[T int32 | int64](dst, offsets []T, text []byte) (_, _ []byte) {
	from, to := offsets[0], offsets[len(offsets)-1]
	if from == 0 {
		return chunk.Bytes(offsets), text[:to]
	}
	dst = dst[:len(offsets)]
	for i, o := range offsets {
		dst[i] = o - from
	}
	return chunk.Bytes(dst), text[from:to]
}

func (r *raw) Decode(m *wire.Message, payload []byte, c *chunk.Chunk) error {
	get := func(at wire.Extent) ([]byte, error) {
		if at.Segment != 0 || at.Offset < 0 || at.Length < 0 || at.Offset > int64(len(payload))-at.Length {
			return nil, fmt.Errorf("extent %d+%d of segment %d lies outside the %d bytes sent", at.Offset, at.Length, at.Segment, len(payload))
		}
		return payload[at.Offset : at.Offset+at.Length : at.Offset+at.Length], nil
	}
	return resolveAll(m, r.schema, get, true, c)
}

// resolveAll fills c from the columns that m describes.
func resolveAll(m *wire.Message, schema chunk.Schema, get func(wire.Extent) ([]byte, error), verify bool, c *chunk.Chunk) error {
	if len(m.Columns) != len(schema) {
		return fmt.Errorf("%d columns sent, %d expected", len(m.Columns), len(schema))
	}
	for i := range m.Columns {
		col, err := m.Columns[i].Resolve(get, verify)
		if err != nil {
			return err
		}
		if col.Len != m.Rows || col.Type.ID != schema[i].Type.ID {
			return fmt.Errorf("column %s: %d rows of %s sent, %d of %s expected", schema[i].Name, col.Len, col.Type, m.Rows, schema[i].Type)
		}
		c.Columns = append(c.Columns, col)
	}
	return nil
}

// Shared reads the chunks of mmap mode: the columns lie in segments that get
// knows by number.
func Shared(m *wire.Message, schema chunk.Schema, get func(wire.Extent) ([]byte, error), c *chunk.Chunk) error {
	return resolveAll(m, schema, get, false, c)
}
