package result

import (
	"io"

	"github.com/rivo/uniseg"

	"github.com/weir-pipeline/weir/stages/block"
)

// TextWriter writes a result as a table for a terminal: a header, a rule, then
// rows; numbers to the right, all else to the left. Columns are as wide as
// their widest cell among the first rows; a later cell that is wider moves the
// rest of its line.
type TextWriter struct {
	out     output
	columns []Column
	cells   []byte // text of the rows held back
	ends    []int  // end of each cell in cells, row by row
	widths  []int  // in terminal columns, of the cells in ends
	column  []int  // width of each column; nil while rows are held back
}

// textRows is how many rows the widths are taken from.
const textRows = 1024

// columnGap is what separates two columns.
const columnGap = "  "

// NewTextWriter writes to w.
func NewTextWriter(w io.Writer) *TextWriter { return &TextWriter{out: output{w: w}} }

// Columns begins the table.
func (t *TextWriter) Columns(columns []Column) error {
	t.columns = columns
	for _, c := range columns {
		t.cell(String(c.Name))
	}
	return nil
}

// Row adds a row.
func (t *TextWriter) Row(row []Value) error {
	for _, v := range row {
		t.cell(v)
	}
	if t.column != nil || len(t.ends) > textRows*len(t.columns) {
		t.layOut()
	}
	return t.out.flushFull()
}

// Close writes what is left.
func (t *TextWriter) Close() error {
	t.layOut()
	return t.out.flush()
}

// cell holds one more cell back.
func (t *TextWriter) cell(v Value) {
	from := len(t.cells)
	t.cells = AppendText(t.cells, v)
	t.ends = append(t.ends, len(t.cells))
	t.widths = append(t.widths, displayWidth(t.cells[from:]))
}

// layOut writes the cells held back, with the header and its rule before the
// first ones.
func (t *TextWriter) layOut() {
	if len(t.columns) == 0 {
		return
	}
	first := t.column == nil
	if first {
		t.column = make([]int, len(t.columns))
		for i, w := range t.widths {
			c := i % len(t.columns)
			t.column[c] = max(t.column[c], w)
		}
	}
	from := 0
	for i, end := range t.ends {
		c := i % len(t.columns)
		t.pad(c, t.cells[from:end], t.widths[i])
		from = end
		if first && i == len(t.columns)-1 {
			t.rule()
		}
	}
	t.cells, t.ends, t.widths = t.cells[:0], t.ends[:0], t.widths[:0]
}

// pad writes a cell of column c, and a line's end after the last one.
func (t *TextWriter) pad(c int, cell []byte, width int) {
	last := c == len(t.columns)-1
	blanks := max(0, t.column[c]-width)
	if rightAligned(t.columns[c].Type.Kind) {
		t.repeat(' ', blanks)
		blanks = 0
	}
	t.out.buf = append(t.out.buf, cell...)
	if last {
		t.out.buf = append(t.out.buf, '\n')
		return
	}
	t.repeat(' ', blanks)
	t.out.buf = append(t.out.buf, columnGap...)
}

func (t *TextWriter) rule() {
	for c, width := range t.column {
		if c > 0 {
			t.out.buf = append(t.out.buf, columnGap...)
		}
		t.repeat('-', width)
	}
	t.out.buf = append(t.out.buf, '\n')
}

func (t *TextWriter) repeat(b byte, n int) {
	for range n {
		t.out.buf = append(t.out.buf, b)
	}
}

func rightAligned(k block.Kind) bool { return integer(k) || k == block.Float }

// displayWidth is how many columns of a terminal the text takes.
func displayWidth(text []byte) int {
	for _, b := range text {
		if b >= 0x80 {
			return uniseg.StringWidth(string(text))
		}
	}
	return len(text)
}
