// Package ipcwriter writes chunks as an Arrow IPC file: uncompressed, so that
// weir's workers and every other Arrow reader can map it, or with LZ4 or
// Zstandard bodies.
package ipcwriter

import (
	"fmt"
	"io"
	"runtime"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"github.com/weir-pipeline/weir/storage/arrowrecord"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// Compression is how the bodies of record batches are compressed.
type Compression uint8

// The compressions. Only None can be mapped; the others have to be decoded.
const (
	None Compression = iota
	LZ4
	Zstd
)

var compressionNames = [...]string{"none", "lz4", "zstd"}

// String is the compression's name on the command line.
func (c Compression) String() string { return compressionNames[c] }

// ParseCompression is the inverse of [Compression.String]; "" is None.
func ParseCompression(name string) (Compression, error) {
	if name == "" {
		return None, nil
	}
	for c, n := range compressionNames {
		if n == name {
			return Compression(c), nil
		}
	}
	return None, fmt.Errorf("compression %q: an Arrow file has none, lz4 or zstd", name)
}

// Options say how to write. The zero value writes uncompressed, one record
// batch a chunk, every text column as utf8.
type Options struct {
	Compression Compression

	// BatchRows is the rows of every record batch but the last. Chunks are cut
	// and, which copies them, gathered to it. 0 makes each chunk a batch.
	BatchRows int

	// KeepDictionaries writes a text column whose first chunk has a dictionary
	// with that dictionary. An Arrow file has one for each column, so a later
	// chunk with another dictionary is an error.
	KeepDictionaries bool
}

// Writer writes one file. It belongs to one goroutine.
type Writer struct {
	schema  chunk.Schema
	opts    Options
	out     *counter
	file    *ipc.FileWriter
	kept    []*chunk.Column // dictionary that the file has for a column; nil: plain text
	texts   []column        // text columns of the batch being written, laid out as utf8
	pending []column        // rows gathered for the next batch
	rows    int             // how many are pending
	err     error
}

// New writes to w columns of the given schema. The file's metadata goes out
// with the first chunk.
func New(w io.Writer, schema chunk.Schema, opts Options) (*Writer, error) {
	if _, err := arrowrecord.Schema(schema); err != nil {
		return nil, err
	}
	if int(opts.Compression) >= len(compressionNames) {
		return nil, fmt.Errorf("compression %d is none of %v", opts.Compression, compressionNames)
	}
	if opts.BatchRows < 0 {
		return nil, fmt.Errorf("batches of %d rows", opts.BatchRows)
	}
	return &Writer{schema: schema, opts: opts, out: &counter{w: w}}, nil
}

// Write appends the rows of c, which stays the caller's and is not read after
// Write returns. Its columns are those of the schema, in order. After an error
// the writer repeats it.
func (w *Writer) Write(c *chunk.Chunk) error {
	if w.err == nil && c.Rows > 0 {
		w.err = w.write(c)
	}
	return w.err
}

// Close writes what is pending and the footer. It does not close the writer
// below.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	if w.err = w.close(); w.err == nil {
		w.err = errClosed
		return nil
	}
	return w.err
}

var errClosed = fmt.Errorf("the Arrow file is closed")

func (w *Writer) close() error {
	if w.file == nil {
		if err := w.begin(nil); err != nil {
			return err
		}
	}
	if err := w.flush(); err != nil {
		return err
	}
	return w.file.Close()
}

