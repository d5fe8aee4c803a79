package parquetfile

import (
	"errors"
	"fmt"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// physical is how Parquet stores a value.
type physical int32

const (
	noPhysical physical = -1
	boolean    physical = iota - 1
	int32Type
	int64Type
	int96Type
	floatType
	doubleType
	byteArray
	fixedByteArray
)

var physicalNames = [...]string{"boolean", "int32", "int64", "int96", "float", "double", "byte_array", "fixed_len_byte_array"}

func (p physical) String() string {
	if p >= 0 && int(p) < len(physicalNames) {
		return physicalNames[p]
	}
	return fmt.Sprintf("physical type %d", int32(p))
}

// width is the size of a plain value in bytes; 0 if it varies or is a bit.
func (p physical) width() int {
	switch p {
	case int32Type, floatType:
		return 4
	case int64Type, doubleType:
		return 8
	case int96Type:
		return 12
	}
	return 0
}

// Numbers of the union LogicalType.
const (
	logicalString    = 1
	logicalMap       = 2
	logicalList      = 3
	logicalEnum      = 4
	logicalDecimal   = 5
	logicalDate      = 6
	logicalTime      = 7
	logicalTimestamp = 8
	logicalInteger   = 10
	logicalNull      = 11
	logicalJSON      = 12
	logicalBSON      = 13
	logicalUUID      = 14
	logicalFloat16   = 15
)

// The enum ConvertedType, which LogicalType replaced.
const (
	convertedUTF8 = iota
	convertedMap
	convertedMapKeyValue
	convertedList
	convertedEnum
	convertedDecimal
	convertedDate
	convertedTimeMillis
	convertedTimeMicros
	convertedTimestampMillis
	convertedTimestampMicros
	convertedUint8
	convertedUint16
	convertedUint32
	convertedUint64
	convertedInt8
	convertedInt16
	convertedInt32
	convertedInt64
	convertedJSON
	convertedBSON
	convertedInterval
)

// The enum FieldRepetitionType.
const (
	required = iota
	optional
	repeated
)

// leaf is where a column of the schema is stored.
type leaf struct {
	index    int // of the column chunk within each row group; -1 for a nested column
	physical physical
	width    int // of a plain value in bytes; 0 for booleans and strings
	optional bool
}

// buildSchema turns the footer's tree into columns: each child of the root is
// one, nested ones under a type that cannot be used. Column i of the schema has
// the column chunks from firstLeaf[i] to firstLeaf[i+1] of each row group.
func buildSchema(elements []schemaElement) (schema chunk.Schema, stored []leaf, firstLeaf []int, err error) {
	leaves := 0
	if len(elements) == 0 {
		return nil, nil, nil, errors.New("the schema is empty")
	}
	next := 1
	for range elements[0].children {
		if next >= len(elements) {
			return nil, nil, nil, errors.New("the schema has fewer columns than it says")
		}
		e := &elements[next]
		field := chunk.Field{Name: e.name, Nullable: e.repetition != required}
		at := leaf{index: -1}
		below := 1 // leaves of this column
		if e.children == 0 && e.physical != noPhysical {
			next++
			field.Type = columnType(e)
			if field.Type.ID != chunk.Unsupported {
				at = leaf{index: leaves, physical: e.physical, width: e.physical.width(), optional: e.repetition == optional}
				if e.physical == fixedByteArray {
					at.width = int(e.typeLength)
				}
			}
		} else {
			if next, below, err = skipTree(elements, next); err != nil {
				return nil, nil, nil, err
			}
			field.Type = unsupported(groupName(e))
		}
		schema = append(schema, field)
		stored = append(stored, at)
		firstLeaf = append(firstLeaf, leaves)
		leaves += below
	}
	if next != len(elements) {
		return nil, nil, nil, errors.New("the schema has more columns than it says")
	}
	return schema, stored, append(firstLeaf, leaves), nil
}

// skipTree is the position after the subtree at from, and its leaves.
func skipTree(elements []schemaElement, from int) (next, leaves int, err error) {
	next = from
	for open := int64(1); open > 0; open-- {
		if next >= len(elements) {
			return 0, 0, errors.New("the schema has fewer columns than it says")
		}
		e := &elements[next]
		next++
		if e.children < 0 {
			return 0, 0, fmt.Errorf("schema element %s has %d children", e.name, e.children)
		}
		if e.children == 0 && e.physical != noPhysical {
			leaves++
		}
		open += int64(e.children)
	}
	return next, leaves, nil
}

func groupName(e *schemaElement) string {
	switch {
	case e.logical.id == logicalMap || e.converted == convertedMap || e.converted == convertedMapKeyValue:
		return "map"
	case e.logical.id == logicalList || e.converted == convertedList || e.repetition == repeated:
		return "list"
	}
	return "struct"
}

func unsupported(name string) chunk.Type { return chunk.Type{ID: chunk.Unsupported, Name: name} }

// columnType is what a leaf computes as.
func columnType(e *schemaElement) chunk.Type {
	if e.repetition == repeated {
		return unsupported("list of " + e.physical.String())
	}
	if e.logical.id == logicalDecimal || e.converted == convertedDecimal {
		return unsupported(fmt.Sprintf("decimal(%d,%d)", e.precision, e.scale))
	}
	switch e.physical {
	case boolean:
		return chunk.Type{ID: chunk.Bool}
	case int32Type:
		return int32Column(e)
	case int64Type:
		return int64Column(e)
	case int96Type:
		return chunk.Type{ID: chunk.Timestamp, Unit: chunk.Nanosecond}
	case floatType:
		return chunk.Type{ID: chunk.Float32}
	case doubleType:
		return chunk.Type{ID: chunk.Float64}
	case byteArray:
		if e.logical.id == logicalBSON || e.converted == convertedBSON {
			return unsupported("bson")
		}
		return chunk.Type{ID: chunk.String}
	case fixedByteArray:
		switch {
		case e.logical.id == logicalFloat16 && e.typeLength == 2:
			return chunk.Type{ID: chunk.Float16}
		case e.logical.id == logicalUUID:
			return unsupported("uuid")
		case e.converted == convertedInterval:
			return unsupported("interval")
		}
		return unsupported(fmt.Sprintf("fixed_len_byte_array(%d)", e.typeLength))
	}
	return unsupported(e.physical.String())
}

func int32Column(e *schemaElement) chunk.Type {
	if e.logical.id == logicalInteger {
		switch {
		case e.logical.bitWidth == 8 && e.logical.signed:
			return chunk.Type{ID: chunk.Int8}
		case e.logical.bitWidth == 16 && e.logical.signed:
			return chunk.Type{ID: chunk.Int16}
		case e.logical.bitWidth == 32 && e.logical.signed:
			return chunk.Type{ID: chunk.Int32}
		case e.logical.bitWidth == 8:
			return chunk.Type{ID: chunk.Uint8}
		case e.logical.bitWidth == 16:
			return chunk.Type{ID: chunk.Uint16}
		case e.logical.bitWidth == 32:
			return chunk.Type{ID: chunk.Uint32}
		}
		return unsupported(fmt.Sprintf("int32 of %d bits", e.logical.bitWidth))
	}
	switch {
	case e.logical.id == logicalDate || e.converted == convertedDate:
		return chunk.Type{ID: chunk.Date32}
	case e.logical.id == logicalTime || e.converted == convertedTimeMillis:
		return unsupported("time")
	}
	switch e.converted {
	case convertedInt8:
		return chunk.Type{ID: chunk.Int8}
	case convertedInt16:
		return chunk.Type{ID: chunk.Int16}
	case convertedUint8:
		return chunk.Type{ID: chunk.Uint8}
	case convertedUint16:
		return chunk.Type{ID: chunk.Uint16}
	case convertedUint32:
		return chunk.Type{ID: chunk.Uint32}
	}
	return chunk.Type{ID: chunk.Int32}
}

func int64Column(e *schemaElement) chunk.Type {
	switch e.logical.id {
	case logicalInteger:
		switch {
		case e.logical.bitWidth != 64:
			return unsupported(fmt.Sprintf("int64 of %d bits", e.logical.bitWidth))
		case !e.logical.signed:
			return chunk.Type{ID: chunk.Uint64}
		}
		return chunk.Type{ID: chunk.Int64}
	case logicalTimestamp:
		t := chunk.Type{ID: chunk.Timestamp}
		switch e.logical.unit {
		case 1:
			t.Unit = chunk.Millisecond
		case 2:
			t.Unit = chunk.Microsecond
		case 3:
			t.Unit = chunk.Nanosecond
		default:
			return unsupported("timestamp of an unknown unit")
		}
		if e.logical.utc {
			t.Zone = "UTC"
		}
		return t
	case logicalTime:
		return unsupported("time")
	}
	switch e.converted {
	case convertedTimeMicros:
		return unsupported("time")
	case convertedTimestampMillis: // the specification has these mean instants
		return chunk.Type{ID: chunk.Timestamp, Unit: chunk.Millisecond, Zone: "UTC"}
	case convertedTimestampMicros:
		return chunk.Type{ID: chunk.Timestamp, Unit: chunk.Microsecond, Zone: "UTC"}
	case convertedUint64:
		return chunk.Type{ID: chunk.Uint64}
	}
	return chunk.Type{ID: chunk.Int64}
}
