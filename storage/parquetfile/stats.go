package parquetfile

import (
	"encoding/binary"
	"math"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// excluded tells whether the statistics of a row group rule out that any of
// its rows lies inside all of the intervals. Without usable statistics they do not.
func (f *File) excluded(group int, prune []format.Interval) bool {
	for _, iv := range prune {
		stored := f.stored[iv.Column]
		if stored.index < 0 {
			continue
		}
		g := &f.foot.groups[group]
		if f.excludes(iv, &g.columns[stored.index].stats, g.rows) {
			return true
		}
	}
	return false
}

// excludes tells whether the statistics of some rows of the interval's column
// rule out that any of them lies inside.
func (f *File) excludes(iv format.Interval, s *statistics, rows int64) bool {
	if s.hasNulls && s.nulls == rows && rows > 0 {
		return true // an interval never holds for a null
	}
	typ, stored := f.schema[iv.Column].Type, f.stored[iv.Column]
	lo, hi, ok := s.bounds(typ, stored, f.isOrdered(stored.index))
	return ok && !allows(iv, typ, lo, hi)
}

// isOrdered tells whether min_value and max_value of a leaf follow the order
// that the specification defines for its type.
func (f *File) isOrdered(leaf int) bool {
	return leaf < len(f.foot.ordered) && f.foot.ordered[leaf]
}

// bounds picks the statistics that can be trusted to be in the order of the
// type. The deprecated min and max were compared as signed numbers, whatever
// the type: they are only used for signed numbers.
func (s *statistics) bounds(typ chunk.Type, stored leaf, ordered bool) (lo, hi []byte, ok bool) {
	signed := false
	width := stored.physical.width()
	switch typ.ID {
	case chunk.Bool:
		signed, width = true, 1
	case chunk.Int8, chunk.Int16, chunk.Int32, chunk.Int64, chunk.Date32, chunk.Float32, chunk.Float64:
		signed = true
	case chunk.Timestamp:
		if stored.physical != int64Type {
			return nil, nil, false // legacy timestamps have no order
		}
		signed = true
	case chunk.Float16:
		width = 2
	}
	switch {
	case s.hasNew && (ordered || signed):
		lo, hi = s.min, s.max
	case s.hasOld && signed:
		lo, hi = s.oldMin, s.oldMax
	default:
		return nil, nil, false
	}
	if typ.ID != chunk.String && (len(lo) != width || len(hi) != width) {
		return nil, nil, false
	}
	return lo, hi, true
}

func allows(iv format.Interval, typ chunk.Type, lo, hi []byte) bool {
	switch typ.ID {
	case chunk.String:
		min, max := string(lo), string(hi)
		return min > max || iv.AllowsText(min, max)
	case chunk.Float16, chunk.Float32, chunk.Float64:
		min, max := statFloat(typ.ID, lo), statFloat(typ.ID, hi)
		return min > max || iv.AllowsFloat(min, max)
	}
	min, max := statInt(typ.ID, lo), statInt(typ.ID, hi)
	return min > max || iv.AllowsInt(min, max)
}

// statInt is a plain-encoded statistic of an integer type, a date, timestamp or
// boolean. What is beyond int64 becomes the largest int64.
func statInt(id chunk.ID, b []byte) int64 {
	switch {
	case len(b) == 1:
		return int64(b[0] & 1)
	case len(b) == 8:
		u := binary.LittleEndian.Uint64(b)
		if id == chunk.Uint64 {
			u = min(u, math.MaxInt64)
		}
		return int64(u)
	case id == chunk.Uint8 || id == chunk.Uint16 || id == chunk.Uint32:
		return int64(binary.LittleEndian.Uint32(b))
	}
	return int64(int32(binary.LittleEndian.Uint32(b)))
}

func statFloat(id chunk.ID, b []byte) float64 {
	switch id {
	case chunk.Float16:
		return halfToFloat(binary.LittleEndian.Uint16(b))
	case chunk.Float32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

// halfToFloat widens an IEEE 754 binary16.
func halfToFloat(h uint16) float64 {
	sign := 1.0
	if h>>15 == 1 {
		sign = -1
	}
	exp, frac := int(h>>10&31), float64(h&1023)
	switch exp {
	case 0:
		return sign * math.Ldexp(frac, -24)
	case 31:
		if frac != 0 {
			return math.NaN()
		}
		return sign * math.Inf(1)
	}
	return sign * math.Ldexp(1024+frac, exp-25)
}