func (w *Writer) write(c *chunk.Chunk) error {
	if err := w.check(c); err != nil {
		return err
	}
	if w.file == nil {
		if err := w.begin(c); err != nil {
			return err
		}
	}
	batch := w.opts.BatchRows
	if batch == 0 {
		return w.batch(c.Columns, 0, c.Rows)
	}
	for from := 0; from < c.Rows; {
		if w.rows == 0 && c.Rows-from >= batch {
			if err := w.batch(c.Columns, from, batch); err != nil {
				return err
			}
			from += batch
			continue
		}
		n := min(batch-w.rows, c.Rows-from)
		if err := w.gather(c.Columns, from, n); err != nil {
			return err
		}
		from += n
		if w.rows == batch {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *Writer) check(c *chunk.Chunk) error {
	if len(c.Columns) != len(w.schema) {
		return fmt.Errorf("the chunk has %d columns, the file %d", len(c.Columns), len(w.schema))
	}
	for i, f := range w.schema {
		col := &c.Columns[i]
		if col.Type != f.Type || col.Len != c.Rows {
			return fmt.Errorf("column %s: the chunk has %d rows of %s, expected %d of %s", f.Name, col.Len, col.Type, c.Rows, f.Type)
		}
		if err := col.CheckBuffers(); err != nil {
			return fmt.Errorf("column %s: %w", f.Name, err)
		}
		if w.file != nil && w.kept[i] != nil && !sameDictionary(col.Dict, w.kept[i]) {
			return fmt.Errorf("column %s: the dictionary differs from that of the first chunk; an Arrow file has one", f.Name)
		}
	}
	return nil
}

// begin starts the file, laid out as c is; c is nil when there are no rows.
func (w *Writer) begin(c *chunk.Chunk) error {
	w.kept = make([]*chunk.Column, len(w.schema))
	w.texts = make([]column, len(w.schema))
	w.pending = make([]column, len(w.schema))
	schema, err := arrowrecord.Schema(w.schema)
	if err != nil {
		return err
	}
	fields := schema.Fields()
	for i, f := range w.schema {
		if w.opts.KeepDictionaries && f.Type.ID == chunk.String && c != nil && c.Columns[i].Dict != nil {
			w.kept[i] = ownText(c.Columns[i].Dict)
			fields[i].Type = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
		}
	}
	options := []ipc.Option{ipc.WithSchema(arrow.NewSchema(fields, nil))}
	switch w.opts.Compression {
	case LZ4:
		options = append(options, ipc.WithLZ4(), ipc.WithCompressConcurrency(runtime.GOMAXPROCS(0)))
	case Zstd:
		options = append(options, ipc.WithZstd(), ipc.WithCompressConcurrency(runtime.GOMAXPROCS(0)))
	}
	w.file, err = ipc.NewFileWriter(w.out, options...)
	return err
}

// flush writes the pending rows.
func (w *Writer) flush() error {
	if w.rows == 0 {
		return nil
	}
	columns := make([]chunk.Column, len(w.pending))
	for i := range columns {
		columns[i] = w.pending[i].column(w.schema[i].Type, w.rows)
		columns[i].Dict = w.kept[i]
	}
	n := w.rows
	w.rows = 0
	err := w.batch(columns, 0, n)
	for i := range w.pending {
		w.pending[i].reset()
	}
	return err
}

// batch writes rows [from, from+n) of the columns as a record batch, or as
// several where a text column is larger than 32-bit offsets reach.
func (w *Writer) batch(columns []chunk.Column, from, n int) error {
	batch := chunk.Chunk{Rows: n, Columns: make([]chunk.Column, len(columns))}
	for i := range columns {
		col := columns[i].Slice(from, n)
		switch {
		case w.kept[i] != nil:
			col.Dict = w.kept[i]
		case col.Type.ID == chunk.String:
			if textBytes(&col) > maxTextBytes {
				if n == 1 {
					return fmt.Errorf("column %s: a text of more than 2 GiB", w.schema[i].Name)
				}
				if err := w.batch(columns, from, n/2); err != nil {
					return err
				}
				return w.batch(columns, from+n/2, n-n/2)
			}
			if col.Dict != nil || col.WideOffsets {
				w.texts[i].reset()
				w.texts[i].append(&col, 0, 0, n)
				col = w.texts[i].column(col.Type, n)
			}
		}
		batch.Columns[i] = col
	}
	fields := append(chunk.Schema(nil), w.schema...)
	for i := range fields {
		if !fields[i].Nullable && batch.Columns[i].Nulls > 0 {
			return fmt.Errorf("column %s: %d nulls in a column that has none", fields[i].Name, batch.Columns[i].Nulls)
		}
	}
	rec, err := arrowrecord.New(&batch, fields)
	if err != nil {
		return err
	}
	defer rec.Release()
	return w.file.Write(rec)
}

// gather copies rows [from, from+n) of the columns to the pending ones.
func (w *Writer) gather(columns []chunk.Column, from, n int) error {
	for i := range columns {
		if w.kept[i] == nil && columns[i].Type.ID == chunk.String {
			part := columns[i].Slice(from, n)
			if int64(len(w.pending[i].values))+textBytes(&part) > maxTextBytes {
				if w.rows == 0 {
					return w.batch(columns, from, n)
				}
				if err := w.flush(); err != nil {
					return err
				}
				return w.gather(columns, from, n)
			}
		}
	}
	for i := range columns {
		src := columns[i]
		if w.kept[i] != nil {
			src.Dict, src.Type = nil, chunk.Type{ID: chunk.Int32}
		}
		w.pending[i].append(&src, w.rows, from, n)
	}
	w.rows += n
	return nil
}

// counter is the position that ipc.FileWriter asks of a seekable writer.
type counter struct {
	w   io.Writer
	pos int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.pos += int64(n)
	return n, err
}

func (c *counter) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, fmt.Errorf("an Arrow file is written in one go")
	}
	return c.pos, nil
}
