// Package group numbers groups: it gives every row the id of its group, where a
// group is all rows with the same key in one or several columns.
//
// Ids count from 0 in the order in which groups are first seen, so they depend
// on the order of arrival; [Table.Order] and [Table.AppendBinary] do not.
//
// Two keys are the same if their values are: null is a key of its own, all NaNs
// are one key, and -0 is the key 0. In key order numbers, dates and timestamps
// go by value with NaN after +Infinity, false before true, strings by bytes, and
// null after everything; with several columns the first one that differs
// decides.
//
// How it works: every key column has a table of its own that numbers the
// column's distinct values, and the ids of two columns are joined by a table of
// pairs, then that with the third column, and so on.
//
//	origin -> 3 ┐
//	            ├ pair -> 17 ┐
//	month  -> 5 ┘            ├ pair -> 40, the group's id
//	late   -> 1 ─────────────┘
//
// Each of these tables is a loop over a slice of a block. A table whose keys lie
// close together is an array that the key indexes; else it is open addressing.
//
// Note: encoding the key of a row to bytes and hashing those is simpler, but a
// dictionary or a small range of integers then costs as much as any text.
package group
