package parquetfile

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// maxStatBytes is the longest text that statistics keep.
const maxStatBytes = 64

// statistics computes null count, minimum and maximum of the open row group.
func (w *columnWriter) statistics() statistics {
	s := statistics{nulls: int64(w.nulls), hasNulls: true}
	if w.count == 0 {
		return s
	}
	switch w.field.Type.ID {
	case chunk.Bool:
		ones := chunk.CountBits(w.bools, 0, w.count)
		s.min, s.max = []byte{0}, []byte{1}
		if ones == w.count {
			s.min[0] = 1
		} else if ones == 0 {
			s.max[0] = 0
		}
		s.hasNew = true
	case chunk.String:
		w.textBounds(&s)
	case chunk.Float16:
		halfBounds(&s, chunk.View[uint16](w.values))
	case chunk.Float32:
		floatBounds(&s, chunk.View[float32](w.values))
	case chunk.Float64:
		floatBounds(&s, chunk.View[float64](w.values))
	case chunk.Uint8, chunk.Uint16, chunk.Uint32:
		integerBounds(&s, chunk.View[uint32](w.values))
	case chunk.Uint64:
		integerBounds(&s, chunk.View[uint64](w.values))
	default:
		if w.width == 4 {
			integerBounds(&s, chunk.View[int32](w.values))
		} else {
			integerBounds(&s, chunk.View[int64](w.values))
		}
	}
	return s
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

// textBounds compares texts by bytes. Long ones are left out rather than cut.
func (w *columnWriter) textBounds(s *statistics) {
	if w.numbered {
		lo, hi := w.dictText[0], w.dictText[0]
		for _, text := range w.dictText {
			lo, hi = min(lo, text), max(hi, text)
		}
		s.min, s.max = []byte(lo), []byte(hi)
	} else {
		var lo, hi []byte
		for at, first := 0, true; at < len(w.values); first = false {
			end := at + 4 + int(binary.LittleEndian.Uint32(w.values[at:]))
			text := w.values[at+4 : end]
			if first || bytes.Compare(text, lo) < 0 {
				lo = text
			}
			if first || bytes.Compare(text, hi) > 0 {
				hi = text
			}
			at = end
		}
		s.min, s.max = bytes.Clone(lo), bytes.Clone(hi)
	}
	if s.hasNew = len(s.min) <= maxStatBytes && len(s.max) <= maxStatBytes; !s.hasNew {
		s.min, s.max = nil, nil
	}
}
