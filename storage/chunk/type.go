package chunk

import "fmt"

// ID names the logical type of a column.
type ID uint8

// The logical types. Unsupported columns may be in a file but cannot be used;
// [Type.Name] then says what the file calls the type.
const (
	Unsupported ID = iota
	Bool           // Values is a bitmap, LSB first
	Int8
	Int16
	Int32
	Int64
	Uint8
	Uint16
	Uint32
	Uint64
	Float16
	Float32
	Float64
	Date32    // days since 1970-01-01, int32
	Date64    // milliseconds since 1970-01-01, int64, a multiple of a day
	Timestamp // int64 in Type.Unit since 1970-01-01T00:00:00 (UTC if Type.Zone is set)
	String    // UTF-8; offsets and data, or indices into a dictionary
)

var idNames = [...]string{
	Unsupported: "unsupported", Bool: "bool",
	Int8: "int8", Int16: "int16", Int32: "int32", Int64: "int64",
	Uint8: "uint8", Uint16: "uint16", Uint32: "uint32", Uint64: "uint64",
	Float16: "float16", Float32: "float32", Float64: "float64",
	Date32: "date32", Date64: "date64", Timestamp: "timestamp", String: "string",
}

// String is the name that help, errors and the worker protocol use.
func (id ID) String() string {
	if int(id) < len(idNames) {
		return idNames[id]
	}
	return fmt.Sprintf("chunk.ID(%d)", uint8(id))
}

// ParseID is the inverse of [ID.String].
func ParseID(name string) (ID, bool) {
	for id, n := range idNames {
		if n == name {
			return ID(id), true
		}
	}
	return Unsupported, false
}

// Width is the size of one value in bytes, or 0 for Bool, String and
// Unsupported.
func (id ID) Width() int {
	switch id {
	case Int8, Uint8:
		return 1
	case Int16, Uint16, Float16:
		return 2
	case Int32, Uint32, Float32, Date32:
		return 4
	case Int64, Uint64, Float64, Date64, Timestamp:
		return 8
	}
	return 0
}

// Unit is the tick of a timestamp. The zero value is the second.
type Unit uint8

// The units of a timestamp, coarse to fine.
const (
	Second Unit = iota
	Millisecond
	Microsecond
	Nanosecond
)

var unitNames = [...]string{"s", "ms", "us", "ns"}

// String is the unit's abbreviation: s, ms, us or ns.
func (u Unit) String() string { return unitNames[u&3] }

// PerSecond is how many ticks of the unit a second has.
func (u Unit) PerSecond() int64 { return [...]int64{1, 1e3, 1e6, 1e9}[u&3] }

// Type is the logical type of a column. Types are comparable with ==.
type Type struct {
	ID   ID
	Unit Unit   // Timestamp only
	Zone string // Timestamp only: "" is local to the data, else an IANA name or offset
	Name string // Unsupported only: what the file calls it
}

// String is the type as inspect and errors show it.
func (t Type) String() string {
	switch t.ID {
	case Unsupported:
		return t.Name
	case Timestamp:
		if t.Zone != "" {
			return fmt.Sprintf("timestamp[%s, %s]", t.Unit, t.Zone)
		}
		return fmt.Sprintf("timestamp[%s]", t.Unit)
	}
	return t.ID.String()
}

// Field is a named column of a schema.
type Field struct {
	Name     string
	Type     Type
	Nullable bool // false only where the file promises that there are no nulls
}

// Schema is the columns of a file or dataset in file order.
type Schema []Field

// Index is the position of the first column called name, or -1.
func (s Schema) Index(name string) int {
	for i := range s {
		if s[i].Name == name {
			return i
		}
	}
	return -1
}
