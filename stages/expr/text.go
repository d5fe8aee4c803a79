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
	if key, ok := packText(text); ok {
		return packedText([]uint64{key}, negated, matchText(func(s []byte) bool { return (string(s) == text) != negated }))
	}
	return matchText(func(s []byte) bool { return (string(s) == text) != negated })
}

// memberText is a kernel for membership in a list.
func memberText(list []string) kernel {
	general := matchText(textSet(list))
	const few = 8
	keys := make([]uint64, len(list))
	for i, s := range list {
		var ok bool
		if keys[i], ok = packText(s); !ok || len(list) > few {
			return general
		}
	}
	return packedText(keys, false, general)
}

// packText is a text of up to 7 bytes in a word: the length in the top byte,
// the text below it, first byte lowest. Equal texts have equal words.
func packText(text string) (_ uint64, ok bool) {
	if len(text) >= 8 {
		return 0, false
	}
	var buf [8]byte
	copy(buf[:], text)
	return binary.LittleEndian.Uint64(buf[:]) | uint64(len(text))<<56, true
}

// packedText is a kernel that looks each text up among keys as a word. Columns
// with a dictionary are left to general.
func packedText(keys []uint64, negated bool, general kernel) kernel {
	return func(e *Evaluator, in *inst, out *result) {
		s := &e.res[in.args[0].id].text
		if s.Source == nil || s.Source.Dict != nil {
			general(e, in, out)
			return
		}
		e.masks(in, out)
		if s.Source.WideOffsets {
			packedLoop(out.bools, chunk.View[int64](s.Source.Offsets), s, keys)
		} else {
			packedLoop(out.bools, chunk.View[int32](s.Source.Offsets), s, keys)
		}
		if negated {
			flipBools(out.bools, out.bools)
		}
	}
}

func packedLoop[O int32 | int64](dst []bool, offsets []O, s *block.Strings, keys []uint64) {
	data, rows := s.Source.Values, s.Row
	if rows == nil {
		offsets = offsets[s.From:][:len(dst)+1]
	}
	first, more := uint64(1)<<63, keys // no text has the first key: lengths are below 8
	if len(keys) > 0 {
		first, more = keys[0], keys[1:]
	}
	for i := range dst {
		r := i
		if rows != nil {
			r = int(rows[i])
		}
		from, size := uint64(offsets[r]), uint64(offsets[r+1]-offsets[r])
		if size >= 8 {
			dst[i] = false
			continue
		}
		key := size << 56
		if from+8 <= uint64(len(data)) { // the bytes after the text are there, and masked out
			key |= binary.LittleEndian.Uint64(data[from:]) & (1<<(8*size) - 1)
		} else {
			for k, c := range data[from : from+size] {
				key |= uint64(c) << (8 * k)
			}
		}
		found := key == first
		for _, k := range more {
			found = found || key == k
		}
		dst[i] = found
	}
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
