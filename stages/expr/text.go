package expr

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// matchText is a kernel for a predicate of one text. A dictionary's entries are
// asked once each, however many rows they have.
func matchText(match func([]byte) bool) kernel {
	return func(e *Evaluator, in *inst, out *result) {
		a := &e.res[in.args[0].id]
		e.masks(in, out)
		s := &a.text
		switch {
		case s.Source == nil:
			outcome := match(s.Lit)
			for i := range out.bools {
				out.bools[i] = outcome
			}
		case s.Source.Dict != nil:
			e.matchDict(out, s, match)
		default:
			for i := range out.bools {
				out.bools[i] = match(s.At(i))
			}
		}
	}
}

// matchDict looks rows up in a table by dictionary index. Its entries are
// filled when first met, so that a large dictionary costs a small chunk little.
func (e *Evaluator) matchDict(out *result, s *block.Strings, match func([]byte) bool) {
	t := out.dict
	if t == nil {
		t = new(dictTable)
		out.dict = t
	}
	dict := s.Source.Dict
	if t.dict != dict || t.block != e.block || t.pass != e.block.Pass() || len(t.known) != dict.Len {
		if cap(t.known) < dict.Len {
			t.known = make([]uint8, dict.Len)
		}
		t.known = t.known[:dict.Len]
		clear(t.known)
		t.dict, t.block, t.pass = dict, e.block, e.block.Pass()
	}
	known, dst := t.known, out.bools
	indices := chunk.View[int32](s.Source.Values)
	if s.Row == nil {
		indices = indices[s.From:][:len(dst)]
		for i, k := range indices {
			state := known[k]
			if state == 0 {
				state = ask(known, dict, k, match)
			}
			dst[i] = state == 2
		}
		return
	}
	for i, r := range s.Row[:len(dst)] {
		k := indices[r]
		state := known[k]
		if state == 0 {
			state = ask(known, dict, k, match)
		}
		dst[i] = state == 2
	}
}

func ask(known []uint8, dict *chunk.Column, k int32, match func([]byte) bool) uint8 {
	state := uint8(1)
	if match(dict.Str(int(k))) {
		state = 2
	}
	known[k] = state
	return state
}

// equalText is a kernel for = (or != if negated) with a constant.
func equalText(text string, negated bool) kernel {
	general := matchText(func(s []byte) bool { return (string(s) == text) != negated })
	if len(text) > packedBytes {
		return general
	}
	return packedKernel([]packed{packText(text)}, negated, general)
}

// memberText is a kernel for membership in a list.
func memberText(list []string) kernel {
	general := matchText(textSet(list))
	const few = 8
	keys := make([]packed, len(list))
	for i, s := range list {
		if len(s) > packedBytes || len(list) > few {
			return general
		}
		keys[i] = packText(s)
	}
	return packedKernel(keys, false, general)
}

// packed is a short text in a word, first byte lowest.
type packed struct{ word, mask, size uint64 }

const packedBytes = 8

func packText(text string) packed {
	var buf [packedBytes]byte
	copy(buf[:], text)
	return packed{
		word: binary.LittleEndian.Uint64(buf[:]),
		mask: 1<<(8*len(text)) - 1, // all ones for 8 bytes: shifted out
		size: uint64(len(text)),
	}
}

// differs is 0 where a text of this size, which the word begins with, is p.
func (p packed) differs(word, size uint64) uint64 { return (word^p.word)&p.mask | (size ^ p.size) }

// packedKernel compares each text with a few short ones as words. Columns with
// a dictionary are left to general.
func packedKernel(keys []packed, negated bool, general kernel) kernel {
	return func(e *Evaluator, in *inst, out *result) {
		s := &e.res[in.args[0].id].text
		switch {
		case s.Source == nil || s.Source.Dict != nil:
			general(e, in, out)
			return
		case s.Source.WideOffsets:
			e.masks(in, out)
			packedLoops(out.bools, chunk.View[int64](s.Source.Offsets), s, keys)
		default:
			e.masks(in, out)
			packedLoops(out.bools, chunk.View[int32](s.Source.Offsets), s, keys)
		}
		if negated {
			flipBools(out.bools, out.bools)
		}
	}
}

func packedLoops[O int32 | int64](dst []bool, offsets []O, s *block.Strings, keys []packed) {
	data := s.Source.Values
	switch {
	case s.Row != nil:
		for i, r := range s.Row[:len(dst)] {
			dst[i] = isOneOf(keys, data, uint64(offsets[r]), uint64(offsets[r+1]))
		}
	case len(keys) == 1:
		key := keys[0]
		offsets = offsets[s.From:][:len(dst)+1]
		from := uint64(offsets[0])
		for i, end := range offsets[1:][:len(dst)] {
			to := uint64(end)
			if from+8 <= uint64(len(data)) { // what follows the text is masked out
				dst[i] = key.differs(binary.LittleEndian.Uint64(data[from:]), to-from) == 0
			} else {
				dst[i] = isOneOf(keys, data, from, to)
			}
			from = to
		}
	default:
		offsets = offsets[s.From:][:len(dst)+1]
		for i := range dst {
			from, to := uint64(offsets[i]), uint64(offsets[i+1])
			if from+8 <= uint64(len(data)) {
				dst[i] = among(keys, binary.LittleEndian.Uint64(data[from:]), to-from)
			} else {
				dst[i] = isOneOf(keys, data, from, to)
			}
		}
	}
}

