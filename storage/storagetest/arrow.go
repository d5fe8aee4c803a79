package storagetest

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/float16"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// ArrowType is the Arrow library's name of a type.
func ArrowType(typ chunk.Type) arrow.DataType {
	switch typ.ID {
	case chunk.Bool:
		return arrow.FixedWidthTypes.Boolean
	case chunk.Int8:
		return arrow.PrimitiveTypes.Int8
	case chunk.Int16:
		return arrow.PrimitiveTypes.Int16
	case chunk.Int32:
		return arrow.PrimitiveTypes.Int32
	case chunk.Int64:
		return arrow.PrimitiveTypes.Int64
	case chunk.Uint8:
		return arrow.PrimitiveTypes.Uint8
	case chunk.Uint16:
		return arrow.PrimitiveTypes.Uint16
	case chunk.Uint32:
		return arrow.PrimitiveTypes.Uint32
	case chunk.Uint64:
		return arrow.PrimitiveTypes.Uint64
	case chunk.Float16:
		return arrow.FixedWidthTypes.Float16
	case chunk.Float32:
		return arrow.PrimitiveTypes.Float32
	case chunk.Float64:
		return arrow.PrimitiveTypes.Float64
	case chunk.Date32:
		return arrow.FixedWidthTypes.Date32
	case chunk.Date64:
		return arrow.FixedWidthTypes.Date64
	case chunk.Timestamp:
		return &arrow.TimestampType{Unit: arrow.TimeUnit(typ.Unit), TimeZone: typ.Zone}
	case chunk.String:
		return arrow.BinaryTypes.String
	}
	panic("storagetest: no Arrow type for " + typ.String())
}

// ArrowSchema is the table's schema for the Arrow library. strings is the type
// of its String columns, nil for utf8: large_utf8, or a dictionary of either.
func ArrowSchema(tab Table, strings arrow.DataType) *arrow.Schema {
	fields := make([]arrow.Field, len(tab.Schema))
	for i, f := range tab.Schema {
		fields[i] = arrow.Field{Name: f.Name, Type: ArrowType(f.Type), Nullable: f.Nullable}
		if f.Type.ID == chunk.String && strings != nil {
			fields[i].Type = strings
		}
	}
	return arrow.NewSchema(fields, nil)
}

// ArrowRecord is the table as a record of that schema.
func ArrowRecord(tab Table, schema *arrow.Schema) arrow.Record {
	b := array.NewRecordBuilder(memory.NewGoAllocator(), schema)
	defer b.Release()
	for i, values := range tab.Columns {
		for _, v := range values {
			appendValue(b.Field(i), v)
		}
	}
	if len(tab.Columns) == 0 {
		return array.NewRecord(schema, nil, int64(tab.Rows))
	}
	return b.NewRecord()
}

func appendValue(b array.Builder, v any) {
	if v == nil {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(v.(bool))
	case *array.Int8Builder:
		b.Append(v.(int8))
	case *array.Int16Builder:
		b.Append(v.(int16))
	case *array.Int32Builder:
		b.Append(v.(int32))
	case *array.Int64Builder:
		b.Append(v.(int64))
	case *array.Uint8Builder:
		b.Append(v.(uint8))
	case *array.Uint16Builder:
		b.Append(v.(uint16))
	case *array.Uint32Builder:
		b.Append(v.(uint32))
	case *array.Uint64Builder:
		b.Append(v.(uint64))
	case *array.Float16Builder:
		h := v.(Half)
		b.Append(float16.FromLEBytes([]byte{byte(h), byte(h >> 8)}))
	case *array.Float32Builder:
		b.Append(v.(float32))
	case *array.Float64Builder:
		b.Append(v.(float64))
	case *array.Date32Builder:
		b.Append(arrow.Date32(v.(int32)))
	case *array.Date64Builder:
		b.Append(arrow.Date64(v.(int64)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(v.(int64)))
	case *array.StringBuilder:
		b.Append(v.(string))
	case *array.LargeStringBuilder:
		b.Append(v.(string))
	case *array.BinaryDictionaryBuilder:
		if err := b.AppendString(v.(string)); err != nil {
			panic(err)
		}
	default:
		panic(fmt.Sprintf("storagetest: cannot append to a %T", b))
	}
}
