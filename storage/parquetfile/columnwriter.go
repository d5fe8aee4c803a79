package parquetfile

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// columnWriter gathers the rows of one column of the open row group: values
// that are not null, end to end, and a bitmap of which rows have one.
type columnWriter struct {
	field    chunk.Field
	physical physical
	width    int // of a stored value; 0 for booleans and strings

	rows, nulls int
	validity    []byte
	values      []byte // fixed width: stored values. strings: length(4) text, as in a plain page
	bools       []byte // bitmap of values
	count       int    // values

	// Strings are numbered while the dictionary stays small.
	dictLimit   int // most bytes of text; negative when there is no dictionary
	dict        map[string]uint32
	dictText    []string
	dictBytes   int
	indices     []uint32
	numbered    bool // the open row group is in indices, not in values
	source      *chunk.Column
	seenIn      []byte   // bitmap of the dictionary: texts that the bounds of a page cover
	translation []uint32 // from the source dictionary's indices, plus 1; 0 is not yet known
}

func newColumnWriter(f chunk.Field, dictLimit int) *columnWriter {
	w := &columnWriter{field: f, dictLimit: dictLimit}
	w.physical, _, _ = storedAs(f.Type)
	w.width = w.physical.width()
	if w.physical == fixedByteArray {
		w.width = 2
	}
	w.reset()
	return w
}

func (w *columnWriter) reset() {
	w.rows, w.nulls, w.count = 0, 0, 0
	w.values, w.bools, w.indices = w.values[:0], w.bools[:0], w.indices[:0]
	w.numbered = w.field.Type.ID == chunk.String && w.dictLimit >= 0
	if w.numbered {
		w.dict, w.dictText, w.dictBytes = make(map[string]uint32), w.dictText[:0], 0
		w.source = nil
	}
}

// append adds rows [from, from+n) of col.
func (w *columnWriter) append(col *chunk.Column, from, n int) error {
	part := col.Slice(from, n)
	w.validity = extend(w.validity, w.rows, n)
	if part.Nulls == 0 {
		chunk.SetBits(w.validity, w.rows, n)
	} else {
		copyBits(w.validity, w.rows, part.Validity, part.BitOffset, n)
	}
	w.rows += n
	w.nulls += part.Nulls
	switch w.field.Type.ID {
	case chunk.Bool:
		w.appendBools(&part)
	case chunk.String:
		return w.appendTexts(&part)
	default:
		return w.appendFixed(&part)
	}
	return nil
}

// extend makes room for n more bits behind the first have ones.
func extend(bitmap []byte, have, n int) []byte {
	need := chunk.BitmapBytes(have + n)
	if cap(bitmap) < need {
		bitmap = append(make([]byte, 0, max(need, 2*cap(bitmap))), bitmap[:chunk.BitmapBytes(have)]...)
	}
	return bitmap[:need]
}

func (w *columnWriter) appendBools(part *chunk.Column) {
	w.bools = extend(w.bools, w.count, part.Len)
	if part.Nulls == 0 {
		copyBits(w.bools, w.count, part.Values, part.BitOffset, part.Len)
		w.count += part.Len
		return
	}
	for r := range part.Len {
		if part.Valid(r) {
			bit := byte(0)
			if part.Bit(r) {
				bit = 1
			}
			putBit(w.bools, w.count, bit)
			w.count++
		}
	}
}

func (w *columnWriter) appendFixed(part *chunk.Column) error {
	before := len(w.values)
	switch part.Type.ID {
	case chunk.Int8:
		w.values = widen[int8](w.values, part)
	case chunk.Int16:
		w.values = widen[int16](w.values, part)
	case chunk.Uint8:
		w.values = widen[uint8](w.values, part)
	case chunk.Uint16:
		w.values = widen[uint16](w.values, part)
	case chunk.Date64:
		return w.appendScaled(part, func(v int64) (int64, error) {
			day := v / 86400000
			if day*86400000 != v || day != int64(int32(day)) {
				return 0, fmt.Errorf("date64 %d is not a whole day within 32 bits", v)
			}
			return day, nil
		})
	case chunk.Timestamp:
		if part.Type.Unit == chunk.Second {
			return w.appendScaled(part, func(v int64) (int64, error) {
				if v > math.MaxInt64/1000 || v < math.MinInt64/1000 {
					return 0, fmt.Errorf("timestamp of %d seconds does not fit 64-bit milliseconds", v)
				}
				return v * 1000, nil
			})
		}
		w.values = appendValid(w.values, part, 8)
	default:
		w.values = appendValid(w.values, part, w.width)
	}
	w.count += (len(w.values) - before) / w.width
	return nil
}

