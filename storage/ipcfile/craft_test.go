package ipcfile_test

import (
	"encoding/binary"
	"testing"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// What follows writes Arrow files that the usual writers do not: misaligned,
// mixed, from older versions, or lying. Slots and codes are those of Schema.fbs,
// Message.fbs and File.fbs.

// rawField is a Field. table fills the slots of its type table.
type rawField struct {
	name     string
	code     byte
	table    map[int]any
	notNull  bool
	dict     *rawDict
	children []rawField
}

type rawDict struct {
	id     int64
	bits   int32 // 0 leaves the index type out: int32
	signed bool
}

func intField(name string, bits int32) rawField {
	return rawField{name: name, code: 2, table: map[int]any{0: bits, 1: true}}
}

func textField(name string) rawField { return rawField{name: name, code: 5} }

func codedField(name string, id int64, bits int32, signed bool) rawField {
	return rawField{name: name, code: 5, dict: &rawDict{id, bits, signed}}
}

// object builds a table from its slots: nil fields are absent.
func object(b *flatbuffers.Builder, slots map[int]any) flatbuffers.UOffsetT {
	n := 0
	ready := map[int]any{}
	for i, v := range slots {
		n = max(n, i+1)
		if s, ok := v.(string); ok {
			v = b.CreateString(s)
		}
		ready[i] = v
	}
	b.StartObject(n)
	for i := range n {
		switch v := ready[i].(type) {
		case nil:
		case bool:
			b.PrependBool(v)
			b.Slot(i)
		case byte:
			b.PrependByte(v)
			b.Slot(i)
		case int16:
			b.PrependInt16(v)
			b.Slot(i)
		case int32:
			b.PrependInt32(v)
			b.Slot(i)
		case int64:
			b.PrependInt64(v)
			b.Slot(i)
		case flatbuffers.UOffsetT:
			b.PrependUOffsetT(v)
			b.Slot(i)
		default:
			panic(v)
		}
	}
	return b.EndObject()
}

func offsets(b *flatbuffers.Builder, of []flatbuffers.UOffsetT) flatbuffers.UOffsetT {
	b.StartVector(4, len(of), 4)
	for i := len(of) - 1; i >= 0; i-- {
		b.PrependUOffsetT(of[i])
	}
	return b.EndVector(len(of))
}

// structs is a vector of structs of int64 fields.
func structs(b *flatbuffers.Builder, fields int, values []int64) flatbuffers.UOffsetT {
	b.StartVector(8*fields, len(values)/fields, 8)
	for i := len(values) - 1; i >= 0; i-- {
		b.PrependInt64(values[i])
	}
	return b.EndVector(len(values) / fields)
}

func (f rawField) build(b *flatbuffers.Builder) flatbuffers.UOffsetT {
	var children []flatbuffers.UOffsetT
	for _, c := range f.children {
		children = append(children, c.build(b))
	}
	slots := map[int]any{0: f.name, 1: !f.notNull, 2: f.code, 3: object(b, f.table), 5: offsets(b, children)}
	if f.dict != nil {
		enc := map[int]any{0: f.dict.id}
		if f.dict.bits != 0 {
			enc[1] = object(b, map[int]any{0: f.dict.bits, 1: f.dict.signed})
		}
		slots[4] = object(b, enc)
	}
	return object(b, slots)
}

// rawSchema is a Schema with what older or other writers say.
type rawSchema struct {
	fields    []rawField
	bigEndian bool
	version   int16 // 0 is V5
	legacy    bool  // frames without the continuation marker
}

func (s rawSchema) build(b *flatbuffers.Builder) flatbuffers.UOffsetT {
	var fields []flatbuffers.UOffsetT
	for _, f := range s.fields {
		fields = append(fields, f.build(b))
	}
	slots := map[int]any{1: offsets(b, fields)}
	if s.bigEndian {
		slots[0] = int16(1)
	}
	return object(b, slots)
}

// rawBatch is a RecordBatch, or a DictionaryBatch if dict is set.
type rawBatch struct {
	rows     int64
	nodes    []int64 // rows and nulls of each
	buffers  [][]byte
	skew     int // buffers begin this far from a multiple of 64
	codec    any // nil, or byte: 0 LZ4, 1 zstd
	variadic []int64
	dict     *int64
	delta    bool
}

func (s rawSchema) v() int16 {
	if s.version != 0 {
		return s.version
	}
	return 4
}

// message frames metadata and body.
func (s rawSchema) message(kind byte, header func(*flatbuffers.Builder) flatbuffers.UOffsetT, body []byte) []byte {
	b := flatbuffers.NewBuilder(0)
	h := header(b)
	b.Finish(object(b, map[int]any{0: s.v(), 1: kind, 2: h, 3: int64(len(body))}))
	meta := b.FinishedBytes()
	var out []byte
	prefix := 4
	if !s.legacy {
		out = append(out, 0xff, 0xff, 0xff, 0xff)
		prefix = 8
	}
	size := (prefix+len(meta)+63)&^63 - prefix // so that bodies begin at multiples of 64
	out = binary.LittleEndian.AppendUint32(out, uint32(size))
	out = append(out, meta...)
	out = append(out, make([]byte, prefix+size-len(out))...)
	return append(out, body...)
}

func (s rawSchema) batch(rb rawBatch) []byte {
	var body []byte
	var where []int64
	for _, buf := range rb.buffers {
		body = append(body, make([]byte, (64-len(body)%64)%64+rb.skew)...)
		where = append(where, int64(len(body)), int64(len(buf)))
		body = append(body, buf...)
	}
	body = append(body, make([]byte, (64-len(body)%64)%64)...)
	record := func(b *flatbuffers.Builder) flatbuffers.UOffsetT {
		slots := map[int]any{0: rb.rows, 1: structs(b, 2, rb.nodes), 2: structs(b, 2, where)}
		if rb.codec != nil {
			slots[3] = object(b, map[int]any{0: rb.codec})
		}
		if rb.variadic != nil {
			slots[4] = structs(b, 1, rb.variadic)
		}
		return object(b, slots)
	}
	if rb.dict == nil {
		return s.message(3, record, body)
	}
	return s.message(2, func(b *flatbuffers.Builder) flatbuffers.UOffsetT {
		return object(b, map[int]any{0: *rb.dict, 1: record(b), 2: rb.delta})
	}, body)
}

// stream is a whole stream.
func (s rawSchema) stream(batches ...rawBatch) []byte {
	out := s.message(1, s.build, nil)
	for _, rb := range batches {
		out = append(out, s.batch(rb)...)
	}
	if s.legacy {
		return append(out, 0, 0, 0, 0)
	}
	return append(out, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0)
}

// file is a file with a footer. again lists its batches so many times more.
func (s rawSchema) file(again int, batches ...rawBatch) []byte {
	out := append([]byte("ARROW1"), make([]byte, 58)...)
	var dicts, records []int64
	for _, rb := range batches {
		m := s.batch(rb)
		meta := int64(8 + binary.LittleEndian.Uint32(m[4:]))
		block := []int64{int64(len(out)), meta, int64(len(m)) - meta}
		if rb.dict != nil {
			dicts = append(dicts, block...)
		} else {
			records = append(records, block...)
		}
		out = append(out, m...)
	}
	for range again {
		records = append(records, records[:3]...)
	}
	b := flatbuffers.NewBuilder(0)
	schema := s.build(b)
	b.Finish(object(b, map[int]any{0: s.v(), 1: schema, 2: structs(b, 3, dicts), 3: structs(b, 3, records)}))
	out = append(out, b.FinishedBytes()...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(b.FinishedBytes())))
	return append(out, "ARROW1"...)
}

// Buffers.

func i8s(v ...int8) []byte   { return chunk.Bytes(v) }
func i32s(v ...int32) []byte { return chunk.Bytes(v) }
func i64s(v ...int64) []byte { return chunk.Bytes(v) }

// bits is a bitmap, from "1101".
func bits(t testing.TB, s string) []byte {
	b := make([]byte, (len(s)+7)/8)
	for i, c := range s {
		if c == '1' {
			b[i/8] |= 1 << (i % 8)
		} else if c != '0' {
			t.Fatalf("%q is no bitmap", s)
		}
	}
	return b
}

// dictionary is a DictionaryBatch of texts. valid is nil or their bitmap.
func dictionary(id int64, delta bool, valid []byte, texts ...string) rawBatch {
	ends, data, nulls := []int32{0}, "", int64(0)
	for _, s := range texts {
		data += s
		ends = append(ends, int32(len(data)))
	}
	if valid != nil {
		nulls = int64(len(texts) - chunk.CountBits(valid, 0, len(texts)))
	}
	return rawBatch{dict: &id, delta: delta, rows: int64(len(texts)), nodes: []int64{int64(len(texts)), nulls},
		buffers: [][]byte{valid, i32s(ends...), []byte(data)}}
}
