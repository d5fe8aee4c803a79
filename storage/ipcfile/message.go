package ipcfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The MessageHeader union of Message.fbs.
const (
	headerSchema     = 1
	headerDictionary = 2
	headerBatch      = 3
)

// message is one encapsulated message:
//
//	u32 0xffffffff (absent before Arrow 0.15)
//	u32 size of the metadata, 0 ends the stream
//	    metadata, a Message flatbuffer, padded to 8 bytes
//	    body
type message struct {
	at      int64 // of the message in the file
	version int16
	kind    uint8
	header  table
	bodyAt  int64
	body    []byte
	end     int64
}

var errTruncated = errors.New("the file is truncated")

// readMessage reads the message at at of data. It returns io.EOF at the end of
// a stream.
func readMessage(data []byte, at int64) (message, error) {
	m := message{at: at}
	rest := data[at:]
	if len(rest) == 0 {
		return m, io.EOF
	}
	if len(rest) < 4 {
		return m, errTruncated
	}
	prefix := int64(4)
	size := binary.LittleEndian.Uint32(rest)
	if size == 0xffffffff {
		if prefix = 8; len(rest) < 8 {
			return m, errTruncated
		}
		size = binary.LittleEndian.Uint32(rest[4:])
	}
	if size == 0 {
		return m, io.EOF
	}
	if int64(size) > int64(len(rest))-prefix {
		return m, fmt.Errorf("%w: a message has %d bytes of metadata, %d are left", errTruncated, size, int64(len(rest))-prefix)
	}
	meta := rest[prefix : prefix+int64(size)]
	d := newDoc(meta)
	t := d.root()
	m.version = t.i16(0, 0)
	m.kind = t.u8(1, 0)
	m.header = t.table(2)
	bodyBytes := t.i64(3)
	if d.err != nil {
		return m, d.err
	}
	m.bodyAt = at + prefix + int64(size)
	if left := int64(len(data)) - m.bodyAt; bodyBytes < 0 || bodyBytes > left {
		return m, fmt.Errorf("%w: a message has a body of %d bytes, %d are left", errTruncated, bodyBytes, left)
	}
	m.end = m.bodyAt + bodyBytes
	m.body = data[m.bodyAt:m.end:m.end]
	return m, nil
}

// codec is how the buffers of a body are compressed.
type codec int8

const (
	plain codec = iota - 1
	lz4Frame
	zstdFrame
)

// batch is the columns of a RecordBatch, be it rows or the texts of a
// dictionary. nodes, buffers and variadic are the file's own structs:
//
//	node:   i64 rows, i64 nulls
//	buffer: i64 offset in the body, i64 size in bytes
type batch struct {
	number   int   // 1-based, for errors; 0 in a dictionary
	at       int64 // of the message in the file
	firstRow int64 // row of the file
	rows     int64
	codec    codec
	nodes    []byte
	buffers  []byte
	variadic []byte
	bodyAt   int64
	body     []byte
	dicts    []dictRef // by position in layout.dicts
}

// readBatch reads a RecordBatch table.
func readBatch(m message, t table) (batch, error) {
	b := batch{at: m.at, bodyAt: m.bodyAt, body: m.body, codec: plain}
	if t.d == nil {
		return b, errors.New("corrupt metadata: a batch without description")
	}
	b.rows = t.i64(0)
	b.nodes = t.vector(1, 16)
	b.buffers = t.vector(2, 16)
	if t.has(3) {
		c := t.table(3)
		b.codec = codec(c.u8(0, 0))
		if b.codec != lz4Frame && b.codec != zstdFrame || c.u8(1, 0) != 0 {
			return b, fmt.Errorf("unknown compression %d, method %d", b.codec, c.u8(1, 0))
		}
	}
	b.variadic = t.vector(4, 8)
	if t.d.err != nil {
		return b, t.d.err
	}
	if b.rows < 0 {
		return b, fmt.Errorf("corrupt metadata: a batch of %d rows", b.rows)
	}
	return b, nil
}

// node is the rows and nulls of a column.
func (b *batch) node(i int) (rows, nulls int64, err error) {
	if i >= len(b.nodes)/16 {
		return 0, 0, fmt.Errorf("corrupt metadata: the batch describes %d columns, this is number %d", len(b.nodes)/16, i+1)
	}
	rows = int64(binary.LittleEndian.Uint64(b.nodes[16*i:]))
	nulls = int64(binary.LittleEndian.Uint64(b.nodes[16*i+8:]))
	if rows != b.rows {
		return 0, 0, fmt.Errorf("corrupt metadata: the column has %d rows in a batch of %d", rows, b.rows)
	}
	return rows, nulls, nil
}

// buffer is the stored bytes of a buffer and where they lie in the file.
func (b *batch) buffer(i int) (raw []byte, at int64, err error) {
	if i >= len(b.buffers)/16 {
		return nil, 0, fmt.Errorf("corrupt metadata: the batch describes %d buffers, needed is number %d", len(b.buffers)/16, i+1)
	}
	off := int64(binary.LittleEndian.Uint64(b.buffers[16*i:]))
	size := int64(binary.LittleEndian.Uint64(b.buffers[16*i+8:]))
	if off < 0 || size < 0 || off > int64(len(b.body)) || size > int64(len(b.body))-off {
		return nil, 0, fmt.Errorf("corrupt metadata: a buffer of %d bytes at %d in a body of %d", size, off, len(b.body))
	}
	return b.body[off : off+size : off+size], b.bodyAt + off, nil
}

// firstBuffer is the position of the column's first buffer in the batch.
func (b *batch) firstBuffer(f *field) (int, error) {
	if f.unreachable != "" {
		return 0, fmt.Errorf("cannot be found behind a column of %s, whose layout weir does not know", f.unreachable)
	}
	if f.variadic > len(b.variadic)/8 {
		return 0, errors.New("corrupt metadata: a view column without its count of buffers")
	}
	i := f.buffer
	for v := range f.variadic {
		n := binary.LittleEndian.Uint64(b.variadic[8*v:])
		if n > uint64(len(b.buffers)) {
			return 0, fmt.Errorf("corrupt metadata: a view column of %d buffers", n)
		}
		i += int(n)
	}
	return i, nil
}
