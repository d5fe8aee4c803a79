// Package result holds what a run produces for people and programs: values,
// tables of them, their text in JSON, CSV and terminal tables, and the digest
// that two results are compared by.
//
// The text of a value does not depend on the format of the file it came from, on
// the unit of a timestamp or on the width of an integer:
//
//	null       JSON null; empty in CSV; null in a terminal table
//	bool       true, false
//	integer    decimal digits, all of them, also of a sum beyond 64 bits; in JSON
//	           a number
//	float      the fewest digits that read back to the same bits, laid out as
//	           JSON of ECMAScript does (RFC 8785): 0.1, 100000, 1e+21, 1e-7;
//	           negative zero is -0; NaN, Infinity and -Infinity, which in JSON
//	           are strings
//	date       2024-02-29; years outside 0000 to 9999 as +12024-02-29
//	timestamp  2024-02-29T13:05:00, then .123, .123456 or .123456789, the
//	           shortest of these that is exact, then Z if the type has a zone
//	string     as it is; in JSON with the escapes of RFC 8785
//	list       of integers: [3,0,5], everywhere; an array in JSON, a string in a
//	           columnar file
//
// A columnar file holds integers as int64, those of an unsigned column as uint64.
// One that does not fit is an error there, see [Chunks].
package result
