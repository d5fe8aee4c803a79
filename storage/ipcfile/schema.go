package ipcfile

import (
	"fmt"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// kind is how a column that weir can read lies in a batch.
type kind uint8

const (
	unreadable kind = iota
	fixed           // validity, values
	bitmap          // validity, values
	text            // validity, offsets, data
	coded           // validity, indices; the texts are in a dictionary
)

// field is a top-level column: what it is and where its parts lie in the flat
// lists of a record batch.
type field struct {
	chunk.Field
	kind kind
	wide bool // text and the texts of coded: 64-bit offsets

	// coded only
	dict        int // position in layout.dicts
	indexBytes  int
	indexSigned bool

	// What comes before in the batch, the nodes and buffers of nested columns
	// included. The number of buffers of a view column differs from batch to
	// batch and is listed apart, so those are counted by column.
	node, buffer, variadic int
	unreachable            string // name of an earlier type of unknown shape
}

// dictID is a dictionary that a readable column uses.
type dictID struct {
	id   int64
	wide bool
}

// layout is a schema message.
type layout struct {
	fields []field
	dicts  []dictID

	version                   int16 // metadata version: 3 is V4, 4 is V5
	nodes, buffers, variadics int   // so far
	unknown                   string
}

// The Type union of Schema.fbs.
const (
	typeNull = iota + 1
	typeInt
	typeFloatingPoint
	typeBinary
	typeUtf8
	typeBool
	typeDecimal
	typeDate
	typeTime
	typeTimestamp
	typeInterval
	typeList
	typeStruct
	typeUnion
	typeFixedSizeBinary
	typeFixedSizeList
	typeMap
	typeDuration
	typeLargeBinary
	typeLargeUtf8
	typeLargeList
	typeRunEndEncoded
	typeBinaryView
	typeUtf8View
	typeListView
	typeLargeListView
)

// maxDepth bounds the nesting of types.
const maxDepth = 64

// readLayout reads a Schema table.
func readLayout(schema table, version int16) (*layout, error) {
	if version < 3 {
		return nil, fmt.Errorf("metadata version V%d is from before Arrow 0.8; weir reads V4 and V5", version+1)
	}
	if schema.i16(0, 0) != 0 {
		return nil, fmt.Errorf("values are big-endian; weir reads little-endian files")
	}
	l := &layout{version: version}
	schema.tables(1, func(t table) {
		f := field{node: l.nodes, buffer: l.buffers, variadic: l.variadics, unreachable: l.unknown}
		f.Name = t.str(0)
		f.Nullable = t.u8(1, 0) != 0
		l.describe(t, &f)
		l.skip(t, 0)
		l.fields = append(l.fields, f)
	})
	if schema.d == nil {
		return nil, fmt.Errorf("no schema")
	}
	return l, schema.d.err
}

// describe sets type and kind of a top-level column.
func (l *layout) describe(t table, f *field) {
	code := t.u8(2, 0)
	f.Type, f.kind, f.wide = typeOf(code, t.table(3))
	if f.kind == unreadable {
		f.Type = chunk.Type{Name: typeName(code, t.table(3))}
	}
	if !t.has(4) {
		return
	}
	values, wasText := f.Type, f.kind == text
	f.kind, f.Type = unreadable, chunk.Type{Name: "dictionary of " + values.String()}
	if !wasText {
		return
	}
	enc := t.table(4)
	f.indexBytes, f.indexSigned = 4, true
	if enc.has(1) {
		index := enc.table(1)
		f.indexBytes, f.indexSigned = int(index.i32(0))/8, index.u8(1, 0) != 0
	}
	switch f.indexBytes {
	case 1, 2, 4, 8:
	default:
		return
	}
	id := enc.i64(0)
	for f.dict = 0; f.dict < len(l.dicts) && l.dicts[f.dict].id != id; f.dict++ {
	}
	if f.dict == len(l.dicts) {
		l.dicts = append(l.dicts, dictID{id: id, wide: f.wide})
	} else if l.dicts[f.dict].wide != f.wide {
		return // two types for one dictionary
	}
	f.kind, f.Type = coded, values
}

// typeOf is the type of values, not looking at a dictionary encoding.
func typeOf(code uint8, t table) (_ chunk.Type, k kind, wide bool) {
	switch code {
	case typeInt:
		signed := [...]chunk.ID{chunk.Int8, chunk.Int16, chunk.Int32, chunk.Int64}
		unsigned := [...]chunk.ID{chunk.Uint8, chunk.Uint16, chunk.Uint32, chunk.Uint64}
		for i, bits := range []int32{8, 16, 32, 64} {
			if t.i32(0) == bits && t.u8(1, 0) != 0 {
				return chunk.Type{ID: signed[i]}, fixed, false
			} else if t.i32(0) == bits {
				return chunk.Type{ID: unsigned[i]}, fixed, false
			}
		}
	case typeFloatingPoint:
		if p := t.i16(0, 0); p >= 0 && p <= 2 {
			return chunk.Type{ID: chunk.Float16 + chunk.ID(p)}, fixed, false
		}
	case typeBool:
		return chunk.Type{ID: chunk.Bool}, bitmap, false
	case typeUtf8, typeLargeUtf8:
		return chunk.Type{ID: chunk.String}, text, code == typeLargeUtf8
	case typeDate:
		switch t.i16(0, 1) {
		case 0:
			return chunk.Type{ID: chunk.Date32}, fixed, false
		case 1:
			return chunk.Type{ID: chunk.Date64}, fixed, false
		}
	case typeTimestamp:
		if u := t.i16(0, 0); u >= 0 && u <= 3 {
			return chunk.Type{ID: chunk.Timestamp, Unit: chunk.Unit(u), Zone: t.str(1)}, fixed, false
		}
	}
	return chunk.Type{}, unreadable, false
}

var typeNames = [...]string{
	typeNull: "null", typeInt: "int", typeFloatingPoint: "float", typeBinary: "binary", typeUtf8: "utf8", typeBool: "bool",
	typeDecimal: "decimal", typeDate: "date", typeTime: "time", typeTimestamp: "timestamp", typeInterval: "interval",
	typeList: "list", typeStruct: "struct", typeUnion: "union", typeFixedSizeBinary: "fixed_size_binary",
	typeFixedSizeList: "fixed_size_list", typeMap: "map", typeDuration: "duration", typeLargeBinary: "large_binary",
	typeLargeUtf8: "large_utf8", typeLargeList: "large_list", typeRunEndEncoded: "run_end_encoded",
	typeBinaryView: "binary_view", typeUtf8View: "utf8_view", typeListView: "list_view", typeLargeListView: "large_list_view",
}

func typeName(code uint8, t table) string {
	switch code {
	case typeInt:
		return fmt.Sprintf("int of %d bits", t.i32(0))
	case typeDecimal:
		return fmt.Sprintf("decimal(%d, %d)", t.i32(0), t.i32(1))
	case typeFixedSizeBinary:
		return fmt.Sprintf("fixed_size_binary[%d]", t.i32(0))
	case 0:
		return "none"
	}
	if int(code) < len(typeNames) {
		return typeNames[code]
	}
	return fmt.Sprintf("unknown type %d", code)
}

// skip counts the nodes and buffers of a field and its children. See "Record
// Batch Message" in https://arrow.apache.org/docs/format/Columnar.html.
func (l *layout) skip(t table, depth int) {
	if depth > maxDepth {
		t.d.fail(t.at, "types nested too deeply")
		return
	}
	l.nodes++
	code := t.u8(2, 0)
	if t.has(4) {
		l.buffers += 2 // only the indices; children belong to the dictionary
		return
	}
	switch code {
	case typeNull, typeRunEndEncoded:
	case typeInt, typeFloatingPoint, typeBool, typeDecimal, typeDate, typeTime, typeTimestamp, typeInterval,
		typeDuration, typeFixedSizeBinary, typeList, typeLargeList, typeMap:
		l.buffers += 2
	case typeBinary, typeUtf8, typeLargeBinary, typeLargeUtf8, typeListView, typeLargeListView:
		l.buffers += 3
	case typeStruct, typeFixedSizeList:
		l.buffers++
	case typeUnion:
		l.buffers++ // type ids
		if t.table(3).i16(0, 0) == 1 {
			l.buffers++ // dense: offsets
		}
		if l.version < 4 {
			l.buffers++ // V4: validity
		}
	case typeBinaryView, typeUtf8View:
		l.buffers += 2
		l.variadics++
	default:
		if l.unknown == "" {
			l.unknown = typeName(code, t.table(3))
		}
	}
	t.tables(5, func(child table) { l.skip(child, depth+1) })
}
