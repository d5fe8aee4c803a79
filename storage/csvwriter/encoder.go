package csvwriter

import (
	"strconv"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// blockRows is how many rows are widened at a time: the columns of a block
// stay in the cache between widening and writing.
const blockRows = 1024

// Encoder turns chunks into lines of text: for callers that encode on several
// goroutines, each with an Encoder of its own, and write the texts in order.
type Encoder struct {
	schema chunk.Schema
	comma  byte
	quote  [256]bool // bytes that make a text need quotes
	cells  []cells
}

// Encoder encodes columns of the given schema.
func (o Options) Encoder(schema chunk.Schema) *Encoder {
	e := &Encoder{schema: schema, comma: o.Comma, cells: make([]cells, len(schema))}
	if e.comma == 0 {
		e.comma = ','
	}
	for _, b := range []byte{e.comma, '"', '\n', '\r'} {
		e.quote[b] = true
	}
	return e
}

// AppendHeader appends the line of column names.
func (e *Encoder) AppendHeader(dst []byte) []byte {
	for i, f := range e.schema {
		if i > 0 {
			dst = append(dst, e.comma)
		}
		dst = e.appendText(dst, []byte(f.Name))
	}
	return append(dst, '\n')
}

// AppendRows appends one line for each row of c.
func (e *Encoder) AppendRows(dst []byte, c *chunk.Chunk) ([]byte, error) {
	if err := e.check(c); err != nil {
		return dst, err
	}
	for from := 0; from < c.Rows; from += blockRows {
		dst = e.block(dst, c, from, min(blockRows, c.Rows-from))
	}
	return dst, nil
}

// cells is one column of a block, widened so that the loop over rows has few
// kinds to tell apart.
type cells struct {
	kind     kind
	nulls    bool
	null     []bool // where nulls
	ints     []int64
	floats   []float64
	text     *chunk.Column // kindText and kindBool: the whole column,
	from     int           // of which the block begins at this row
	perSec   int64         // kindTime: ticks in a second,
	decimals int           // digits that a fraction of a second has,
	zoned    bool          // and whether a Z follows
	places   int           // kindFloat: decimals that the last values had
}

type kind uint8

const (
	kindInt kind = iota
	kindUint
	kindFloat
	kindFloat32
	kindBool
	kindText
	kindDate
	kindTime
)

// block appends rows [from, from+n) of c.
func (e *Encoder) block(dst []byte, c *chunk.Chunk, from, n int) []byte {
	for i := range e.cells {
		e.cells[i].load(&c.Columns[i], from, n)
	}
	alone := len(e.cells) == 1
	for r := range n {
		for i := range e.cells {
			x := &e.cells[i]
			if i > 0 {
				dst = append(dst, e.comma)
			}
			if x.nulls && x.null[r] {
				if alone {
					dst = append(dst, e.loneNull()...)
				}
				continue
			}
			switch x.kind {
			case kindInt:
				dst = strconv.AppendInt(dst, x.ints[r], 10)
			case kindUint:
				dst = strconv.AppendUint(dst, uint64(x.ints[r]), 10)
			case kindFloat:
				dst = x.appendFloat(dst, x.floats[r])
			case kindFloat32:
				dst = x.appendFloat32(dst, float32(x.floats[r]))
			case kindBool:
				dst = strconv.AppendBool(dst, x.text.Bit(x.from+r))
			case kindText:
				dst = e.appendText(dst, x.text.Str(x.from+r))
			case kindDate:
				dst = appendDate(dst, x.ints[r])
			case kindTime:
				dst = x.appendTime(dst, x.ints[r])
			}
		}
		dst = append(dst, '\n')
	}
	return dst
}

// loneNull is the null of a table with a single column, where an empty line
// would be no row at all. A text column then reads back as empty texts: CSV has
// nothing better.
func (e *Encoder) loneNull() string { return `""` }

func (e *Encoder) appendText(dst, text []byte) []byte {
	plain := len(text) > 0 && text[0] != ' ' && text[len(text)-1] != ' '
	for _, b := range text {
		if e.quote[b] {
			plain = false
			break
		}
	}
	if plain {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for _, b := range text {
		if b == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, b)
	}
	return append(dst, '"')
}

// load widens rows [from, from+n) of col.
func (x *cells) load(col *chunk.Column, from, n int) {
	if x.ints == nil {
		x.null, x.ints, x.floats = make([]bool, blockRows), make([]int64, blockRows), make([]float64, blockRows)
	}
	x.nulls = col.Nulls > 0
	if x.nulls {
		for r := range n {
			x.null[r] = !col.Valid(from + r)
		}
	}
	switch id := col.Type.ID; id {
	case chunk.Int8:
		x.kind = kindInt
		widen(x.ints, chunk.View[int8](col.Values)[from:from+n])
	case chunk.Int16:
		x.kind = kindInt
		widen(x.ints, chunk.View[int16](col.Values)[from:from+n])
	case chunk.Int32:
		x.kind = kindInt
		widen(x.ints, chunk.View[int32](col.Values)[from:from+n])
	case chunk.Int64:
		x.kind = kindInt
		widen(x.ints, chunk.View[int64](col.Values)[from:from+n])
	case chunk.Uint8:
		x.kind = kindInt
		widen(x.ints, chunk.View[uint8](col.Values)[from:from+n])
	case chunk.Uint16:
		x.kind = kindInt
		widen(x.ints, chunk.View[uint16](col.Values)[from:from+n])
	case chunk.Uint32:
		x.kind = kindInt
		widen(x.ints, chunk.View[uint32](col.Values)[from:from+n])
	case chunk.Uint64:
		x.kind = kindUint
		widen(x.ints, chunk.View[uint64](col.Values)[from:from+n])
	case chunk.Float16:
		x.kind = kindFloat32
		for i, h := range chunk.View[uint16](col.Values)[from : from+n] {
			x.floats[i] = float64(halfToFloat(h))
		}
	case chunk.Float32:
		x.kind = kindFloat32
		widen(x.floats, chunk.View[float32](col.Values)[from:from+n])
	case chunk.Float64:
		x.kind = kindFloat
		widen(x.floats, chunk.View[float64](col.Values)[from:from+n])
	case chunk.Date32:
		x.kind = kindDate
		widen(x.ints, chunk.View[int32](col.Values)[from:from+n])
	case chunk.Date64:
		x.kind = kindDate
		for i, ms := range chunk.View[int64](col.Values)[from : from+n] {
			x.ints[i], _ = floorDiv(ms, 24*3600*1000)
		}
	case chunk.Timestamp:
		x.kind, x.perSec, x.decimals, x.zoned = kindTime, col.Type.Unit.PerSecond(), 3*int(col.Type.Unit), col.Type.Zone != ""
		widen(x.ints, chunk.View[int64](col.Values)[from:from+n])
	case chunk.Bool:
		x.kind, x.text, x.from = kindBool, col, from
	case chunk.String:
		x.kind, x.text, x.from = kindText, col, from
	}
}

func widen[D int64 | float64, S chunk.Number](dst []D, src []S) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = D(v)
	}
}
