package group

import (
	"fmt"
	"slices"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
)

// Table numbers the groups that it has seen. It belongs to one goroutine.
type Table struct {
	types   []block.Type
	columns []column     // the distinct values of each key column
	pairs   []*pairTable // pairs[i] joins the groups of columns 0..i with column i+1
	scratch []uint32     // ids of one column in a block
	rows    bool         // without key columns: a row has been seen
}

// column numbers the distinct values of one key column.
type column interface {
	// assign gives each of n rows the id of its value.
	assign(v *block.Vector, n int, ids []uint32) error
	// merge gives the id here of each value of other, which has the same type.
	merge(other column) ([]uint32, error)
	// rank gives each id its position in value order.
	rank() []uint32
	len() int
	value(id uint32) result.Value
	appendBinary(dst []byte, ids []uint32) []byte
	sizeBytes() int64
}

// maxGroups leaves room for an id beside "none" in 32 bits.
const maxGroups = 1<<32 - 2

var errTooMany = fmt.Errorf("more than %d distinct keys", uint64(maxGroups))

// New is a table for keys of these types. Without types all rows are one group.
func New(types []block.Type) *Table {
	t := &Table{types: slices.Clone(types)}
	for i, typ := range types {
		t.columns = append(t.columns, newColumn(typ))
		if i > 0 {
			t.pairs = append(t.pairs, newPairTable())
		}
	}
	return t
}

func newColumn(t block.Type) column {
	if t.Kind == block.String {
		return newTexts()
	}
	return newFixed(t)
}

// Assign gives row i of keys, a vector per key column, the id ids[i], for the
// first n rows. Texts are copied when they are new.
func (t *Table) Assign(keys []*block.Vector, n int, ids []uint32) error {
	if len(keys) != len(t.types) || len(ids) < n {
		return fmt.Errorf("group: %d key vectors and room for %d ids, want %d and %d", len(keys), len(ids), len(t.types), n)
	}
	ids = ids[:n]
	if len(keys) == 0 {
		t.rows = t.rows || n > 0
		clear(ids)
		return nil
	}
	for i, v := range keys {
		if v.Len < n || v.Type.Kind != t.types[i].Kind || v.Type.Unit != t.types[i].Unit {
			return fmt.Errorf("group: key %d is %d rows of %s, want %d of %s", i+1, v.Len, v.Type.Kind, n, t.types[i].Kind)
		}
	}
	if err := t.columns[0].assign(keys[0], n, ids); err != nil {
		return err
	}
	for i, pair := range t.pairs {
		t.scratch = slices.Grow(t.scratch[:0], n)[:n]
		if err := t.columns[i+1].assign(keys[i+1], n, t.scratch); err != nil {
			return err
		}
		if err := pair.assign(ids, t.scratch, ids); err != nil {
			return err
		}
	}
	return nil
}

// Types is the types of the key columns. The caller must not change it.
func (t *Table) Types() []block.Type { return t.types }

// Len is the number of groups.
func (t *Table) Len() int {
	switch {
	case len(t.columns) == 0:
		return int(oneIf(t.rows))
	case len(t.pairs) == 0:
		return t.columns[0].len()
	}
	return t.pairs[len(t.pairs)-1].len()
}

// Key is the key of group id in a column. A text is the caller's to keep.
func (t *Table) Key(id, column int) result.Value {
	return t.columns[column].value(t.columnID(uint32(id), column))
}

// columnID is the id of group's value in the table of a column.
func (t *Table) columnID(group uint32, column int) uint32 {
	for i := len(t.pairs) - 1; i >= 0; i-- {
		left, right := t.pairs[i].at(group)
		if i+1 == column {
			return right
		}
		group = left
	}
	return group
}

// MergeMap adds the groups of other, a table for the same types, and gives for
// each of its ids the id here.
func (t *Table) MergeMap(other *Table) ([]uint32, error) {
	if !slices.Equal(t.types, other.types) {
		return nil, fmt.Errorf("group: merging keys %v into %v", other.types, t.types)
	}
	if len(t.columns) == 0 {
		t.rows = t.rows || other.rows
		return make([]uint32, other.Len()), nil
	}
	ids, err := t.columns[0].merge(other.columns[0])
	if err != nil {
		return nil, err
	}
	for i, pair := range t.pairs {
		right, err := t.columns[i+1].merge(other.columns[i+1])
		if err != nil {
			return nil, err
		}
		ids, err = pair.merge(other.pairs[i], ids, right)
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// Order is the ids of all groups in key order.
func (t *Table) Order() []uint32 {
	order := make([]uint32, t.Len())
	for i := range order {
		order[i] = uint32(i)
	}
	// Sorting by the last column first and keeping the order of equals leaves the
	// first column to decide.
	for c := len(t.columns) - 1; c >= 0; c-- {
		order = t.sortBy(order, c)
	}
	return order
}

// sortBy is order, stably sorted by one column: a counting sort by rank.
func (t *Table) sortBy(order []uint32, column int) []uint32 {
	rank := t.columns[column].rank()
	rankOf := make([]uint32, len(order)) // by group
	starts := make([]uint32, len(rank)+1)
	for _, group := range order {
		r := rank[t.columnID(group, column)]
		rankOf[group] = r
		starts[r+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	sorted := make([]uint32, len(order))
	for _, group := range order {
		r := rankOf[group]
		sorted[starts[r]] = group
		starts[r]++
	}
	return sorted
}

// SizeBytes is the memory that the table holds.
func (t *Table) SizeBytes() int64 {
	size := int64(cap(t.scratch)) * 4
	for _, c := range t.columns {
		size += c.sizeBytes()
	}
	for _, p := range t.pairs {
		size += p.sizeBytes()
	}
	return size
}

func oneIf(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// rankOf turns ids sorted by value into the rank of each id.
func rankOf(sorted []uint32) []uint32 {
	rank := make([]uint32, len(sorted))
	for r, id := range sorted {
		rank[id] = uint32(r)
	}
	return rank
}

// identity is the ids 0 to n-1.
func identity(n int) []uint32 {
	ids := make([]uint32, n)
	for i := range ids {
		ids[i] = uint32(i)
	}
	return ids
}
