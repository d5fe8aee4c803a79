package csvfile

import (
	"context"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// Open starts reading a split.
func (f *file) Open(split format.Split, req format.Request, mem chunk.Memory, meter format.Meter) (format.Reader, error) {
	if err := format.Supported(f.name, f.schema, req); err != nil {
		return nil, err
	}
	if meter == nil {
		meter = format.NoMeter{}
	}
	r := &reader{f: f, mem: mem, meter: meter, maxRows: max(req.MaxRows, 1)}
	if f.codec != plain {
		source, err := f.stream(meter)
		if err != nil {
			return nil, err
		}
		r.source = source
	} else {
		p := split.Part.(part)
		r.source = &rangeSource{f: f, l: p.layout, i: p.i, meter: meter, guess: req.Sample}
	}
	r.scratch = f.scratches.borrow()
	r.columns = make([]column, len(req.Columns))
	r.textBytes = make([]int64, len(req.Columns))
	for i, field := range req.Columns {
		typ := f.schema[field].Type
		c := column{field: field, last: field == len(f.schema)-1, typ: typ, nulls: f.nulls}
		for _, n := range f.nulls {
			c.strict = c.strict || isValue(n, typ)
		}
		r.columns[i] = c
	}
	return r, nil
}

// isValue tells whether a spelling of null would be taken for a value by the
// quick parsers.
func isValue(text []byte, typ chunk.Type) bool {
	if len(text) == 0 {
		return false
	}
	switch typ.ID {
	case chunk.String:
		return false
	case chunk.Bool:
		_, ok := parseBool(text)
		return ok
	case chunk.Date32, chunk.Date64, chunk.Timestamp:
		_, ok := parseTime(text, typ)
		return ok
	}
	c := text[0]
	return c-'0' <= 9 || c == '-' || c == '.'
}

// reader decodes the records of one split.
type reader struct {
	f       *file
	mem     chunk.Memory
	meter   format.Meter
	maxRows int
	source  source
	scratch *scratch
	columns []column

	block     block
	row       int     // next row of the block
	perChunk  int     // rows of each of its chunks
	firstRow  int64   // that row's number within the split
	textBytes []int64 // length of each column's fields in the chunk
}

// Next decodes the next chunk.
func (r *reader) Next(ctx context.Context, c *chunk.Chunk) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	x := &r.scratch.index
	for r.row == x.rows || r.perChunk == 0 {
		if err := r.advance(); err != nil {
			return err
		}
	}
	rows := min(r.perChunk, x.rows-r.row)
	lease, rows, err := r.lease(ctx, rows)
	if err != nil {
		return err
	}
	if lease != nil {
		if err := r.decode(lease, rows); err != nil {
			lease.Release()
			return r.source.cause(err)
		}
		lease.Trim()
		c.Hold(lease)
	}
	c.FirstRow, c.Rows = r.firstRow, rows
	for i := range r.columns {
		c.Columns = append(c.Columns, r.columns[i].finish())
	}
	r.row += rows
	r.firstRow += int64(rows)
	return nil
}

// advance reads the next block.
func (r *reader) advance() error {
	s := r.scratch
	s.index.rows, r.row, r.perChunk = 0, 0, 0
	b, err := r.source.next(s)
	if err != nil {
		return err
	}
	r.block = b
	if rows := s.index.rows; rows > 0 {
		// Chunks of equal size, rather than a last one with what is left.
		chunks := (rows-1)/r.maxRows + 1
		r.perChunk = (rows-1)/chunks + 1
	}
	return nil
}

// lease reserves the memory of a chunk of up to rows, or of as many as ever fit.
// It is exact but for the nulls and escaped quotes.
func (r *reader) lease(ctx context.Context, rows int) (chunk.Lease, int, error) {
	if len(r.columns) == 0 {
		return nil, rows, nil
	}
	size := r.sizeBytes(rows)
	for size > r.mem.CapacityBytes() && rows > 1 {
		rows = (rows + 1) / 2
		size = r.sizeBytes(rows)
	}
	r.meter.Switch(format.Wait)
	lease, err := r.mem.Lease(ctx, size)
	r.meter.Switch(format.Decode)
	return lease, rows, err
}

// sizeBytes is the most memory that the next rows take.
func (r *reader) sizeBytes(rows int) int64 {
	x := &r.scratch.index
	var size int64
	for i := range r.columns {
		c := &r.columns[i]
		r.textBytes[i] = 0
		if c.typ.ID == chunk.String {
			var sum int64
			at := x.at[r.row*x.stride+c.field:]
			for k := range rows {
				sum += int64(at[k*x.stride+1]-at[k*x.stride]) - 1
			}
			r.textBytes[i] = sum
		}
		size += c.reserve(rows, r.textBytes[i])
	}
	return size
}

// decode fills the columns with the next rows.
func (r *reader) decode(lease chunk.Lease, rows int) error {
	x, text := &r.scratch.index, r.scratch.text
	for i := range r.columns {
		r.columns[i].begin(lease, rows, r.textBytes[i])
	}
	t := tile{text: text, stride: x.stride, quotes: r.block.quotes, doubled: x.doubled}
	t.crlf = text[x.at[len(r.f.schema)]-1] == '\r' // in the first line, so probably in all
	for first := 0; first < rows; first += tileRows {
		t.first, t.rows = first, min(tileRows, rows-first)
		t.at = x.at[(r.row+first)*x.stride:]
		for i := range r.columns {
			if v := r.columns[i].decode(&t); v != nil {
				return r.f.failValue(r.block, text, v)
			}
		}
	}
	return nil
}

// Close gives the buffers back.
func (r *reader) Close() error {
	if r.scratch == nil {
		return nil
	}
	r.f.scratches.giveBack(r.scratch)
	r.scratch = nil
	return r.source.close()
}
