package agg

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/weir-pipeline/weir/stages/group"
)

// A partial in bytes, little-endian, groups in key order:
//
//	+-------+---------+-----------------+------------------+---------------------+
//	| "wprt"| version | plan            | keys             | rows                |
//	|       | 1 byte  | 8-byte          | without keys     | a uvarint per group |
//	|       | = 1     | fingerprint     | nothing, 1 group |                     |
//	+-------+---------+-----------------+------------------+---------------------+
//	| for each input:  nulls, a uvarint per group                                |
//	|                  for each state: every group, as State.AppendBinary        |
//	+----------------------------------------------------------------------------+
const (
	magic     = "wprt"
	version   = 1
	headBytes = len(magic) + 1 + 8
)

// Errors of decoding.
var (
	// ErrMalformed says that bytes are no partial.
	ErrMalformed = errors.New("malformed partial")

	errOtherPlan = errors.New("the partial belongs to another pipeline")
)

// AppendBinary appends the partial. The bytes depend only on the rows that were
// added, not on their order nor on how they were merged; those of a [Seeker] may,
// which Result does not.
func (p *Partial) AppendBinary(dst []byte) []byte {
	p.settle()
	dst = append(dst, magic...)
	dst = append(dst, version)
	dst = binary.LittleEndian.AppendUint64(dst, p.plan.print)
	order := p.order()
	if len(p.plan.types) > 0 {
		dst = p.groups.AppendBinary(dst, order)
	}
	dst = appendCounts(dst, p.rows, order)
	for i := range p.inputs {
		k := &p.inputs[i]
		dst = appendCounts(dst, k.nulls, order)
		for _, s := range k.states {
			for _, g := range order {
				dst = s.AppendBinary(dst, int(g))
			}
		}
	}
	return dst
}

func appendCounts(dst []byte, counts []int64, order []uint32) []byte {
	for _, g := range order {
		dst = binary.AppendUvarint(dst, uint64(counts[g]))
	}
	return dst
}

// Decode is the partial of this plan that src is, as [Partial.AppendBinary]
// wrote it. src is not trusted and is not kept.
func (p *Plan) Decode(src []byte) (*Partial, error) {
	if len(src) < headBytes || string(src[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: it does not begin as one", ErrMalformed)
	}
	if v := src[len(magic)]; v != version {
		return nil, fmt.Errorf("%w: it has version %d, not %d", ErrMalformed, v, version)
	}
	if binary.LittleEndian.Uint64(src[headBytes-8:]) != p.print {
		return nil, errOtherPlan
	}
	partial, rest, err := p.decodeBody(src[headBytes:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%w: %d bytes follow it", ErrMalformed, len(rest))
	}
	return partial, nil
}

func (p *Plan) decodeBody(src []byte) (_ *Partial, _ []byte, err error) {
	partial := p.NewPartial()
	if len(p.types) > 0 {
		groups, rest, err := group.Decode(p.types, src)
		if err != nil {
			return nil, nil, err
		}
		// A state takes some 64 bytes in memory for the one byte that every
		// group has at least in src; that is the most that src can make us take.
		if groups.Len() > len(rest) {
			return nil, nil, errors.New("fewer bytes than groups")
		}
		src = rest
		partial.begin(groups)
	}
	least := uint64(0)
	if len(p.types) > 0 {
		least = 1
	}
	if src, err = decodeCounts(src, partial.rows, least, nil); err != nil {
		return nil, nil, err
	}
	for i := range partial.inputs {
		k := &partial.inputs[i]
		if src, err = decodeCounts(src, k.nulls, 0, partial.rows); err != nil {
			return nil, nil, err
		}
		for j, s := range k.states {
			for g := range partial.rows {
				if src, err = s.Decode(src, g); err != nil {
					return nil, nil, fmt.Errorf("%s: %w", p.inputs[i].kept[j].ID, err)
				}
			}
		}
	}
	return partial, src, nil
}

// decodeCounts reads counts of at least least and at most those of most, if any.
func decodeCounts(src []byte, counts []int64, least uint64, most []int64) ([]byte, error) {
	for i := range counts {
		n, size := binary.Uvarint(src)
		if size <= 0 || size > 1 && src[size-1] == 0 || n < least || n > maxRows || most != nil && n > uint64(most[i]) {
			return nil, errors.New("a count that cannot be")
		}
		counts[i] = int64(n)
		src = src[size:]
	}
	return src, nil
}
