package result

import (
	"context"
	"fmt"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// ChunkWriter is what a file format offers to be written with: see packages
// ipcwriter and parquetfile.
type ChunkWriter interface {
	Write(c *chunk.Chunk) error
	Close() error
}

// Chunks is a RowWriter that makes chunks of the rows, for a columnar format. An
// integer that the 64 bits of its column do not hold is an error.
//
// Note: a column of decimals would hold it. But a file's schema is written before
// its rows, so either every sum of integers would be a decimal, or the type would
// change with the data.
type Chunks struct {
	open    func(schema chunk.Schema) (ChunkWriter, error)
	out     ChunkWriter
	columns []Column
	schema  chunk.Schema
	written int64 // rows before those gathered
	rows    [][]Value
	cells   []Value
}

// chunkRows is how many rows are gathered before they are written.
const chunkRows = 65536

// NewChunks writes to what open makes for the columns of the result.
func NewChunks(open func(schema chunk.Schema) (ChunkWriter, error)) *Chunks {
	return &Chunks{open: open}
}

// Columns opens the file.
func (w *Chunks) Columns(columns []Column) error {
	w.columns = columns
	for _, c := range columns {
		w.schema = append(w.schema, chunk.Field{Name: c.Name, Type: stored(c.Type), Nullable: true})
	}
	var err error
	w.out, err = w.open(w.schema)
	return err
}

// stored is the type of a column of a file that holds values of type t. A list
// is stored as its JSON.
func stored(t block.Type) chunk.Type {
	switch t.Kind {
	case block.Bool:
		return chunk.Type{ID: chunk.Bool}
	case block.Uint:
		return chunk.Type{ID: chunk.Uint64}
	case block.Float, block.Null:
		return chunk.Type{ID: chunk.Float64}
	case block.String, block.List:
		return chunk.Type{ID: chunk.String}
	case block.Date:
		return chunk.Type{ID: chunk.Date32}
	case block.Timestamp:
		return chunk.Type{ID: chunk.Timestamp, Unit: t.Unit, Zone: t.Zone}
	}
	return chunk.Type{ID: chunk.Int64}
}

// Row gathers a row.
func (w *Chunks) Row(row []Value) error {
	from := len(w.cells)
	for i, v := range row {
		switch v.Kind() {
		case block.List:
			v = String(string(AppendJSON(nil, v)))
		case block.Int128:
			return w.tooWide(row, i)
		}
		w.cells = append(w.cells, v.Clone())
	}
	w.rows = append(w.rows, w.cells[from:])
	if len(w.rows) == chunkRows {
		return w.flush()
	}
	return nil
}

// Close writes what is left and completes the file.
func (w *Chunks) Close() error {
	if err := w.flush(); err != nil {
		return err
	}
	return w.out.Close()
}

func (w *Chunks) flush() error {
	if len(w.rows) == 0 {
		return nil
	}
	c := &chunk.Chunk{Rows: len(w.rows)}
	for i := range w.columns {
		col, err := w.column(i)
		if err != nil {
			return err
		}
		c.Columns = append(c.Columns, col)
	}
	w.written += int64(len(w.rows))
	w.rows, w.cells = w.rows[:0], w.cells[:0]
	return w.out.Write(c)
}

// tooWide says that value i of the next row is beyond its column's 64 bits. The
// values before it, the keys first, tell a person which row that is.
func (w *Chunks) tooWide(row []Value, i int) error {
	text := fmt.Appendf(nil, "column %s, row %d", w.columns[i].Name, w.written+int64(len(w.rows))+1)
	for j := range min(i, 3) {
		sep := ", "
		if j == 0 {
			sep = " ("
		}
		text = append(append(append(text, sep...), w.columns[j].Name...), " = "...)
		text = AppendJSON(text, row[j])
	}
	if i > 0 {
		text = append(text, ')')
	}
	return fmt.Errorf("%s: %s does not fit %s; sum(float(...)) gives a float, JSON and CSV hold all digits",
		text, AppendText(nil, row[i]), w.schema[i].Type)
}

// column lays the gathered values of column i out in buffers.
func (w *Chunks) column(i int) (chunk.Column, error) {
	rows, textBytes := len(w.rows), 0
	for _, row := range w.rows {
		textBytes += len(row[i].text)
	}
	lease, err := chunk.Heap{}.Lease(context.Background(), int64(chunk.BitmapBytes(rows)+8*rows+8*(rows+1)+textBytes+4*chunk.Align))
	if err != nil {
		return chunk.Column{}, err
	}
	c := chunk.Column{Type: w.schema[i].Type, Len: rows, Validity: lease.Alloc(chunk.BitmapBytes(rows))}
	clear(c.Validity)
	for r, row := range w.rows {
		if row[i].IsNull() {
			c.Nulls++
		} else {
			c.Validity[r>>3] |= 1 << (r & 7)
		}
	}
	if c.Nulls == 0 {
		c.Validity = nil
	}
	switch c.Type.ID {
	case chunk.String:
		c.WideOffsets = true
		c.Offsets, c.Values = lease.Alloc(8*(rows+1)), lease.Alloc(textBytes)
		offsets, end := chunk.View[int64](c.Offsets), 0
		offsets[0] = 0
		for r, row := range w.rows {
			end += copy(c.Values[end:], row[i].text)
			offsets[r+1] = int64(end)
		}
	case chunk.Bool:
		c.Values = lease.Alloc(chunk.BitmapBytes(rows))
		clear(c.Values)
		for r, row := range w.rows {
			c.Values[r>>3] |= byte(row[i].bits&1) << (r & 7)
		}
	case chunk.Date32:
		c.Values = lease.Alloc(4 * rows)
		days := chunk.View[int32](c.Values)
		for r, row := range w.rows {
			day := row[i].Int64()
			if day != int64(int32(day)) {
				return chunk.Column{}, fmt.Errorf("column %s: %s is beyond the dates of a file", w.columns[i].Name, AppendText(nil, row[i]))
			}
			days[r] = int32(day)
		}
	default:
		c.Values = lease.Alloc(8 * rows)
		bits := chunk.View[uint64](c.Values)
		for r, row := range w.rows {
			bits[r] = row[i].bits
		}
	}
	return c, nil
}
