package ipcfile

import (
	"encoding/binary"
	"fmt"
)

// doc is one flatbuffer of the file's metadata, read with every offset checked.
//
//	root:   u32 offset of the root table
//	table:  i32 distance back to its vtable, then the fields
//	vtable: u16 its size, u16 the table's size, then per slot u16 the field's
//	        offset in the table, 0 if absent
//	vector: u32 count, then the elements; a string is a vector of bytes
//
// References are u32 distances forward from where they stand. The first that
// leads nowhere sets err; all later reads give zero values, so a caller asks
// once, at the end. See https://flatbuffers.dev/internals.
//
// Note: the flatbuffers runtime panics on such an offset, which would have to be
// recovered, and follows references into a shared part as often as asked.
type doc struct {
	buf []byte
	err error

	// budget ends the reading of a small buffer whose references share parts so
	// that it unfolds to a huge tree. Honest writers share next to nothing.
	budget int
}

func newDoc(buf []byte) *doc { return &doc{buf: buf, budget: 1024 + 16*len(buf)} }

func (d *doc) root() table { return d.table(d.follow(0)) }

func (d *doc) fail(at int, what string) {
	if d.err == nil {
		d.err = fmt.Errorf("corrupt metadata: %s at byte %d of %d", what, at, len(d.buf))
	}
}

// has tells whether n bytes at at are inside, else fails.
func (d *doc) has(at, n int) bool {
	if d.err != nil {
		return false
	}
	if at < 0 || n < 0 || at > len(d.buf)-n {
		d.fail(at, "a reference out of range")
		return false
	}
	return true
}

func (d *doc) spend(n int) bool {
	if d.budget -= n; d.budget < 0 {
		d.fail(0, "more parts than its size allows,")
		return false
	}
	return true
}

// follow is where the reference at at leads.
func (d *doc) follow(at int) int {
	if !d.has(at, 4) {
		return -1
	}
	return at + int(binary.LittleEndian.Uint32(d.buf[at:]))
}

func (d *doc) table(at int) table {
	if !d.has(at, 4) || !d.spend(8) {
		return table{}
	}
	vt := at - int(int32(binary.LittleEndian.Uint32(d.buf[at:])))
	if !d.has(vt, 4) {
		return table{}
	}
	size := int(binary.LittleEndian.Uint16(d.buf[vt:]))
	if size < 4 || !d.has(vt, size) {
		d.fail(vt, "a vtable out of range")
		return table{}
	}
	return table{d: d, at: at, vtable: d.buf[vt : vt+size]}
}

// table is one table of a doc; the zero table has no fields.
type table struct {
	d      *doc
	at     int
	vtable []byte
}

// field is where the field of a slot lies if it is there and has n bytes.
func (t table) field(slot, n int) (at int, ok bool) {
	entry := 4 + 2*slot
	if t.d == nil || entry+2 > len(t.vtable) {
		return 0, false
	}
	off := int(binary.LittleEndian.Uint16(t.vtable[entry:]))
	if off == 0 {
		return 0, false
	}
	return t.at + off, t.d.has(t.at+off, n)
}

func (t table) u8(slot int, absent uint8) uint8 {
	if at, ok := t.field(slot, 1); ok {
		return t.d.buf[at]
	}
	return absent
}

func (t table) i16(slot int, absent int16) int16 {
	if at, ok := t.field(slot, 2); ok {
		return int16(binary.LittleEndian.Uint16(t.d.buf[at:]))
	}
	return absent
}

func (t table) i32(slot int) int32 {
	if at, ok := t.field(slot, 4); ok {
		return int32(binary.LittleEndian.Uint32(t.d.buf[at:]))
	}
	return 0
}

func (t table) i64(slot int) int64 {
	if at, ok := t.field(slot, 8); ok {
		return int64(binary.LittleEndian.Uint64(t.d.buf[at:]))
	}
	return 0
}

// has tells whether the slot refers to something.
func (t table) has(slot int) bool {
	_, ok := t.field(slot, 4)
	return ok
}

func (t table) table(slot int) table {
	if at, ok := t.field(slot, 4); ok {
		return t.d.table(t.d.follow(at))
	}
	return table{}
}

// vector is the elements of a vector of structs or scalars of elemBytes each.
func (t table) vector(slot, elemBytes int) []byte {
	b, _ := t.elements(slot, elemBytes)
	return b
}

func (t table) str(slot int) string {
	b, _ := t.elements(slot, 1)
	if t.d == nil || !t.d.spend(len(b)) {
		return ""
	}
	return string(b)
}

// elements also tells where the first element lies.
func (t table) elements(slot, elemBytes int) (b []byte, at int) {
	at, ok := t.field(slot, 4)
	if !ok {
		return nil, 0
	}
	at = t.d.follow(at)
	if !t.d.has(at, 4) {
		return nil, 0
	}
	count := int(binary.LittleEndian.Uint32(t.d.buf[at:]))
	at += 4
	if !t.d.has(at, count*elemBytes) {
		return nil, 0
	}
	return t.d.buf[at : at+count*elemBytes], at
}

// tables calls f with each table of a vector of tables until the doc fails.
func (t table) tables(slot int, f func(table)) {
	b, at := t.elements(slot, 4)
	for i := 0; i < len(b) && t.d.err == nil; i += 4 {
		if e := t.d.table(t.d.follow(at + i)); t.d.err == nil {
			f(e)
		}
	}
}
