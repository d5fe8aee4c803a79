package agg

import (
	"slices"

	"github.com/weir-pipeline/weir/stages/block"
)

// compact makes k.vectors the rows in which no argument is null, counts the
// others, and gives the groups and the number of the rows that are left.
func (k *kept) compact(ids []uint32, n int) ([]uint32, int) {
	rows := slices.Grow(k.rows[:0], n)[:n]
	k.rows = rows
	left := 0
	if len(k.vectors) == 1 && k.vectors[0].Null != nil {
		left = valid(k.vectors[0].Null[:n], rows)
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

// valid lists the rows that are not null and gives their number.
func valid(null []bool, rows []int32) int {
	left := 0
	rows = rows[:len(null)]
	for i, isNull := range null {
		rows[left] = int32(i)
		if !isNull {
			left++
		}
	}
	return left
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
		dst.Bool = pick(dst.Bool, v.Bool, rows)
	case block.Uint:
		dst.Uint = pick(dst.Uint, v.Uint, rows)
	case block.Float:
		dst.Float = pick(dst.Float, v.Float, rows)
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
		dst.Int = pick(dst.Int, v.Int, rows)
	}
}

func pick[T any](dst, src []T, rows []int32) []T {
	dst = slices.Grow(dst[:0], len(rows))[:len(rows)]
	for i, row := range rows {
		dst[i] = src[row]
	}
	return dst
}
