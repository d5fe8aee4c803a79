// Package csvwriter writes chunks as CSV that reads back to the same values:
// floats as the shortest text with the same bits, always with a point or an
// exponent so that they stay floats; dates and timestamps in ISO 8601, with as
// many decimals as the column's unit has, and a Z where the column has a zone;
// a null as an empty field and an empty text as "". Texts are quoted when they
// have to be. In a table of a single column a null is "" too.
package csvwriter

import (
	"fmt"
	"io"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// flushBytes is when the buffer goes to the writer below: large blocks, and
// small enough to stay in the cache.
const flushBytes = 256 << 10

// Options say how to write. The zero value is comma-separated with a header.
type Options struct {
	Comma    byte // between fields; 0 is a comma
	NoHeader bool // leave out the line of column names
}

// Writer writes one CSV file. It belongs to one goroutine.
type Writer struct {
	w      io.Writer
	enc    *Encoder
	schema chunk.Schema
	buf    []byte
	header bool // still to be written
	err    error
}

// New writes to w, comma-separated with a header, columns of the given schema.
func New(w io.Writer, schema chunk.Schema) *Writer { return Options{}.New(w, schema) }

// New writes to w as the options say, columns of the given schema.
func (o Options) New(w io.Writer, schema chunk.Schema) *Writer {
	return &Writer{w: w, enc: o.Encoder(schema), schema: schema, header: !o.NoHeader}
}

// Write appends the rows of c, which stays the caller's. Its columns are those
// of the schema, in order. After an error the writer repeats it.
func (w *Writer) Write(c *chunk.Chunk) error {
	if w.err == nil {
		w.err = w.write(c)
	}
	return w.err
}

func (w *Writer) write(c *chunk.Chunk) error {
	w.begin()
	if err := w.enc.check(c); err != nil {
		return err
	}
	for from := 0; from < c.Rows; from += blockRows {
		w.buf = w.enc.block(w.buf, c, from, min(blockRows, c.Rows-from))
		if len(w.buf) >= flushBytes {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close writes what is buffered, the header of an empty table too. It does not
// close the writer below.
func (w *Writer) Close() error {
	if w.err == nil {
		w.begin()
		w.err = w.flush()
	}
	return w.err
}

func (w *Writer) begin() {
	if w.header {
		w.buf = w.enc.AppendHeader(w.buf)
		w.header = false
	}
}

func (w *Writer) flush() error {
	_, err := w.w.Write(w.buf)
	w.buf = w.buf[:0]
	return err
}

// check tells whether the chunk is one of the schema and whole.
func (e *Encoder) check(c *chunk.Chunk) error {
	if len(c.Columns) != len(e.schema) {
		return fmt.Errorf("the chunk has %d columns, the schema %d", len(c.Columns), len(e.schema))
	}
	for i, f := range e.schema {
		col := &c.Columns[i]
		var err error
		switch {
		case f.Type.ID == chunk.Unsupported:
			err = format.UnsupportedTypeError(f.Type.Name)
		case col.Type != f.Type:
			err = fmt.Errorf("the chunk has %s, the schema %s", col.Type, f.Type)
		case col.Len != c.Rows:
			err = fmt.Errorf("the column has %d rows, the chunk %d", col.Len, c.Rows)
		default:
			err = col.CheckBuffers()
		}
		if err != nil {
			return fmt.Errorf("column %s: %w", f.Name, err)
		}
	}
	return nil
}