// among looks a word up without a branch on the way: which key it is cannot be
// predicted.
func among(keys []packed, word, size uint64) bool {
	miss := uint64(1)
	for _, k := range keys {
		d := k.differs(word, size)
		miss &= (d | -d) >> 63 // 0 where d is
	}
	return miss == 0
}

func isOneOf(keys []packed, data []byte, from, to uint64) bool {
	var word uint64
	if from+8 <= uint64(len(data)) {
		word = binary.LittleEndian.Uint64(data[from:])
	} else {
		var buf [packedBytes]byte
		copy(buf[:], data[from:to])
		word = binary.LittleEndian.Uint64(buf[:])
	}
	return among(keys, word, to-from)
}

// compareText is a kernel for a comparison of two texts by their bytes.
func compareText(op string) kernel {
	table := holds(op)
	return func(e *Evaluator, in *inst, out *result) {
		a, b := &e.res[in.args[0].id].text, &e.res[in.args[1].id].text
		e.masks(in, out)
		if op == "=" || op == "!=" {
			for i := range out.bools {
				out.bools[i] = bytes.Equal(a.At(i), b.At(i)) == (op == "=")
			}
			return
		}
		for i := range out.bools {
			out.bools[i] = table[bytes.Compare(a.At(i), b.At(i))+1]
		}
	}
}

// textLength counts the characters (Unicode code points) of a text: the bytes
// that do not continue one.
func textLength(e *Evaluator, in *inst, out *result) {
	s := &e.res[in.args[0].id].text
	e.masks(in, out)
	dst := as[int64](out.words)
	for i := range dst {
		n := int64(0)
		if out.null == nil || !out.null[i] {
			for _, c := range s.At(i) {
				if c&0xc0 != 0x80 {
					n++
				}
			}
		}
		dst[i] = n
	}
}

// mixedText is a column made of texts from several.
type mixedText struct {
	column  chunk.Column
	offsets []int64
	data    []byte
}

// chooseText sets out.text to a where take, else b, without copying texts
// unless they come from two columns or from a column and a constant.
func (e *Evaluator) chooseText(out *result, take []bool, a, b *result) {
	aNull, bNull := isNullText(a), isNullText(b)
	switch {
	case bNull:
		out.text = a.text
		return
	case aNull:
		out.text = b.text
		return
	case a.text.Source == b.text.Source && a.text.Source != nil:
		if out.rows == nil {
			out.rows = make([]int32, e.capacity)
		}
		rows := out.rows[:e.n]
		for i, t := range take {
			if t {
				rows[i] = int32(a.text.SourceRow(i))
			} else {
				rows[i] = int32(b.text.SourceRow(i))
			}
		}
		out.text = block.Strings{Source: a.text.Source, Row: rows}
		return
	}
	m := out.mix
	if m == nil {
		m = &mixedText{offsets: make([]int64, e.capacity+1)}
		out.mix = m
	}
	m.data = m.data[:0]
	for i, t := range take {
		if out.null == nil || !out.null[i] { // the text of a null row is undefined
			if t {
				m.data = append(m.data, a.text.At(i)...)
			} else {
				m.data = append(m.data, b.text.At(i)...)
			}
		}
		m.offsets[i+1] = int64(len(m.data))
	}
	m.column = chunk.Column{
		Type: chunk.Type{ID: chunk.String}, Len: e.n, WideOffsets: true,
		Offsets: chunk.Bytes(m.offsets[:e.n+1]), Values: m.data,
	}
	out.text = block.Strings{Source: &m.column}
}

// isNullText tells whether r is the constant null.
func isNullText(r *result) bool {
	return r.text.Source == nil && len(r.text.Lit) == 0 && len(r.null) > 0 && !hasFalse(r.null)
}

func hasFalse(s []bool) bool {
	for _, v := range s {
		if !v {
			return true
		}
	}
	return false
}

// asString is b as a string that lives as long as b is not changed.
func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// textSet is a predicate for membership in a list.
func textSet(list []string) func([]byte) bool {
	set := make(map[string]struct{}, len(list))
	for _, s := range list {
		set[s] = struct{}{}
	}
	return func(s []byte) bool {
		_, ok := set[asString(s)]
		return ok
	}
}
