package parquetfile

import (
	"errors"
	"fmt"
)

// The footer of a file, as far as it is used. Field numbers are those of
// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift.

type footer struct {
	schema    []schemaElement // the tree in depth-first order, root first
	rows      int64
	groups    []rowGroup
	createdBy string
	ordered   []bool // per leaf: its min_value and max_value have a defined order
	encrypted bool
}

type schemaElement struct {
	physical   physical // noPhysical for a group
	typeLength int32
	repetition int32
	name       string
	children   int32
	converted  int32 // -1 if not annotated
	scale      int32
	precision  int32
	logical    logicalType
}

type logicalType struct {
	id       int // number of the union's field, 0 if not annotated
	utc      bool
	unit     int // 1 milli, 2 micro, 3 nano
	bitWidth int32
	signed   bool
}

type rowGroup struct {
	rows    int64
	columns []columnChunk // one per leaf
}

type columnChunk struct {
	physical     physical
	codec        codec
	encodings    []encoding
	values       int64
	uncompressed int64
	compressed   int64
	dataOffset   int64
	dictOffset   int64 // 0 if there is none
	stats        statistics
	offsetIndex  section // where the pages lie
	columnIndex  section // what is in them
	external     bool
	encrypted    bool
	present      bool // has metadata
}

// section is a part of the file; without bytes it is not there.
type section struct {
	offset    int64
	sizeBytes int32
}

type statistics struct {
	min, max       []byte // in the column's defined order
	oldMin, oldMax []byte // deprecated: order of signed bytes
	hasNew, hasOld bool
	nulls          int64
	hasNulls       bool
}

// parseFooter decodes the footer. Lengths in buf are believed as far as buf
// itself can back them up.
func parseFooter(buf []byte) (*footer, error) {
	f := new(footer)
	r := &thriftReader{buf: buf}
	var seenSchema, seenGroups bool
	r.fields(func(id int, w wire) bool {
		switch id {
		case 2:
			seenSchema = true
			r.list(w, wireStruct, func(int) { f.schema = append(f.schema, readSchemaElement(r)) })
		case 3:
			f.rows = r.integer(w)
		case 4:
			seenGroups = true
			r.list(w, wireStruct, func(int) { f.groups = append(f.groups, readRowGroup(r)) })
		case 6:
			f.createdBy = string(r.binary(w))
		case 7:
			r.list(w, wireStruct, func(int) {
				defined := false
				r.fields(func(id int, w wire) bool {
					defined = defined || id == 1
					return false
				})
				f.ordered = append(f.ordered, defined)
			})
		case 8:
			f.encrypted = true
			return false
		default:
			return false
		}
		return true
	})
	if r.err == nil && (!seenSchema || !seenGroups) {
		r.err = errors.New("the footer has no schema or no row groups")
	}
	return f, r.err
}

func readSchemaElement(r *thriftReader) schemaElement {
	e := schemaElement{physical: noPhysical, converted: -1}
	named := false
	r.fields(func(id int, w wire) bool {
		switch id {
		case 1:
			e.physical = physical(r.int32(w))
		case 2:
			e.typeLength = r.int32(w)
		case 3:
			e.repetition = r.int32(w)
		case 4:
			e.name, named = string(r.binary(w)), true
		case 5:
			e.children = r.int32(w)
		case 6:
			e.converted = r.int32(w)
		case 7:
			e.scale = r.int32(w)
		case 8:
			e.precision = r.int32(w)
		case 10:
			e.logical = readLogicalType(r)
		default:
			return false
		}
		return true
	})
	if r.err == nil && !named {
		r.fail(errors.New("a schema element has no name"))
	}
	return e
}

func readLogicalType(r *thriftReader) (l logicalType) {
	r.fields(func(id int, w wire) bool {
		if w != wireStruct {
			r.mismatch(w)
			return true
		}
		l.id = id
		r.fields(func(field int, w wire) bool {
			switch {
			case id == logicalInteger && field == 1:
				l.bitWidth = r.int32(w)
			case id == logicalInteger && field == 2:
				l.signed = r.bool(w)
			case id == logicalTimestamp && field == 1:
				l.utc = r.bool(w)
			case id == logicalTimestamp && field == 2 && w == wireStruct:
				r.fields(func(unit int, _ wire) bool {
					l.unit = unit
					return false
				})
			default:
				return false
			}
			return true
		})
		return true
	})
	return l
}

