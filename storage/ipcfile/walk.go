package ipcfile

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/weir-pipeline/weir/storage/format"
)

// walk reads the metadata of the mapped file.
func (f *file) walk() error {
	switch {
	case bytes.HasPrefix(f.mapping, magic):
		return f.walkFooter()
	case len(f.mapping) >= 4 && looksLikeStream(f.mapping):
		return f.walkStream()
	}
	return fmt.Errorf("not an Arrow file: %s", looksLike(f.mapping))
}

// walkFooter reads a file by its footer:
//
//	"ARROW1" 0 0, a stream, Footer flatbuffer, i32 its size, "ARROW1"
func (f *file) walkFooter() error {
	data := f.mapping
	tail := len(data) - len(magic) - 4
	if tail < 8 || !bytes.Equal(data[tail+4:], magic) {
		return fmt.Errorf("%w: no footer at its end; was its writer closed?", errTruncated)
	}
	size := int64(int32(binary.LittleEndian.Uint32(data[tail:])))
	start := int64(tail) - size
	if size < 8 || start < 8 {
		return fmt.Errorf("corrupt footer: %d bytes in a file of %d", size, len(data))
	}
	d := newDoc(data[start:tail])
	footer := d.root()
	l, err := readLayout(footer.table(1), footer.i16(0, 0))
	if err = cmp.Or(d.err, err); err != nil {
		return f.at(start, fmt.Errorf("footer: %w", err))
	}
	f.layout = l
	dictBlocks, batchBlocks := footer.vector(2, 24), footer.vector(3, 24)
	if d.err != nil {
		return f.at(start, fmt.Errorf("footer: %w", d.err))
	}
	if err := checkOverlap(dictBlocks, batchBlocks); err != nil {
		return f.at(start, fmt.Errorf("footer: %w", err))
	}
	dicts := newDictionaries(f)
	for ; len(dictBlocks) > 0; dictBlocks = dictBlocks[24:] {
		m, err := f.block(dictBlocks, start, headerDictionary)
		if err != nil {
			return err
		}
		if err := dicts.add(m, true); err != nil {
			return f.at(m.at, err)
		}
	}
	f.batches = make([]batch, 0, len(batchBlocks)/24)
	for ; len(batchBlocks) > 0; batchBlocks = batchBlocks[24:] {
		m, err := f.block(batchBlocks, start, headerBatch)
		if err != nil {
			return err
		}
		if err := f.addBatch(m, dicts); err != nil {
			return err
		}
	}
	return nil
}

// block reads the message that a Block of the footer points to:
//
//	i64 offset, i32 size of the metadata, 4 unused, i64 size of the body
func (f *file) block(b []byte, limit int64, kind uint8) (message, error) {
	at := int64(binary.LittleEndian.Uint64(b))
	if at < 8 || at >= limit {
		return message{}, f.at(limit, fmt.Errorf("corrupt footer: a batch at byte %d, but batches end at %d", at, limit))
	}
	m, err := readMessage(f.mapping[:limit], at)
	if err == io.EOF {
		err = errors.New("corrupt footer: it points to the end of the stream")
	} else if err == nil && m.kind != kind {
		err = fmt.Errorf("corrupt footer: it points to a message of kind %d instead of %d", m.kind, kind)
	}
	if err != nil {
		return m, f.at(at, err)
	}
	return m, nil
}

// checkOverlap expects each batch once: a small file that lists one batch many
// times would otherwise have any number of rows.
func checkOverlap(blocks ...[]byte) error {
	var starts []int64
	for _, b := range blocks {
		for ; len(b) > 0; b = b[24:] {
			starts = append(starts, int64(binary.LittleEndian.Uint64(b)))
		}
	}
	slices.Sort(starts)
	for i := 1; i < len(starts); i++ {
		if starts[i] == starts[i-1] {
			return fmt.Errorf("the batch at byte %d is listed twice", starts[i])
		}
	}
	return nil
}

