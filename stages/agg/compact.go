package agg

import (
	"slices"

	"github.com/weir-pipeline/weir/stages/block"
)

// compact makes k.vectors the rows in which no argument is null, counts the
// others, and gives the groups and the number of the rows that are left.
func (k *kept) compact(ids []uint32, n int) ([]uint32, int) {
	rows := slices.Grow(k.rows[:0], n+8)[:n+8] // as block.Valid asks for
	k.rows = rows
	left := 0
	if len(k.vectors) == 1 && k.vectors[0].Null != nil {
		left = block.Valid(rows, k.vectors[0].Null[:n])
	} else {
		left = k.allValid(rows, n)
	}
	if left == n {
		return ids, n
	}
	if ids == nil {
		k.nulls[0] += int64(n - left)
	} else {
		ids = k.compactIDs(ids, rows[:left])
	}
	for i, v := range k.vectors {
		if left > 0 {
			gather(&k.dense[i], v, rows[:left])
			k.vectors[i] = &k.dense[i]
		}
	}
	return ids, left
}

// allValid lists the rows in which no vector is null.
func (k *kept) allValid(rows []int32, n int) int {
	left := 0
next:
	for i := range n {
		for _, v := range k.vectors {
			if v.Type.Kind == block.Null || v.Null != nil && v.Null[i] {
				continue next
			}
		}
		rows[left] = int32(i)
		left++
	}
	return left
}

// compactIDs counts the rows left out by group and gives the groups of the rest.
func (k *kept) compactIDs(ids []uint32, rows []int32) []uint32 {
	dense := slices.Grow(k.denseIDs[:0], len(ids))[:len(rows)]
	k.denseIDs = dense
	for _, id := range ids {
		k.nulls[id]++
	}
	for i, row := range rows {
		id := ids[row]
		dense[i] = id
		k.nulls[id]--
	}
	return dense
}

// gather makes dst the rows of v.
func gather(dst, v *block.Vector, rows []int32) {
	dst.Type, dst.Len = v.Type, len(rows)
	switch v.Type.Kind {
	case block.Bool:
		dst.Bool = slices.Grow(dst.Bool[:0], len(rows))[:len(rows)]
		for i, row := range rows {
			dst.Bool[i] = v.Bool[row]
		}
	case block.Uint:
		dst.Uint = pick8(dst.Uint, v.Uint, rows)
	case block.Float:
		dst.Float = pick8(dst.Float, v.Float, rows)
	case block.String:
		from := &v.Str
		to := slices.Grow(dst.Str.Row[:0], len(rows))[:len(rows)]
		if from.Source != nil {
			for i, row := range rows {
				to[i] = int32(from.SourceRow(int(row)))
			}
		}
		dst.Str = block.Strings{Source: from.Source, Row: to, Lit: from.Lit}
	default:
		dst.Int = pick8(dst.Int, v.Int, rows)
	}
}

func pick8[T int64 | uint64 | float64](dst, src []T, rows []int32) []T {
	dst = slices.Grow(dst[:0], len(rows))[:len(rows)]
	block.Pick(dst, src, rows)
	return dst
}