func readRowGroup(r *thriftReader) (g rowGroup) {
	r.fields(func(id int, w wire) bool {
		switch id {
		case 1:
			r.list(w, wireStruct, func(int) { g.columns = append(g.columns, readColumnChunk(r)) })
		case 3:
			g.rows = r.integer(w)
		default:
			return false
		}
		return true
	})
	return g
}

func readColumnChunk(r *thriftReader) (c columnChunk) {
	r.fields(func(id int, w wire) bool {
		switch {
		case id == 1:
			c.external = len(r.binary(w)) > 0
		case id == 3 && w == wireStruct:
			readColumnMetadata(r, &c)
		case id == 4:
			c.offsetIndex.offset = r.integer(w)
		case id == 5:
			c.offsetIndex.sizeBytes = r.int32(w)
		case id == 6:
			c.columnIndex.offset = r.integer(w)
		case id == 7:
			c.columnIndex.sizeBytes = r.int32(w)
		case id == 8:
			// A column under its own key; its metadata may still be readable, its pages are not.
			c.encrypted = true
			return false
		default:
			return false
		}
		return true
	})
	if r.err == nil && !c.present && !c.encrypted {
		// Also keeps a footer full of zeros from growing the list without end.
		r.fail(errors.New("a column chunk has no metadata"))
	}
	return c
}

func readColumnMetadata(r *thriftReader, c *columnChunk) {
	c.present = true
	r.fields(func(id int, w wire) bool {
		switch id {
		case 1:
			c.physical = physical(r.int32(w))
		case 2:
			r.list(w, wireI32, func(int) { c.encodings = append(c.encodings, encoding(r.zigzag())) })
		case 4:
			c.codec = codec(r.int32(w))
		case 5:
			c.values = r.integer(w)
		case 6:
			c.uncompressed = r.integer(w)
		case 7:
			c.compressed = r.integer(w)
		case 9:
			c.dataOffset = r.integer(w)
		case 11:
			c.dictOffset = r.integer(w)
		case 12:
			c.stats = readStatistics(r)
		default:
			return false
		}
		return true
	})
}

func readStatistics(r *thriftReader) (s statistics) {
	var oldMin, oldMax, newMin, newMax bool
	r.fields(func(id int, w wire) bool {
		switch id {
		case 1:
			s.oldMax, oldMax = r.binary(w), true
		case 2:
			s.oldMin, oldMin = r.binary(w), true
		case 3:
			s.nulls, s.hasNulls = r.integer(w), true
		case 5:
			s.max, newMax = r.binary(w), true
		case 6:
			s.min, newMin = r.binary(w), true
		default:
			return false
		}
		return true
	})
	s.hasOld, s.hasNew = oldMin && oldMax, newMin && newMax
	return s
}

// start is the first byte of the column chunk in the file.
func (c *columnChunk) start() int64 {
	// Some writers set the dictionary's offset to 0 or past the data when there is none.
	if c.dictOffset > 0 && c.dictOffset < c.dataOffset {
		return c.dictOffset
	}
	return c.dataOffset
}

// check tells whether the column chunk can lie where it says, in a file whose
// row groups end at byte limit.
func (c *columnChunk) check(rows, limit int64, flat bool) error {
	switch {
	case c.external:
		return errors.New("its data is in another file, which is not supported")
	case c.encrypted || !c.present:
		return errEncrypted
	case c.compressed < 0 || c.uncompressed < 0 || c.values < 0:
		return errors.New("its metadata has a negative size")
	case rows == 0 && c.values == 0: // empty chunks are known to have no offset
	case c.start() < int64(len(magic)) || c.start() > limit || c.compressed > limit-c.start():
		return fmt.Errorf("its %d bytes at %d lie outside the data of the file (bytes %d to %d): truncated or corrupted",
			c.compressed, c.start(), len(magic), limit)
	case flat && c.values != rows:
		return fmt.Errorf("it has %d values for the %d rows of the row group", c.values, rows)
	case rows > 0 && c.compressed == 0:
		return fmt.Errorf("it has no bytes for %d rows", rows)
	case rows>>31 > c.compressed/minPageBytes:
		return fmt.Errorf("%d rows cannot be in %d bytes", rows, c.compressed)
	}
	return nil
}

// minPageBytes is less than the smallest page header takes. A page holds fewer
// than 2^31 values, which bounds the rows that so many bytes can claim.
const minPageBytes = 8