// walkStream reads the messages one after the other.
func (f *file) walkStream() error {
	m, err := readMessage(f.mapping, 0)
	if err != nil || m.kind != headerSchema {
		return cmp.Or(err, errors.New("the stream does not begin with a schema"))
	}
	if f.layout, err = readLayout(m.header, m.version); err != nil {
		return err
	}
	dicts := newDictionaries(f)
	for {
		m, err = readMessage(f.mapping, m.end)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return f.at(m.at, err)
		case m.kind == headerDictionary:
			if err := dicts.add(m, false); err != nil {
				return f.at(m.at, err)
			}
		case m.kind == headerBatch:
			if err := f.addBatch(m, dicts); err != nil {
				return err
			}
		default:
			return f.at(m.at, fmt.Errorf("a message of kind %d in a stream of record batches", m.kind))
		}
	}
}

// addBatch appends a record batch.
func (f *file) addBatch(m message, dicts *dictionaries) error {
	b, err := readBatch(m, m.header)
	b.number, b.firstRow = len(f.batches)+1, f.rows
	if err == nil {
		err = f.checkRows(&b)
	}
	if err != nil {
		return &format.Error{File: f.name, Split: b.number, Offset: m.at, Err: err}
	}
	f.compressed = f.compressed || b.codec != plain
	f.rows += b.rows
	b.dicts = dicts.now()
	f.batches = append(f.batches, b)
	for i := range f.layout.fields {
		// Some writers promise that there are no nulls and then write some.
		if fl := &f.layout.fields[i]; !fl.Nullable && fl.kind != unreadable {
			if _, nulls, err := b.node(fl.node); err == nil && nulls != 0 || fl.kind == coded && dicts.nullable(fl.dict) {
				fl.Nullable = true
			}
		}
	}
	return nil
}

// checkRows bounds the rows of a batch by what it stores, so that a wrong
// number does not count rows for ever.
func (f *file) checkRows(b *batch) error {
	most := int64(math.MaxInt32)
	for i := range f.layout.fields {
		fl := &f.layout.fields[i]
		if fl.kind == unreadable || fl.unreachable != "" {
			continue
		}
		if _, _, err := b.node(fl.node); err != nil {
			return err
		}
		at, err := b.firstBuffer(fl)
		if err != nil {
			return err
		}
		raw, _, err := b.buffer(at + 1) // values, offsets or indices: a bit a row at least
		if err != nil {
			return err
		}
		if most = 8 * int64(len(raw)); b.codec != plain {
			most *= maxRatio[b.codec]
		}
		break
	}
	if b.rows > most || f.rows+b.rows < 0 {
		return fmt.Errorf("corrupt metadata: a batch of %d rows, but at most %d fit into its buffers", b.rows, most)
	}
	return nil
}

// at adds the position to an error.
func (f *file) at(offset int64, err error) error {
	return &format.Error{File: f.name, Offset: offset, Err: err}
}

// dictionaries is the state of the dictionaries while messages are walked.
type dictionaries struct {
	file   *file
	refs   []dictRef
	shared bool // a batch has refs
}

func newDictionaries(f *file) *dictionaries {
	return &dictionaries{file: f, refs: make([]dictRef, len(f.layout.dicts))}
}

// add takes in a DictionaryBatch. In a file with a footer an id comes once,
// save deltas; in a stream it can be replaced.
func (ds *dictionaries) add(m message, once bool) error {
	b, err := readBatch(m, m.header.table(1))
	if err != nil {
		return fmt.Errorf("dictionary: %w", err)
	}
	id, delta := m.header.i64(0), m.header.u8(2, 0) != 0
	if m.header.d.err != nil {
		return m.header.d.err
	}
	i := slices.IndexFunc(ds.file.layout.dicts, func(d dictID) bool { return d.id == id })
	if i < 0 {
		return nil // of a column that weir does not read
	}
	ds.file.compressed = ds.file.compressed || b.codec != plain
	d := ds.refs[i].dict
	switch {
	case !delta && d != nil && once:
		return fmt.Errorf("dictionary %d comes twice in a file with a footer", id)
	case !delta || d == nil:
		d = &dictionary{file: ds.file, id: id, wide: ds.file.layout.dicts[i].wide}
	}
	if err := d.add(b); err != nil {
		return fmt.Errorf("dictionary %d: %w", id, err)
	}
	if ds.shared {
		ds.refs, ds.shared = slices.Clone(ds.refs), false
	}
	ds.refs[i] = dictRef{dict: d, rows: d.rows}
	return nil
}

func (ds *dictionaries) now() []dictRef {
	ds.shared = true
	return ds.refs
}

func (ds *dictionaries) nullable(i int) bool { return ds.refs[i].dict != nil && ds.refs[i].dict.nulls }
