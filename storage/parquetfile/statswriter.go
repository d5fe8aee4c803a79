package parquetfile

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// maxStatBytes is the longest text that statistics and the page index keep.
const maxStatBytes = 64

// bounds finds the minimum and maximum of values [from, to) of a boolean or
// fixed-width column.
func (w *columnWriter) bounds(from, to int) (s statistics) {
	if from == to {
		return s
	}
	values := w.values[from*w.width : to*w.width]
	switch w.field.Type.ID {
	case chunk.Bool:
		ones := chunk.CountBits(w.bools, from, to-from)
		s.min, s.max = []byte{0}, []byte{1}
		if ones == to-from {
			s.min[0] = 1
		} else if ones == 0 {
			s.max[0] = 0
		}
		s.hasNew = true
	case chunk.Float16:
		halfBounds(&s, chunk.View[uint16](values))
	case chunk.Float32:
		floatBounds(&s, chunk.View[float32](values))
	case chunk.Float64:
		floatBounds(&s, chunk.View[float64](values))
	case chunk.Uint8, chunk.Uint16, chunk.Uint32:
		integerBounds(&s, chunk.View[uint32](values))
	case chunk.Uint64:
		integerBounds(&s, chunk.View[uint64](values))
	default:
		if w.width == 4 {
			integerBounds(&s, chunk.View[int32](values))
		} else {
			integerBounds(&s, chunk.View[int64](values))
		}
	}
	return s
}

// indexBounds is bounds for texts in the dictionary. It compares each of them
// once.
func (w *columnWriter) indexBounds(from, to int) (s statistics) {
	if from == to {
		return s
	}
	w.seenIn = extend(w.seenIn, 0, len(w.dictText))
	clear(w.seenIn)
	lo := w.dictText[w.indices[from]]
	hi := lo
	for _, at := range w.indices[from:to] {
		if w.seenIn[at>>3]>>(at&7)&1 == 0 {
			w.seenIn[at>>3] |= 1 << (at & 7)
			lo, hi = min(lo, w.dictText[at]), max(hi, w.dictText[at])
		}
	}
	return statistics{min: []byte(lo), max: []byte(hi), hasNew: true}
}

// textBounds is bounds for plain texts, in bytes [from, to) of the values. It
// refers to them.
func (w *columnWriter) textBounds(from, to int) (s statistics) {
	for at := from; at < to; {
		end := at + 4 + int(binary.LittleEndian.Uint32(w.values[at:]))
		text := w.values[at+4 : end]
		if !s.hasNew || bytes.Compare(text, s.min) < 0 {
			s.min = text
		}
		if !s.hasNew || bytes.Compare(text, s.max) > 0 {
			s.max = text
		}
		s.hasNew = true
		at = end
	}
	return s
}

// statistics is null count, minimum and maximum of all pages. Long texts are
// left out rather than cut.
func (w *columnWriter) statistics(pages []writtenPage) statistics {
	all := statistics{nulls: int64(w.nulls), hasNulls: true}
	id := w.field.Type.ID
	for i := range pages {
		s := &pages[i].stats
		if !s.hasNew {
			continue
		}
		if !all.hasNew || compareBounds(id, s.min, all.min) < 0 {
			all.min = s.min
		}
		if !all.hasNew || compareBounds(id, s.max, all.max) > 0 {
			all.max = s.max
		}
		all.hasNew = true
	}
	if len(all.min) > maxStatBytes || len(all.max) > maxStatBytes {
		all.min, all.max, all.hasNew = nil, nil, false
	}
	all.min, all.max = bytes.Clone(all.min), bytes.Clone(all.max)
	return all
}

func integerBounds[T int32 | int64 | uint32 | uint64](s *statistics, values []T) {
	lo, hi := values[0], values[0]
	for _, v := range values {
		lo, hi = min(lo, v), max(hi, v)
	}
	s.min, s.max, s.hasNew = bytes.Clone(chunk.Bytes([]T{lo})), bytes.Clone(chunk.Bytes([]T{hi})), true
}

// floatBounds leaves NaN out and makes a zero minimum negative, a zero maximum
// positive, as the specification asks.
func floatBounds[T float32 | float64](s *statistics, values []T) {
	lo, hi := T(math.Inf(1)), T(math.Inf(-1))
	seen := false
	for _, v := range values {
		if v < lo {
			lo = v
		}
		if v > hi {
			hi = v
		}
		seen = seen || v == v
	}
	if !seen {
		return
	}
	if lo == 0 {
		lo = T(math.Copysign(0, -1))
	}
	if hi == 0 {
		hi = 0
	}
	s.min, s.max, s.hasNew = bytes.Clone(chunk.Bytes([]T{lo})), bytes.Clone(chunk.Bytes([]T{hi})), true
}

func halfBounds(s *statistics, values []uint16) {
	var lo, hi uint16
	seen := false
	for _, v := range values {
		f := halfToFloat(v)
		if f != f {
			continue
		}
		if !seen || f < halfToFloat(lo) {
			lo = v
		}
		if !seen || f > halfToFloat(hi) {
			hi = v
		}
		seen = true
	}
	if !seen {
		return
	}
	if halfToFloat(lo) == 0 {
		lo = 0x8000
	}
	if halfToFloat(hi) == 0 {
		hi = 0
	}
	s.min, s.max, s.hasNew = binary.LittleEndian.AppendUint16(nil, lo), binary.LittleEndian.AppendUint16(nil, hi), true
}
