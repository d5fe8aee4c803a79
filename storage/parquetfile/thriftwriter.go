package parquetfile

import "encoding/binary"

// thriftWriter encodes the thrift compact protocol. Fields of a struct are
// written in ascending order.
type thriftWriter struct {
	buf  []byte
	last []int // number of the last field of each open struct
}

// begin opens a struct: the top one, or an element of a list.
func (w *thriftWriter) begin() { w.last = append(w.last, 0) }

// end closes the innermost struct.
func (w *thriftWriter) end() {
	w.buf = append(w.buf, 0)
	w.last = w.last[:len(w.last)-1]
}

func (w *thriftWriter) field(id int, kind wire) {
	top := &w.last[len(w.last)-1]
	if delta := id - *top; delta > 0 && delta < 16 {
		w.buf = append(w.buf, byte(delta)<<4|byte(kind))
	} else {
		w.buf = binary.AppendVarint(append(w.buf, byte(kind)), int64(id))
	}
	*top = id
}

func (w *thriftWriter) i32(id int, v int32) {
	w.field(id, wireI32)
	w.buf = binary.AppendVarint(w.buf, int64(v))
}

func (w *thriftWriter) i64(id int, v int64) {
	w.field(id, wireI64)
	w.buf = binary.AppendVarint(w.buf, v)
}

func (w *thriftWriter) bool(id int, v bool) {
	if v {
		w.field(id, wireTrue)
	} else {
		w.field(id, wireFalse)
	}
}

func (w *thriftWriter) byte(id int, v int8) {
	w.field(id, wireByte)
	w.buf = append(w.buf, byte(v))
}

func (w *thriftWriter) binary(id int, b string) {
	w.field(id, wireBinary)
	w.element(b)
}

// element writes a byte string of a list.
func (w *thriftWriter) element(b string) {
	w.buf = binary.AppendUvarint(w.buf, uint64(len(b)))
	w.buf = append(w.buf, b...)
}

// list starts a list field of n elements, which follow.
func (w *thriftWriter) list(id int, of wire, n int) {
	w.field(id, wireList)
	if n < 15 {
		w.buf = append(w.buf, byte(n)<<4|byte(of))
	} else {
		w.buf = binary.AppendUvarint(append(w.buf, 0xf0|byte(of)), uint64(n))
	}
}

// open starts a struct field.
func (w *thriftWriter) open(id int) {
	w.field(id, wireStruct)
	w.begin()
}
