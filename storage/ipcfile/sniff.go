package ipcfile

import (
	"bytes"
	"encoding/binary"
)

var magic = []byte("ARROW1")

// maxSchemaBytes is more than any schema message that Sniff believes in.
const maxSchemaBytes = 256 << 20

// Sniff tells whether a file that begins with head is an Arrow IPC file or
// stream. 64 bytes are enough for most, all of the schema message for certain.
func Sniff(head []byte) bool {
	return bytes.HasPrefix(head, magic) || looksLikeStream(head)
}

// looksLikeStream tells whether head begins with a message that holds a schema.
// Where head ends before the message tells, its frame has to do.
func looksLikeStream(head []byte) bool {
	if len(head) < 8 {
		return false
	}
	size, rest := binary.LittleEndian.Uint32(head), head[4:]
	framed := size == 0xffffffff
	if framed {
		size, rest = binary.LittleEndian.Uint32(rest), rest[4:]
	}
	if size < 16 || size > maxSchemaBytes || size%4 != 0 {
		return false
	}
	whole := len(rest) >= int(size)
	if whole {
		rest = rest[:size]
	}
	d := newDoc(rest)
	kind := d.root().u8(1, 0)
	if d.err != nil {
		return framed && !whole && len(rest) < 64
	}
	return kind == headerSchema
}

// looksLike says what a file that is no Arrow file seems to be.
func looksLike(head []byte) string {
	for _, known := range []struct{ prefix, name string }{
		{"PAR1", "it is a Parquet file"},
		{"FEA1", "it is a Feather V1 file; write it again as Feather V2, which is Arrow"},
		{"\x1f\x8b", "it is gzip-compressed as a whole; decompress it first, or write it with compressed batches"},
		{"\x28\xb5\x2f\xfd", "it is zstd-compressed as a whole; decompress it first, or write it with compressed batches"},
		{"\x93NUMPY", "it is a NumPy array"},
		{"ORC", "it is an ORC file"},
		{"Obj\x01", "it is an Avro file"},
		{"PK\x03\x04", "it is a ZIP archive"},
		{"SQLite format 3", "it is an SQLite database"},
	} {
		if bytes.HasPrefix(head, []byte(known.prefix)) {
			return known.name
		}
	}
	head = head[:min(len(head), 512)]
	if len(bytes.Trim(head, "\x00")) == 0 {
		return "it begins with zeros; was it written completely?"
	}
	for _, b := range head {
		if b < ' ' && b != '\n' && b != '\r' && b != '\t' {
			return "neither its magic bytes nor a schema message are at its beginning"
		}
	}
	return "it looks like text"
}
