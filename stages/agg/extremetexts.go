package agg

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
)

// extremeTexts is the minimum or maximum of strings, by bytes, of all groups.
type extremeTexts struct {
	greatest bool
	has      []bool
	texts    [][]byte // each has its own memory, which is used again
	held     int64    // bytes of all texts
}

// Resize makes room for groups.
func (e *extremeTexts) Resize(groups int) {
	e.has, e.texts = grow(e.has, groups), grow(e.texts, groups)
}

// Update adds rows.
func (e *extremeTexts) Update(ids []uint32, args []*block.Vector, n int) error {
	s := &args[0].Str
	for i := range n {
		e.add(at(ids, i), s.At(i))
	}
	return nil
}

func (e *extremeTexts) add(group uint32, text []byte) {
	best := e.texts[group]
	if e.has[group] {
		order := bytes.Compare(text, best)
		if order == 0 || (order > 0) != e.greatest {
			return
		}
	}
	e.has[group] = true
	e.set(group, text)
}

func (e *extremeTexts) set(group uint32, text []byte) {
	before := cap(e.texts[group])
	e.texts[group] = append(e.texts[group][:0], text...)
	e.held += int64(cap(e.texts[group]) - before)
}

// Merge adds the groups of from.
func (e *extremeTexts) Merge(from State, ids []uint32) error {
	other, ok := from.(*extremeTexts)
	if !ok || other.greatest != e.greatest {
		return errOtherState
	}
	for g, text := range other.texts {
		if other.has[g] {
			e.add(at2(ids, g), text)
		}
	}
	return nil
}

// at2 is the group here of group g of a state that is merged.
func at2(ids []uint32, g int) uint32 {
	if ids == nil {
		return uint32(g)
	}
	return ids[g]
}

// value is the extreme of a group that has values.
func (e *extremeTexts) value(group int) result.Value { return result.String(string(e.texts[group])) }

// AppendBinary appends a group: a uvarint, 0 for nothing, else the length plus
// 1 and the text.
func (e *extremeTexts) AppendBinary(dst []byte, group int) []byte {
	if !e.has[group] {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(len(e.texts[group]))+1)
	return append(dst, e.texts[group]...)
}

// Decode reads a group.
func (e *extremeTexts) Decode(src []byte, group int) ([]byte, error) {
	n, size := binary.Uvarint(src)
	if size <= 0 || size > 1 && src[size-1] == 0 || n > uint64(len(src)-size)+1 {
		return nil, errors.New("a text that is cut short")
	}
	src = src[size:]
	if n == 0 {
		return src, nil
	}
	e.has[group] = true
	e.set(uint32(group), src[:n-1])
	return src[n-1:], nil
}

// SizeBytes is the memory that the state holds.
func (e *extremeTexts) SizeBytes() int64 {
	return int64(cap(e.has)) + int64(cap(e.texts))*24 + e.held
}