// appendValid appends the values of the rows that are not null.
func appendValid(dst []byte, part *chunk.Column, width int) []byte {
	if part.Nulls == 0 {
		return append(dst, part.Values[:part.Len*width]...)
	}
	for r := 0; r < part.Len; {
		if !part.Valid(r) {
			r++
			continue
		}
		end := r + 1
		for end < part.Len && part.Valid(end) {
			end++
		}
		dst = append(dst, part.Values[r*width:end*width]...)
		r = end
	}
	return dst
}

// widen appends small integers as the 4-byte ones that Parquet stores.
func widen[T int8 | int16 | uint8 | uint16](dst []byte, part *chunk.Column) []byte {
	for r, v := range chunk.View[T](part.Values)[:part.Len] {
		if part.Valid(r) {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(int32(v)))
		}
	}
	return dst
}

func (w *columnWriter) appendScaled(part *chunk.Column, scale func(int64) (int64, error)) error {
	for r, v := range chunk.View[int64](part.Values)[:part.Len] {
		if !part.Valid(r) {
			continue
		}
		v, err := scale(v)
		if err != nil {
			return err
		}
		if w.width == 4 {
			w.values = binary.LittleEndian.AppendUint32(w.values, uint32(v))
		} else {
			w.values = binary.LittleEndian.AppendUint64(w.values, uint64(v))
		}
		w.count++
	}
	return nil
}

func (w *columnWriter) appendTexts(part *chunk.Column) error {
	for r := range part.Len {
		if !part.Valid(r) {
			continue
		}
		w.count++
		if w.numbered {
			if index, ok := w.number(part, r); ok {
				w.indices = append(w.indices, index)
				continue
			}
			w.giveUpDictionary()
		}
		text := part.Str(r)
		if len(text) > maxTextBytes/2 {
			return fmt.Errorf("a text of %d bytes is too long for a page", len(text))
		}
		w.values = binary.LittleEndian.AppendUint32(w.values, uint32(len(text)))
		w.values = append(w.values, text...)
	}
	return nil
}

// number is the dictionary's index of row r, which may be new. ok is false
// when the dictionary is full.
func (w *columnWriter) number(part *chunk.Column, r int) (index uint32, ok bool) {
	if part.Dict == nil {
		return w.lookUp(part.Str(r))
	}
	if w.source != part.Dict {
		w.source = part.Dict
		w.translation = append(w.translation[:0], make([]uint32, part.Dict.Len)...)
	}
	known := &w.translation[binary.LittleEndian.Uint32(part.Values[4*r:])]
	if *known == 0 {
		if index, ok = w.lookUp(part.Str(r)); !ok {
			return 0, false
		}
		*known = index + 1
	}
	return *known - 1, true
}

func (w *columnWriter) lookUp(text []byte) (index uint32, ok bool) {
	if index, ok := w.dict[string(text)]; ok {
		return index, true
	}
	if w.dictBytes+4+len(text) > w.dictLimit {
		return 0, false
	}
	own := string(text)
	index = uint32(len(w.dictText))
	w.dict[own] = index
	w.dictText = append(w.dictText, own)
	w.dictBytes += 4 + len(own)
	return index, true
}

// giveUpDictionary turns what was numbered so far into plain text. Later row
// groups do not try again.
func (w *columnWriter) giveUpDictionary() {
	for _, index := range w.indices {
		text := w.dictText[index]
		w.values = binary.LittleEndian.AppendUint32(w.values, uint32(len(text)))
		w.values = append(w.values, text...)
	}
	w.indices, w.numbered, w.dictLimit, w.dict, w.source = nil, false, -1, nil, nil
}

