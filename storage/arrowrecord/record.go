// Package arrowrecord turns chunks into Arrow records and back without copying
// values, so that a program that embeds weir can hand over and receive
// arrow.Record at the edges.
//
// What Arrow lays out differently is copied, and it is little: the validity
// bitmap of a slice that does not begin at a byte (an eighth of a byte a row),
// the offsets of a text column that do not begin at 0 (readers of records,
// v15's IPC writer among them, mistake them), and, into a chunk, dictionary
// indices that are not int32.
package arrowrecord

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// New is c as a record over the same buffers. It borrows them: the record and
// what is sliced from it must not be read after c.Release. schema describes
// the columns of c in order.
func New(c *chunk.Chunk, schema chunk.Schema) (arrow.Record, error) {
	return build(c, schema, memory.NewBufferBytes)
}

// Take is New for a record that outlives the caller's use of c: it takes over
// c, which is released when the record and everything sliced from it has been.
// On an error c stays the caller's.
func Take(c *chunk.Chunk, schema chunk.Schema) (arrow.Record, error) {
	own := &owner{c: c}
	own.users.Store(1)
	rec, err := build(c, schema, own.buffer)
	if err != nil {
		return nil, err
	}
	own.done()
	return rec, nil
}

func build(c *chunk.Chunk, schema chunk.Schema, wrap func([]byte) *memory.Buffer) (arrow.Record, error) {
	if len(schema) != len(c.Columns) {
		return nil, fmt.Errorf("the chunk has %d columns, the schema %d", len(c.Columns), len(schema))
	}
	fields := make([]arrow.Field, len(schema))
	for i, f := range schema {
		col := &c.Columns[i]
		if err := check(c, col, f); err != nil {
			return nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
		t, err := layoutType(col)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
		fields[i] = arrow.Field{Name: f.Name, Type: t, Nullable: f.Nullable || col.Nulls > 0}
	}
	arrays := make([]arrow.Array, len(schema))
	for i := range arrays {
		data := columnData(&c.Columns[i], fields[i].Type, wrap)
		arrays[i] = array.MakeFromData(data)
		data.Release()
	}
	rec := array.NewRecord(arrow.NewSchema(fields, nil), arrays, int64(c.Rows))
	for _, a := range arrays {
		a.Release()
	}
	return rec, nil
}

func check(c *chunk.Chunk, col *chunk.Column, f chunk.Field) error {
	if col.Type != f.Type {
		return fmt.Errorf("the chunk has %s, the schema %s", col.Type, f.Type)
	}
	if col.Len != c.Rows {
		return fmt.Errorf("the column has %d rows, the chunk %d", col.Len, c.Rows)
	}
	return col.CheckBuffers()
}

// layoutType is the Arrow type of the column as it is laid out.
func layoutType(col *chunk.Column) (arrow.DataType, error) {
	switch {
	case col.Dict != nil:
		values, err := layoutType(col.Dict)
		return &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: values}, err
	case col.WideOffsets:
		return arrow.BinaryTypes.LargeString, nil
	}
	return arrowType(col.Type)
}

// columnData has one reference, the caller's.
func columnData(col *chunk.Column, t arrow.DataType, wrap func([]byte) *memory.Buffer) *array.Data {
	offset := 0
	var validity *memory.Buffer
	if col.Type.ID == chunk.Bool {
		offset = col.BitOffset
		if col.Nulls > 0 {
			validity = wrap(col.Validity)
		}
	} else if col.Nulls > 0 {
		if col.BitOffset == 0 {
			validity = wrap(col.Validity)
		} else {
			validity = memory.NewBufferBytes(shiftedBits(col.Validity, col.BitOffset, col.Len))
		}
	}
	buffers := []*memory.Buffer{validity}
	if col.Type.ID == chunk.String && col.Dict == nil && col.Len > 0 {
		buffers = append(buffers, textOffsets(col, wrap))
		buffers = append(buffers, wrap(textValues(col)))
	} else if col.Type.ID == chunk.String && col.Dict == nil {
		buffers = append(buffers, nil, nil)
	} else {
		buffers = append(buffers, wrap(col.Values))
	}
	var data *array.Data
	if col.Dict != nil {
		dict := columnData(col.Dict, t.(*arrow.DictionaryType).ValueType, wrap)
		data = array.NewDataWithDictionary(t, col.Len, buffers, col.Nulls, offset, dict)
		dict.Release()
	} else {
		data = array.NewData(t, col.Len, buffers, nil, col.Nulls, offset)
	}
	for _, b := range buffers {
		if b != nil {
			b.Release() // data holds its own reference
		}
	}
	return data
}

// textOffsets is the column's offsets if they begin at 0, else a copy that
// does.
func textOffsets(col *chunk.Column, wrap func([]byte) *memory.Buffer) *memory.Buffer {
	if col.WideOffsets {
		used := col.Offsets[:8*(col.Len+1)]
		if binary.LittleEndian.Uint64(used) == 0 {
			return wrap(used)
		}
		return memory.NewBufferBytes(rebased(chunk.View[int64](used)))
	}
	used := col.Offsets[:4*(col.Len+1)]
	if binary.LittleEndian.Uint32(used) == 0 {
		return wrap(used)
	}
	return memory.NewBufferBytes(rebased(chunk.View[int32](used)))
}

func rebased[T int32 | int64](offsets []T) []byte {
	from0 := make([]T, len(offsets))
	for i, o := range offsets {
		from0[i] = o - offsets[0]
	}
	return chunk.Bytes(from0)
}

// textValues is the bytes between the first and the last offset.
func textValues(col *chunk.Column) []byte {
	if col.WideOffsets {
		return col.Values[binary.LittleEndian.Uint64(col.Offsets):binary.LittleEndian.Uint64(col.Offsets[8*col.Len:])]
	}
	return col.Values[binary.LittleEndian.Uint32(col.Offsets):binary.LittleEndian.Uint32(col.Offsets[4*col.Len:])]
}

// shiftedBits is bits [from, from+n) of an LSB-first bitmap, from below 8, as
// a bitmap that begins with them.
func shiftedBits(bitmap []byte, from, n int) []byte {
	out := make([]byte, chunk.BitmapBytes(n))
	for i := range out {
		b := bitmap[i] >> from
		if i+1 < len(bitmap) {
			b |= bitmap[i+1] << (8 - from)
		}
		out[i] = b
	}
	if n&7 != 0 {
		out[len(out)-1] &= 1<<(n&7) - 1
	}
	return out
}

// owner is the allocator of a taken chunk's buffers. Arrow calls Free when a
// buffer's last reference is gone, the last Free releases the chunk.
type owner struct {
	c     *chunk.Chunk
	users atomic.Int64
}

func (o *owner) buffer(data []byte) *memory.Buffer {
	o.users.Add(1)
	return memory.NewBufferWithAllocator(data, o)
}

func (o *owner) Free([]byte) { o.done() }

func (o *owner) done() {
	if o.users.Add(-1) == 0 {
		o.c.Release()
	}
}

// Allocate and Reallocate are never called: the buffers are not mutable.
func (o *owner) Allocate(int) []byte           { panic("arrowrecord: buffer of a chunk allocated") }
func (o *owner) Reallocate(int, []byte) []byte { panic("arrowrecord: buffer of a chunk resized") }
