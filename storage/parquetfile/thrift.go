package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// wire is the type of a field in the thrift compact protocol.
type wire uint8

const (
	wireTrue   wire = 1
	wireFalse  wire = 2
	wireByte   wire = 3
	wireI16    wire = 4
	wireI32    wire = 5
	wireI64    wire = 6
	wireDouble wire = 7
	wireBinary wire = 8
	wireList   wire = 9
	wireSet    wire = 10
	wireMap    wire = 11
	wireStruct wire = 12
)

// maxDepth bounds the nesting of structs and lists; Parquet's own stay below 8.
const maxDepth = 32

var errShort = errors.New("metadata ends in the middle of a value")

// thriftReader decodes the thrift compact protocol from memory. The first
// error sticks, later calls return zeros, so callers check err once. It
// allocates nothing and never believes a length that the buffer cannot hold.
//
// Specification: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
type thriftReader struct {
	buf   []byte
	pos   int
	depth int
	err   error
}

// fields calls visit for each field of a struct. visit reads the field's value
// and returns true, or returns false to have it skipped.
func (r *thriftReader) fields(visit func(id int, w wire) bool) {
	if r.depth++; r.depth > maxDepth {
		r.fail(errors.New("metadata is nested too deep"))
	}
	id := 0
	for r.err == nil {
		head := r.byte()
		if r.err != nil || head == 0 {
			break
		}
		w := wire(head & 15)
		if delta := int(head >> 4); delta != 0 {
			id += delta
		} else {
			id = int(int16(r.zigzag()))
		}
		if r.err == nil && !visit(id, w) {
			r.skip(w)
		}
	}
	r.depth--
}

// list calls visit for each of the elements, which have to be of wire type of.
func (r *thriftReader) list(w, of wire, visit func(i int)) {
	if w != wireList && w != wireSet {
		r.mismatch(w)
		return
	}
	n, elem := r.listHead()
	if n > 0 && elem != of && !(of == wireTrue && elem == wireFalse) {
		r.mismatch(elem)
	}
	for i := 0; i < n && r.err == nil; i++ {
		visit(i)
	}
}

func (r *thriftReader) listHead() (n int, elem wire) {
	head := r.byte()
	n, elem = int(head>>4), wire(head&15)
	if n == 15 {
		n = r.size()
	}
	if n > len(r.buf)-r.pos { // every element takes a byte at least
		r.fail(errShort)
		return 0, elem
	}
	return n, elem
}

// integer reads an integer field of any width.
func (r *thriftReader) integer(w wire) int64 {
	switch w {
	case wireI16, wireI32, wireI64:
		return r.zigzag()
	case wireByte:
		return int64(int8(r.byte()))
	}
	r.mismatch(w)
	return 0
}

// int32 reads an integer field that has to fit in 32 bits.
func (r *thriftReader) int32(w wire) int32 {
	v := r.integer(w)
	if v != int64(int32(v)) {
		r.fail(fmt.Errorf("metadata has %d where 32 bits are expected", v))
		return 0
	}
	return int32(v)
}

func (r *thriftReader) bool(w wire) bool {
	if w != wireTrue && w != wireFalse {
		r.mismatch(w)
	}
	return w == wireTrue
}

// binary reads a byte string, aliasing the buffer.
func (r *thriftReader) binary(w wire) []byte {
	if w != wireBinary {
		r.mismatch(w)
		return nil
	}
	n := r.size()
	if n > len(r.buf)-r.pos {
		r.fail(errShort)
		return nil
	}
	b := r.buf[r.pos : r.pos+n : r.pos+n]
	r.pos += n
	return b
}

// skip reads over a field of any type.
func (r *thriftReader) skip(w wire) {
	switch w {
	case wireTrue, wireFalse:
	case wireByte:
		r.byte()
	case wireI16, wireI32, wireI64:
		r.zigzag()
	case wireDouble:
		if r.pos += 8; r.pos > len(r.buf) {
			r.fail(errShort)
		}
	case wireBinary:
		r.binary(w)
	case wireStruct:
		r.fields(func(int, wire) bool { return false })
	case wireList, wireSet:
		if r.depth++; r.depth > maxDepth {
			r.fail(errors.New("metadata is nested too deep"))
		}
		n, elem := r.listHead()
		for ; n > 0 && r.err == nil; n-- {
			r.skipElement(elem)
		}
		r.depth--
	case wireMap:
		n := r.size()
		if n == 0 || r.err != nil {
			return
		}
		if r.depth++; r.depth > maxDepth {
			r.fail(errors.New("metadata is nested too deep"))
		}
		kinds := r.byte()
		for ; n > 0 && r.err == nil; n-- {
			r.skipElement(wire(kinds >> 4))
			r.skipElement(wire(kinds & 15))
		}
		r.depth--
	default:
		r.mismatch(w)
	}
}

// skipElement is skip inside a container, where a bool takes a byte.
func (r *thriftReader) skipElement(w wire) {
	if w == wireTrue || w == wireFalse {
		w = wireByte
	}
	r.skip(w)
}

func (r *thriftReader) byte() byte {
	if r.pos >= len(r.buf) {
		r.fail(errShort)
		return 0
	}
	b := r.buf[r.pos]
	r.pos++
	return b
}

func (r *thriftReader) varint() uint64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.buf[r.pos:])
	if n <= 0 {
		if n == 0 {
			r.fail(errShort)
		} else {
			r.fail(errors.New("metadata has an integer of more than 64 bits"))
		}
		return 0
	}
	r.pos += n
	return v
}

func (r *thriftReader) zigzag() int64 {
	u := r.varint()
	return int64(u>>1) ^ -int64(u&1)
}

// size is a length that fits in what is left of any buffer.
func (r *thriftReader) size() int {
	u := r.varint()
	if u > uint64(len(r.buf)) {
		r.fail(errShort)
		return 0
	}
	return int(u)
}

func (r *thriftReader) mismatch(w wire) {
	r.fail(fmt.Errorf("metadata has a value of unexpected wire type %d", w))
}

func (r *thriftReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.pos = len(r.buf)
}
