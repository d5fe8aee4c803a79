package arrowrecord

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// Schema is schema in Arrow's terms. A String column becomes utf8; the records
// that [New] makes say large_utf8 or dictionary where a chunk is laid out so.
func Schema(schema chunk.Schema) (*arrow.Schema, error) {
	fields := make([]arrow.Field, len(schema))
	for i, f := range schema {
		t, err := arrowType(f.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
		fields[i] = arrow.Field{Name: f.Name, Type: t, Nullable: f.Nullable}
	}
	return arrow.NewSchema(fields, nil), nil
}

// ChunkSchema is the inverse of [Schema]. Columns of types that weir cannot
// compute with are chunk.Unsupported and carry Arrow's name of the type.
func ChunkSchema(schema *arrow.Schema) chunk.Schema {
	fields := make(chunk.Schema, len(schema.Fields()))
	for i, f := range schema.Fields() {
		fields[i] = chunk.Field{Name: f.Name, Type: chunkType(f.Type), Nullable: f.Nullable}
	}
	return fields
}

func arrowType(t chunk.Type) (arrow.DataType, error) {
	switch t.ID {
	case chunk.Bool:
		return arrow.FixedWidthTypes.Boolean, nil
	case chunk.Int8:
		return arrow.PrimitiveTypes.Int8, nil
	case chunk.Int16:
		return arrow.PrimitiveTypes.Int16, nil
	case chunk.Int32:
		return arrow.PrimitiveTypes.Int32, nil
	case chunk.Int64:
		return arrow.PrimitiveTypes.Int64, nil
	case chunk.Uint8:
		return arrow.PrimitiveTypes.Uint8, nil
	case chunk.Uint16:
		return arrow.PrimitiveTypes.Uint16, nil
	case chunk.Uint32:
		return arrow.PrimitiveTypes.Uint32, nil
	case chunk.Uint64:
		return arrow.PrimitiveTypes.Uint64, nil
	case chunk.Float16:
		return arrow.FixedWidthTypes.Float16, nil
	case chunk.Float32:
		return arrow.PrimitiveTypes.Float32, nil
	case chunk.Float64:
		return arrow.PrimitiveTypes.Float64, nil
	case chunk.Date32:
		return arrow.FixedWidthTypes.Date32, nil
	case chunk.Date64:
		return arrow.FixedWidthTypes.Date64, nil
	case chunk.Timestamp:
		return &arrow.TimestampType{Unit: arrow.TimeUnit(t.Unit), TimeZone: t.Zone}, nil
	case chunk.String:
		return arrow.BinaryTypes.String, nil
	}
	return nil, format.UnsupportedTypeError(t.String())
}

func chunkType(t arrow.DataType) chunk.Type {
	switch t := t.(type) {
	case *arrow.BooleanType:
		return chunk.Type{ID: chunk.Bool}
	case *arrow.Int8Type:
		return chunk.Type{ID: chunk.Int8}
	case *arrow.Int16Type:
		return chunk.Type{ID: chunk.Int16}
	case *arrow.Int32Type:
		return chunk.Type{ID: chunk.Int32}
	case *arrow.Int64Type:
		return chunk.Type{ID: chunk.Int64}
	case *arrow.Uint8Type:
		return chunk.Type{ID: chunk.Uint8}
	case *arrow.Uint16Type:
		return chunk.Type{ID: chunk.Uint16}
	case *arrow.Uint32Type:
		return chunk.Type{ID: chunk.Uint32}
	case *arrow.Uint64Type:
		return chunk.Type{ID: chunk.Uint64}
	case *arrow.Float16Type:
		return chunk.Type{ID: chunk.Float16}
	case *arrow.Float32Type:
		return chunk.Type{ID: chunk.Float32}
	case *arrow.Float64Type:
		return chunk.Type{ID: chunk.Float64}
	case *arrow.Date32Type:
		return chunk.Type{ID: chunk.Date32}
	case *arrow.Date64Type:
		return chunk.Type{ID: chunk.Date64}
	case *arrow.TimestampType:
		return chunk.Type{ID: chunk.Timestamp, Unit: chunk.Unit(t.Unit), Zone: t.TimeZone}
	case *arrow.StringType, *arrow.LargeStringType:
		return chunk.Type{ID: chunk.String}
	case *arrow.DictionaryType:
		if chunkType(t.ValueType).ID == chunk.String {
			return chunk.Type{ID: chunk.String}
		}
	}
	return chunk.Type{ID: chunk.Unsupported, Name: t.String()}
}
