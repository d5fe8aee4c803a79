package parquetfile_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/schema"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// libraryFile is the table written by the Arrow library's low-level writer.
func libraryFile(t testing.TB, tab storagetest.Table, splitRows int, props []parquet.WriterProperty) []byte {
	t.Helper()
	var fields schema.FieldList
	for _, f := range tab.Schema {
		fields = append(fields, libraryNode(t, f))
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, fields, -1)
	if err != nil {
		t.Fatal(err)
	}
	props = append([]parquet.WriterProperty{parquet.WithVersion(parquet.V2_LATEST)}, props...)
	var out bytes.Buffer
	w := file.NewParquetWriter(&out, root, file.WithWriterProps(parquet.NewWriterProperties(props...)))
	for from := 0; from < tab.Rows; from += splitRows {
		part := tab.Slice(from, min(from+splitRows, tab.Rows))
		group := w.AppendRowGroup()
		for i, values := range part.Columns {
			col, err := group.NextColumn()
			if err != nil {
				t.Fatal(err)
			}
			if err := libraryWrite(col, tab.Schema[i], values); err != nil {
				t.Fatalf("column %s: %v", tab.Schema[i].Name, err)
			}
			if err := col.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := group.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func libraryNode(t testing.TB, f chunk.Field) schema.Node {
	t.Helper()
	logical, physical, length := schema.LogicalType(schema.NoLogicalType{}), parquet.Types.Int32, -1
	switch f.Type.ID {
	case chunk.Bool:
		physical = parquet.Types.Boolean
	case chunk.Int8, chunk.Int16, chunk.Int32:
		logical = schema.NewIntLogicalType(int8(8*f.Type.ID.Width()), true)
	case chunk.Uint8, chunk.Uint16, chunk.Uint32:
		logical = schema.NewIntLogicalType(int8(8*f.Type.ID.Width()), false)
	case chunk.Int64:
		physical = parquet.Types.Int64
	case chunk.Uint64:
		logical, physical = schema.NewIntLogicalType(64, false), parquet.Types.Int64
	case chunk.Float16:
		logical, physical, length = schema.Float16LogicalType{}, parquet.Types.FixedLenByteArray, 2
	case chunk.Float32:
		physical = parquet.Types.Float
	case chunk.Float64:
		physical = parquet.Types.Double
	case chunk.Date32, chunk.Date64:
		logical = schema.DateLogicalType{}
	case chunk.Timestamp:
		physical = parquet.Types.Int64
		unit := [...]schema.TimeUnitType{schema.TimeUnitMillis, schema.TimeUnitMillis, schema.TimeUnitMicros, schema.TimeUnitNanos}[f.Type.Unit]
		logical = schema.NewTimestampLogicalType(f.Type.Zone != "", unit)
	case chunk.String:
		logical, physical = schema.StringLogicalType{}, parquet.Types.ByteArray
	}
	repetition := parquet.Repetitions.Required
	if f.Nullable {
		repetition = parquet.Repetitions.Optional
	}
	node, err := schema.NewPrimitiveNodeLogical(f.Name, repetition, logical, physical, length, -1)
	if err != nil {
		t.Fatalf("column %s: %v", f.Name, err)
	}
	return node
}

// libraryWrite writes a column as the table has it, changed where Parquet does
// not have the type.
func libraryWrite(col file.ColumnChunkWriter, f chunk.Field, values []any) error {
	var levels []int16
	if f.Nullable {
		levels = make([]int16, len(values))
		for r, v := range values {
			if v != nil {
				levels[r] = 1
			}
		}
	}
	var err error
	switch col := col.(type) {
	case *file.BooleanColumnChunkWriter:
		_, err = col.WriteBatch(present(values, func(v any) bool { return v.(bool) }), levels, nil)
	case *file.Int32ColumnChunkWriter:
		_, err = col.WriteBatch(present(values, asInt32), levels, nil)
	case *file.Int64ColumnChunkWriter:
		_, err = col.WriteBatch(present(values, func(v any) int64 {
			switch v := v.(type) {
			case uint64:
				return int64(v)
			case int64:
				if f.Type.ID == chunk.Timestamp && f.Type.Unit == chunk.Second {
					return 1000 * v
				}
				return v
			}
			panic(fmt.Sprintf("a %T in an int64 column", v))
		}), levels, nil)
	case *file.Float32ColumnChunkWriter:
		_, err = col.WriteBatch(present(values, func(v any) float32 { return v.(float32) }), levels, nil)
	case *file.Float64ColumnChunkWriter:
		_, err = col.WriteBatch(present(values, func(v any) float64 { return v.(float64) }), levels, nil)
	case *file.ByteArrayColumnChunkWriter:
		_, err = col.WriteBatch(present(values, func(v any) parquet.ByteArray { return parquet.ByteArray(v.(string)) }), levels, nil)
	case *file.FixedLenByteArrayColumnChunkWriter:
		_, err = col.WriteBatch(present(values, func(v any) parquet.FixedLenByteArray {
			h := v.(storagetest.Half)
			return parquet.FixedLenByteArray{byte(h), byte(h >> 8)}
		}), levels, nil)
	default:
		err = fmt.Errorf("no values for a %T", col)
	}
	return err
}

func present[T any](values []any, as func(any) T) []T {
	out := make([]T, 0, len(values))
	for _, v := range values {
		if v != nil {
			out = append(out, as(v))
		}
	}
	return out
}

func asInt32(v any) int32 {
	switch v := v.(type) {
	case int8:
		return int32(v)
	case int16:
		return int32(v)
	case int32:
		return v
	case uint8:
		return int32(v)
	case uint16:
		return int32(v)
	case uint32:
		return int32(v)
	case int64: // date64
		return int32(v / 86400000)
	}
	panic(fmt.Sprintf("a %T in an int32 column", v))
}
