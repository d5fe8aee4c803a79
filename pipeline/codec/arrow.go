package codec

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow/ipc"

	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/arrowrecord"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// arrowCodec sends each chunk as an Arrow IPC stream of one record batch, as
// programs do that hand data to another through Arrow's own library.
type arrowCodec struct {
	schema chunk.Schema
	out    bytes.Buffer
}

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
	return [][]byte{a.out.Bytes()}, nil
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
	if err := checkStream(payload); err != nil {
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
