package result

import (
	"io"
)

// RowWriter writes a result row by row. Columns is called once and first,
// Close once and last. Rows may reach the destination only with Close. After an
// error the writer is only fit for being dropped.
type RowWriter interface {
	// Columns begins the result.
	Columns(columns []Column) error
	// Row writes the next row; it does not keep it.
	Row(row []Value) error
	// Close ends the text. It does not close the destination.
	Close() error
}

// Write writes the whole table to w.
func (t *Table) Write(w RowWriter) error {
	if err := w.Columns(t.Columns); err != nil {
		return err
	}
	for _, row := range t.Rows {
		if err := w.Row(row); err != nil {
			return err
		}
	}
	return w.Close()
}

// WriteJSON writes the table as one JSON object, see [JSONWriter].
func WriteJSON(w io.Writer, t *Table, digest string) error {
	return t.Write(NewJSONWriter(w, func() string { return digest }))
}

// WriteCSV writes the table as CSV, see [CSVWriter].
func WriteCSV(w io.Writer, t *Table) error { return t.Write(NewCSVWriter(w)) }

// WriteTable writes the table for a terminal, see [TextWriter].
func WriteTable(w io.Writer, t *Table) error { return t.Write(NewTextWriter(w)) }

// JSONWriter writes a result as one JSON object with a row a line:
//
//	{"columns": ["origin","mean(delay)"], "rows": [
//	["ATL",12.5],
//	["ORD",9]
//	], "digest": "5f70bf18..."}
type JSONWriter struct {
	out    output
	digest func() string
	rows   int64
}

// NewJSONWriter writes to w. digest is called by Close, so that it may be the
// Sum of a [Digester] that sees the same rows.
func NewJSONWriter(w io.Writer, digest func() string) *JSONWriter {
	return &JSONWriter{out: output{w: w}, digest: digest}
}

// Columns writes the names of the columns.
func (j *JSONWriter) Columns(columns []Column) error {
	buf := append(j.out.buf, `{"columns": [`...)
	for i, c := range columns {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = appendQuoted(buf, c.Name)
	}
	j.out.buf = append(buf, `], "rows": [`...)
	return nil
}

// Row writes a row.
func (j *JSONWriter) Row(row []Value) error {
	if j.rows > 0 {
		j.out.buf = append(j.out.buf, ',')
	}
	j.rows++
	j.out.buf = append(j.out.buf, '\n')
	j.out.buf = AppendJSONRow(j.out.buf, row)
	return j.out.flushFull()
}

// Close writes the digest and the end of the object.
func (j *JSONWriter) Close() error {
	if j.rows > 0 {
		j.out.buf = append(j.out.buf, '\n')
	}
	j.out.buf = append(j.out.buf, `], "digest": `...)
	j.out.buf = appendQuoted(j.out.buf, j.digest())
	j.out.buf = append(j.out.buf, '}', '\n')
	return j.out.flush()
}

// CSVWriter writes a result as CSV with a header line, lines ended by \n.
type CSVWriter struct {
	out output
}

// NewCSVWriter writes to w.
func NewCSVWriter(w io.Writer) *CSVWriter { return &CSVWriter{out: output{w: w}} }

// Columns writes the header.
func (c *CSVWriter) Columns(columns []Column) error {
	for i, column := range columns {
		if i > 0 {
			c.out.buf = append(c.out.buf, ',')
		}
		c.out.buf = appendCSVText(c.out.buf, column.Name)
	}
	c.out.buf = append(c.out.buf, '\n')
	return nil
}

// Row writes a line. A row that is one null is written as "", which is null
// too for a reader of numbers, because many readers skip an empty line.
func (c *CSVWriter) Row(row []Value) error {
	if len(row) == 1 && row[0].IsNull() {
		c.out.buf = append(c.out.buf, '"', '"')
	}
	for i, v := range row {
		if i > 0 {
			c.out.buf = append(c.out.buf, ',')
		}
		c.out.buf = AppendCSV(c.out.buf, v)
	}
	c.out.buf = append(c.out.buf, '\n')
	return c.out.flushFull()
}

// Close writes what is left.
func (c *CSVWriter) Close() error { return c.out.flush() }

// output gathers text and writes it in large pieces.
type output struct {
	w   io.Writer
	buf []byte
}

const outputBytes = 64 << 10

func (o *output) flushFull() error {
	if len(o.buf) < outputBytes {
		return nil
	}
	return o.flush()
}

func (o *output) flush() error {
	_, err := o.w.Write(o.buf)
	o.buf = o.buf[:0]
	return err
}
