package parquetfile

import (
	"errors"
	"io"
	"sort"
)

// The page index of a column chunk lies between the row groups and the footer:
// an offset index says where the pages are, a column index what is in them.
//
// The format is specified at
// https://github.com/apache/parquet-format/blob/master/PageIndex.md.

// offsetIndex is where the pages of a column chunk are.
type offsetIndex struct {
	offsets   []int64 // of the page headers in the file
	firstRows []int64 // within the row group
	end       int64   // of the column chunk in the file
	rows      int64   // of the row group
}

// columnIndex is the statistics of each page of a column chunk.
type columnIndex []statistics

// maxIndexBytes is the largest index that is read: what is larger, in a file
// that may be damaged, is not worth its memory.
const maxIndexBytes = 16 << 20

var errIndex = errors.New("the page index contradicts itself")

func (o *offsetIndex) pages() int { return len(o.offsets) }

// page is the page that a row is in.
func (o *offsetIndex) page(row int64) int {
	return sort.Search(len(o.firstRows), func(k int) bool { return o.firstRows[k] > row }) - 1
}

// lastRow is the row after the last of a page.
func (o *offsetIndex) lastRow(page int) int64 {
	if page+1 < len(o.firstRows) {
		return o.firstRows[page+1]
	}
	return o.rows
}

// pageEnd is the offset of the byte after a page.
func (o *offsetIndex) pageEnd(page int) int64 {
	if page+1 < len(o.offsets) {
		return o.offsets[page+1]
	}
	return o.end
}

// offsetIndex reads where the pages of a column chunk of the given rows are. It
// is nil where the file does not say, or says what cannot be: the pages are
// then found from one to the next.
func (f *File) offsetIndex(c *columnChunk, rows int64) *offsetIndex {
	buf := f.readSection(c.offsetIndex)
	if buf == nil {
		return nil
	}
	o, err := parseOffsetIndex(buf, c, rows)
	if err != nil {
		return nil
	}
	return o
}

// columnIndex reads the statistics of the pages that o lists, nil where the
// file has none that can be used.
func (f *File) columnIndex(c *columnChunk, o *offsetIndex) columnIndex {
	buf := f.readSection(c.columnIndex)
	if buf == nil || o == nil {
		return nil
	}
	pages, err := parseColumnIndex(buf, o)
	if err != nil {
		return nil
	}
	return pages
}

func (f *File) readSection(s section) []byte {
	if s.sizeBytes <= 0 || s.sizeBytes > maxIndexBytes || s.offset < int64(len(magic)) || s.offset > f.limit-int64(s.sizeBytes) {
		return nil
	}
	buf := make([]byte, s.sizeBytes)
	if _, err := f.file.ReadAt(buf, s.offset); err != nil && err != io.EOF {
		return nil // reading the pages will tell what is wrong with the file
	}
	return buf
}

// parseOffsetIndex decodes an OffsetIndex and makes sure that its pages lie in
// the column chunk one after another, each with rows.
func parseOffsetIndex(buf []byte, c *columnChunk, rows int64) (*offsetIndex, error) {
	o := &offsetIndex{end: c.start() + c.compressed, rows: rows}
	free, row := c.start(), int64(0) // where the next page can begin, and the least first row it can have
	r := &thriftReader{buf: buf}
	r.fields(func(id int, w wire) bool {
		if id != 1 {
			return false
		}
		r.list(w, wireStruct, func(i int) {
			offset, size, first := readPageLocation(r)
			switch {
			case r.err != nil:
			case offset < free || size <= 0 || int64(size) > o.end-offset,
				first < row || first >= rows || i == 0 && first != 0:
				r.fail(errIndex)
			default:
				o.offsets, o.firstRows = append(o.offsets, offset), append(o.firstRows, first)
				free, row = offset+int64(size), first+1
			}
		})
		return true
	})
	if r.err == nil && len(o.offsets) == 0 {
		r.err = errIndex
	}
	return o, r.err
}

func readPageLocation(r *thriftReader) (offset int64, size int32, firstRow int64) {
	offset, size, firstRow = -1, -1, -1
	r.fields(func(id int, w wire) bool {
		switch id {
		case 1:
			offset = r.integer(w)
		case 2:
			size = r.int32(w)
		case 3:
			firstRow = r.integer(w)
		default:
			return false
		}
		return true
	})
	return offset, size, firstRow
}

// parseColumnIndex decodes a ColumnIndex, one entry for each page of o.
func parseColumnIndex(buf []byte, o *offsetIndex) (columnIndex, error) {
	n := o.pages()
	pages := make(columnIndex, n)
	var empty, mins, maxs, nulls int // entries of each list
	entry := func(seen *int, r *thriftReader) *statistics {
		if *seen == n {
			r.fail(errIndex)
			return new(statistics)
		}
		*seen++
		return &pages[*seen-1]
	}
	isEmpty := make([]bool, n)
	r := &thriftReader{buf: buf}
	r.fields(func(id int, w wire) bool {
		switch id {
		case 1:
			r.list(w, wireTrue, func(i int) {
				entry(&empty, r)
				if r.byte() == byte(wireTrue) && r.err == nil {
					isEmpty[i] = true
				}
			})
		case 2:
			r.list(w, wireBinary, func(int) { entry(&mins, r).min = r.binary(wireBinary) })
		case 3:
			r.list(w, wireBinary, func(int) { entry(&maxs, r).max = r.binary(wireBinary) })
		case 5:
			r.list(w, wireI64, func(int) {
				s := entry(&nulls, r)
				s.nulls, s.hasNulls = r.integer(wireI64), true
			})
		default:
			return false
		}
		return true
	})
	if r.err != nil {
		return nil, r.err
	}
	if empty != n || mins != n || maxs != n || nulls != 0 && nulls != n {
		return nil, errIndex
	}
	for i := range pages {
		s := &pages[i]
		rows := o.lastRow(i) - o.firstRows[i]
		switch {
		case s.hasNulls && (s.nulls < 0 || s.nulls > rows || isEmpty[i] != (s.nulls == rows)):
			return nil, errIndex
		case isEmpty[i]:
			s.nulls, s.hasNulls = rows, true
		default:
			s.hasNew = true
		}
	}
	return pages, nil
}
