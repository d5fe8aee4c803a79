package codec

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v15/arrow/ipc"

	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/arrowrecord"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// arrowCodec sends each chunk as an Arrow IPC stream of one record batch, as
// programs do that hand data to another through Arrow's own library.
//
// The message says how each text is laid out. With that the receiver knows the
// schema message that the stream has to begin with, byte for byte: Arrow's
// reader makes room by what a schema says of itself.
type arrowCodec struct {
	schema chunk.Schema
	out    bytes.Buffer

	layout []textLayout // of begin
	begin  []byte       // what a stream of this layout begins with
}

// textLayout is how a column of text is laid out; the zero value for others.
type textLayout struct{ wide, dictionary, wideDictionary bool }

func newArrow(schema chunk.Schema) *arrowCodec { return &arrowCodec{schema: schema} }

func (a *arrowCodec) Encode(c *chunk.Chunk, m *wire.Message) ([][]byte, error) {
	record, err := arrowrecord.New(c, a.schema)
	if err != nil {
		return nil, fmt.Errorf("codec arrow: %w", err)
	}
	defer record.Release()
	a.out.Reset()
	w := ipc.NewWriter(&a.out, ipc.WithSchema(record.Schema()))
	if err := errors.Join(w.Write(record), w.Close()); err != nil {
		touch(c)
		return nil, fmt.Errorf("codec arrow: %w", err)
	}
	m.Columns = m.Columns[:0]
	for i := range c.Columns {
		col := &c.Columns[i]
		d := wire.Column{Name: a.schema[i].Name, Type: a.schema[i].Type.ID.String(), Rows: col.Len, Nulls: col.Nulls, Wide: col.WideOffsets}
		if col.Dict != nil {
			d.Dict = &wire.Column{Type: d.Type, Rows: col.Dict.Len, Wide: col.Dict.WideOffsets}
		}
		m.Columns = append(m.Columns, d)
	}
	return [][]byte{a.out.Bytes()}, nil
}

// beginning is what a stream with columns laid out as m says begins with: all of
// a stream without records but its end mark of 8 bytes.
func (a *arrowCodec) beginning(m *wire.Message) ([]byte, error) {
	if len(m.Columns) != len(a.schema) {
		return nil, fmt.Errorf("%d columns sent, %d expected", len(m.Columns), len(a.schema))
	}
	layout := make([]textLayout, len(a.schema))
	for i, d := range m.Columns {
		if a.schema[i].Type.ID == chunk.String {
			layout[i] = textLayout{wide: d.Wide, dictionary: d.Dict != nil, wideDictionary: d.Dict != nil && d.Dict.Wide}
		}
	}
	if a.begin != nil && slices.Equal(layout, a.layout) {
		return a.begin, nil
	}
	empty := chunk.Chunk{}
	for i, f := range a.schema {
		col := chunk.Column{Type: f.Type, WideOffsets: layout[i].wide}
		if layout[i].dictionary {
			col.Dict = &chunk.Column{Type: f.Type, WideOffsets: layout[i].wideDictionary}
		}
		empty.Columns = append(empty.Columns, col)
	}
	record, err := arrowrecord.New(&empty, a.schema)
	if err != nil {
		return nil, err
	}
	defer record.Release()
	var out bytes.Buffer
	if err := ipc.NewWriter(&out, ipc.WithSchema(record.Schema())).Close(); err != nil {
		return nil, err
	}
	const endBytes = 8
	a.layout, a.begin = layout, bytes.Clone(out.Bytes()[:out.Len()-endBytes])
	return a.begin, nil
}

// touch reads every page of c's buffers. Arrow's writer makes a text of whatever
// panics in it, the fault of a truncated input too; here the same fault comes
// once more, for shm.GuardFaults to see.
func touch(c *chunk.Chunk) (sum byte) {
	for i := range c.Columns {
		c.Columns[i].Buffers(func(buf *[]byte) {
			for at := 0; at < len(*buf); at += 4096 {
				sum += (*buf)[at]
			}
			sum += (*buf)[len(*buf)-1]
		})
	}
	return sum
}

func (a *arrowCodec) Decode(m *wire.Message, payload []byte, c *chunk.Chunk) (err error) {
	begin, err := a.beginning(m)
	if err != nil {
		return fmt.Errorf("codec arrow: %w", err)
	}
	if !bytes.HasPrefix(payload, begin) {
		return fmt.Errorf("codec arrow: %w: it has another schema than the run", errStream)
	}
	if err := checkStream(payload[len(begin):]); err != nil {
		return fmt.Errorf("codec arrow: %w", err)
	}
	defer func() {
		if r := recover(); r != nil { // Arrow's reader panics on what it does not expect
			err = fmt.Errorf("codec arrow: %w: %v", errStream, r)
		}
	}()
	r, err := ipc.NewReader(bytes.NewReader(payload))
	if err != nil {
		return fmt.Errorf("codec arrow: %w", err)
	}
	defer r.Release()
	if !r.Next() {
		if r.Err() != nil {
			return fmt.Errorf("codec arrow: %w", r.Err())
		}
		return errors.New("codec arrow: the stream has no record")
	}
	got, schema, err := arrowrecord.Chunk(r.Record())
	if err != nil {
		return fmt.Errorf("codec arrow: %w", err)
	}
	if got.Rows != m.Rows || len(schema) != len(a.schema) {
		return fmt.Errorf("codec arrow: %d rows of %d columns sent, %d of %d expected", got.Rows, len(schema), m.Rows, len(a.schema))
	}
	for i := range schema {
		if schema[i].Type.ID != a.schema[i].Type.ID {
			return fmt.Errorf("codec arrow: column %s is %s, %s expected", schema[i].Name, schema[i].Type, a.schema[i].Type)
		}
	}
	c.Columns = append(c.Columns, got.Columns...)
	return nil
}
