// Package block holds the vectors that stages compute on: a block is a few
// thousand rows of a chunk, small enough that all vectors of an expression stay
// in the processor's cache.
package block

import (
	"github.com/weir-pipeline/weir/storage/chunk"
)

// Rows is the most rows a block has: eight vectors of 8-byte values then take
// 128 KiB, which fits in L2 with room for the source columns.
const Rows = 2048

// Kind is the type of a computed value. The widths of a file's columns widen
// to these: signed and unsigned integers up to 32 bits and int64 to Int,
// uint64 to Uint, all floats to Float, both dates to Date.
type Kind uint8

// The kinds. Null is the kind of the literal null alone.
const (
	Null Kind = iota
	Bool
	Int
	Uint
	Float
	String
	Date      // days since 1970-01-01
	Timestamp // ticks of Type.Unit since 1970-01-01T00:00:00
	List      // of integers; in results alone, no vector has it
	Int128    // an integer beyond 64 bits in a result's column of Int or Uint; no vector and no column has it
)

var kindNames = [...]string{"null", "bool", "int64", "uint64", "float64", "string", "date", "timestamp", "list", "int128"}

// String is the name that errors and results use.
func (k Kind) String() string { return kindNames[k] }

// Type is a kind with what a timestamp needs beside it. Comparable with ==.
type Type struct {
	Kind Kind
	Unit chunk.Unit // Timestamp only
	Zone string     // Timestamp only
}

// TypeOf is the type that a file's column computes as; ok is false if it
// cannot be used.
func TypeOf(t chunk.Type) (_ Type, ok bool) {
	switch t.ID {
	case chunk.Bool:
		return Type{Kind: Bool}, true
	case chunk.Int8, chunk.Int16, chunk.Int32, chunk.Int64, chunk.Uint8, chunk.Uint16, chunk.Uint32:
		return Type{Kind: Int}, true
	case chunk.Uint64:
		return Type{Kind: Uint}, true
	case chunk.Float16, chunk.Float32, chunk.Float64:
		return Type{Kind: Float}, true
	case chunk.Date32, chunk.Date64:
		return Type{Kind: Date}, true
	case chunk.Timestamp:
		return Type{Kind: Timestamp, Unit: t.Unit, Zone: t.Zone}, true
	case chunk.String:
		return Type{Kind: String}, true
	}
	return Type{}, false
}

// Vector is one column of a block, dense: rows that --where dropped are not in
// it. Which slice counts follows from Type.Kind; the slice has Len values. A
// null row's value is undefined but never out of range.
type Vector struct {
	Type  Type
	Len   int
	Int   []int64   // Int, Date, Timestamp
	Uint  []uint64  // Uint
	Float []float64 // Float
	Bool  []bool    // Bool
	Str   Strings   // String
	Null  []bool    // true where null; nil when there are none
}

// Strings is a String vector without copies of the text: row i is row Row[i]
// (or From+i where Row is nil) of Source. When Source has a dictionary, its
// indices identify equal texts for as long as Source.Dict stays the same.
type Strings struct {
	Source *chunk.Column
	From   int
	Row    []int32
	Lit    []byte // Source nil: every row is this text
}

// At is the text of row i, valid as long as the chunk.
func (s *Strings) At(i int) []byte {
	if s.Source == nil {
		return s.Lit
	}
	return s.Source.Str(s.SourceRow(i))
}

// SourceRow is the row of Source that row i is.
func (s *Strings) SourceRow(i int) int {
	if s.Row != nil {
		return int(s.Row[i])
	}
	return s.From + i
}

// Field is a named column that expressions can use.
type Field struct {
	Name string
	Type Type
}

// Schema is the columns that a block offers: those requested of the file, then
// derived ones.
type Schema []Field

// Index is the position of the column called name, or -1. A derived column
// hides a file's column of the same name.
func (s Schema) Index(name string) int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i].Name == name {
			return i
		}
	}
	return -1
}
