package result

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"github.com/weir-pipeline/weir/stages/block"
)

// Column is a named column of a result.
type Column struct {
	Name string
	Type block.Type
}

// Table is a result that fits in memory. Every row has a value per column.
type Table struct {
	Columns []Column
	Rows    [][]Value
}

// Digest is the digest of the whole table.
func (t *Table) Digest() string {
	d := NewDigester(t.Columns)
	for _, row := range t.Rows {
		d.Row(row)
	}
	return d.Sum()
}

// Digester computes the digest of a result while its rows pass by. It is the
// SHA-256, in hexadecimal, of these lines, each ended by a newline:
//
//	[["origin","string"],["mean(delay)","float"]]     the columns
//	["ATL",12.5]                                      each row, as [AppendJSONRow]
//
// A column's type is one of bool, integer, float, string, date, timestamp, list
// and null: neither the width or sign of an integer nor the unit or zone of a
// timestamp counts, so that the same data has the same digest in every format.
type Digester struct {
	hash hash.Hash
	line []byte
}

// digestFlushBytes is how much text is hashed at once.
const digestFlushBytes = 16 << 10

// NewDigester begins the digest of a result with these columns.
func NewDigester(columns []Column) *Digester {
	d := &Digester{hash: sha256.New()}
	d.line = append(d.line, '[')
	for i, c := range columns {
		if i > 0 {
			d.line = append(d.line, ',')
		}
		d.line = append(d.line, '[')
		d.line = appendQuoted(d.line, c.Name)
		d.line = append(d.line, ',', '"')
		d.line = append(d.line, family(c.Type.Kind)...)
		d.line = append(d.line, '"', ']')
	}
	d.line = append(d.line, ']', '\n')
	return d
}

// family is the name of a kind in a digest.
func family(k block.Kind) string {
	switch {
	case integer(k):
		return "integer"
	case k == block.Float:
		return "float"
	}
	return k.String()
}

// Row adds the next row.
func (d *Digester) Row(row []Value) {
	d.line = AppendJSONRow(d.line, row)
	d.line = append(d.line, '\n')
	if len(d.line) >= digestFlushBytes {
		d.hash.Write(d.line)
		d.line = d.line[:0]
	}
}

// Sum is the digest of the rows so far. More rows may follow.
func (d *Digester) Sum() string {
	d.hash.Write(d.line)
	d.line = d.line[:0]
	return hex.EncodeToString(d.hash.Sum(nil))
}
