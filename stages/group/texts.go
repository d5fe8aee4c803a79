package group

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"slices"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// texts is a key column of strings: the texts one after the other, and a hash
// table with linear probing over them.
//
// For a column with a dictionary it remembers the id of each index of the last
// dictionary, so that a row costs one load. A dictionary is known again by its
// address, which holds because a reader never fills a Column that it has handed
// out as a dictionary with another one.
type texts struct {
	data  []byte
	ends  []int // by id: where its text ends in data; a null's is empty
	slots []textSlot
	seed  maphash.Seed
	null  uint32 // plus 1: the id of null; 0 until there is one

	dict  *chunk.Column // the dictionary that known belongs to
	known []uint32      // by its index: id+1, 0 unknown
}

type textSlot struct {
	hash uint32 // upper half of the hash
	id   uint32 // plus 1; 0 is a free slot
}

func newTexts() *texts {
	return &texts{seed: maphash.MakeSeed(), slots: make([]textSlot, 64)}
}

func (t *texts) assign(v *block.Vector, n int, ids []uint32) error {
	s := &v.Str
	if s.Source != nil && s.Source.Dict != nil {
		return t.assignDict(v, ids)
	}
	for i := range ids {
		var err error
		switch {
		case v.Null != nil && v.Null[i]:
			ids[i], err = t.nullID()
		case s.Source == nil && i > 0 && v.Null == nil:
			ids[i] = ids[i-1] // a literal
		default:
			ids[i], err = t.lookup(s.At(i))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *texts) assignDict(v *block.Vector, ids []uint32) error {
	s := &v.Str
	if dict := s.Source.Dict; t.dict != dict || len(t.known) != dict.Len {
		t.dict = dict
		t.known = slices.Grow(t.known[:0], dict.Len)[:dict.Len]
		clear(t.known)
	}
	known := t.known
	index := chunk.View[uint32](s.Source.Values)
	if s.Row == nil && v.Null == nil {
		for i, at := range index[s.From : s.From+len(ids)] {
			id := known[at]
			if id == 0 {
				var err error
				if id, err = t.learn(at); err != nil {
					return err
				}
			}
			ids[i] = id - 1
		}
		return nil
	}
	for i := range ids {
		if v.Null != nil && v.Null[i] {
			var err error
			if ids[i], err = t.nullID(); err != nil {
				return err
			}
			continue
		}
		at := index[s.SourceRow(i)]
		id := known[at]
		if id == 0 {
			var err error
			if id, err = t.learn(at); err != nil {
				return err
			}
		}
		ids[i] = id - 1
	}
	return nil
}

// learn is the id plus 1 of an entry of the dictionary that is seen for the
// first time.
func (t *texts) learn(at uint32) (uint32, error) {
	id, err := t.lookup(t.dict.Str(int(at)))
	if err != nil {
		return 0, err
	}
	t.known[at] = id + 1
	return id + 1, nil
}

// lookup is the id of text, which is numbered if it is new.
func (t *texts) lookup(text []byte) (uint32, error) {
	hash := maphash.Bytes(t.seed, text)
	upper, mask := uint32(hash>>32), uint64(len(t.slots)-1)
	at := hash & mask
	for {
		s := t.slots[at]
		if s.id == 0 {
			break
		}
		if s.hash == upper && bytes.Equal(t.text(s.id-1), text) {
			return s.id - 1, nil
		}
		at = (at + 1) & mask
	}
	if len(t.ends) >= maxGroups {
		return 0, errTooMany
	}
	id := uint32(len(t.ends))
	t.data = append(t.data, text...)
	t.ends = append(t.ends, len(t.data))
	t.slots[at] = textSlot{hash: upper, id: id + 1}
	if 8*len(t.ends) > 5*len(t.slots) {
		t.grow()
	}
	return id, nil
}

func (t *texts) nullID() (uint32, error) {
	if t.null == 0 {
		if len(t.ends) >= maxGroups {
			return 0, errTooMany
		}
		t.ends = append(t.ends, len(t.data))
		t.null = uint32(len(t.ends))
	}
	return t.null - 1, nil
}

// text is the text of an id, valid until the next new one.
func (t *texts) text(id uint32) []byte {
	from := 0
	if id > 0 {
		from = t.ends[id-1]
	}
	return t.data[from:t.ends[id]]
}

func (t *texts) grow() {
	t.slots = make([]textSlot, 2*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for i := range t.ends {
		if uint32(i)+1 == t.null {
			continue
		}
		hash := maphash.Bytes(t.seed, t.text(uint32(i)))
		at := hash & mask
		for t.slots[at].id != 0 {
			at = (at + 1) & mask
		}
		t.slots[at] = textSlot{hash: uint32(hash >> 32), id: uint32(i) + 1}
	}
}

func (t *texts) merge(from column) ([]uint32, error) {
	other := from.(*texts)
	ids := make([]uint32, len(other.ends))
	for i := range ids {
		var err error
		if uint32(i)+1 == other.null {
			ids[i], err = t.nullID()
		} else {
			ids[i], err = t.lookup(other.text(uint32(i)))
		}
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func (t *texts) rank() []uint32 {
	sorted := identity(len(t.ends))
	slices.SortFunc(sorted, func(a, b uint32) int {
		if a+1 == t.null || b+1 == t.null {
			return int(oneIf(a+1 == t.null)) - int(oneIf(b+1 == t.null))
		}
		return bytes.Compare(t.text(a), t.text(b))
	})
	return rankOf(sorted)
}

func (t *texts) len() int { return len(t.ends) }

func (t *texts) value(id uint32) result.Value {
	if id+1 == t.null {
		return result.Null()
	}
	return result.String(string(t.text(id)))
}

// appendBinary writes the values of ids:
//
//	nulls    as fixed does
//	lengths  n uvarints, in bytes; 0 for a null
//	texts    one after the other
func (t *texts) appendBinary(dst []byte, ids []uint32) []byte {
	dst = appendNulls(dst, ids, t.null)
	for _, id := range ids {
		dst = binary.AppendUvarint(dst, uint64(len(t.text(id))))
	}
	for _, id := range ids {
		dst = append(dst, t.text(id)...)
	}
	return dst
}

func (t *texts) sizeBytes() int64 {
	return int64(cap(t.data)) + int64(cap(t.ends))*8 + int64(cap(t.slots))*8 + int64(cap(t.known))*4
}