// flush writes the column chunk and empties the column.
func (w *columnWriter) flush(p *pageWriter) (columnChunk, error) {
	c := columnChunk{physical: w.physical, codec: p.codec, values: int64(w.rows)}
	var err error
	switch {
	case w.numbered:
		c.encodings = []encoding{plain, runLength, runDictionary}
		c.dictOffset = p.offset()
		err = p.dictionary(w.dictText)
		c.dataOffset = p.offset()
		if err == nil {
			err = w.flushIndices(p)
		}
	case w.field.Type.ID == chunk.String:
		c.encodings = []encoding{plain, runLength}
		c.dataOffset = p.offset()
		err = w.flushTexts(p)
	default:
		c.encodings = []encoding{plain, runLength}
		c.dataOffset = p.offset()
		err = w.flushFixed(p)
	}
	c.stats = w.statistics(p.pages)
	c.compressed, c.uncompressed = int64(len(p.out)), p.uncompressed
	w.reset()
	return c, err
}

// flushFixed cuts booleans and fixed-width values into pages of equal rows.
func (w *columnWriter) flushFixed(p *pageWriter) error {
	pageRows := p.rowsOf(max(8*w.width, 1))
	used := 0
	for row := 0; row < w.rows; row += pageRows {
		n := min(pageRows, w.rows-row)
		valid := chunk.CountBits(w.validity, row, n)
		body := p.levels(w, row, n, valid)
		if w.width == 0 {
			from := len(body)
			body = append(body, make([]byte, chunk.BitmapBytes(valid))...)
			copyBits(body[from:], 0, w.bools, used, valid)
		} else {
			body = append(body, w.values[used*w.width:(used+valid)*w.width]...)
		}
		stats := w.bounds(used, used+valid)
		used += valid
		if err := p.page(body, n, valid, plain, stats); err != nil {
			return err
		}
	}
	return nil
}

func (w *columnWriter) flushIndices(p *pageWriter) error {
	width := max(bits.Len(uint(max(len(w.dictText)-1, 0))), 1)
	pageRows := p.rowsOf(width)
	used := 0
	for row := 0; row < w.rows; row += pageRows {
		n := min(pageRows, w.rows-row)
		valid := chunk.CountBits(w.validity, row, n)
		body := append(p.levels(w, row, n, valid), byte(width))
		body = appendPacked(body, w.indices[used:used+valid], width)
		stats := w.indexBounds(used, used+valid)
		used += valid
		if err := p.page(body, n, valid, runDictionary, stats); err != nil {
			return err
		}
	}
	return nil
}

// flushTexts cuts plain texts into pages where they have enough rows or bytes.
func (w *columnWriter) flushTexts(p *pageWriter) error {
	at, pageRows := 0, p.rowsOf(8*4)
	for row := 0; row < w.rows; {
		n, valid, from := 0, 0, at
		for row+n < w.rows && (at-from < p.pageBytes && n < pageRows || n == 0) {
			r := row + n
			if w.validity[r>>3]>>(r&7)&1 == 1 {
				at += 4 + int(binary.LittleEndian.Uint32(w.values[at:]))
				valid++
			}
			n++
		}
		body := append(p.levels(w, row, n, valid), w.values[from:at]...)
		if err := p.page(body, n, valid, plain, w.textBounds(from, at)); err != nil {
			return err
		}
		row += n
	}
	return nil
}

// appendPacked appends values as one bit-packed run of the hybrid encoding.
func appendPacked(dst []byte, values []uint32, width int) []byte {
	groups := (len(values) + 7) / 8
	dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
	end := len(dst) + groups*width
	var word uint64
	filled := 0
	for _, v := range values {
		word |= uint64(v) << filled
		for filled += width; filled >= 8; filled -= 8 {
			dst = append(dst, byte(word))
			word >>= 8
		}
	}
	if filled > 0 {
		dst = append(dst, byte(word))
	}
	return append(dst, make([]byte, end-len(dst))...)
}
