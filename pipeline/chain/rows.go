package chain

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
)

// Rows travel from a chain to the sink as bytes, row by row, value by value:
//
//	+------+-----------------+------+-----------------+---
//	| kind | 8 bytes         | kind | uvarint n, text | ...
//	+------+-----------------+------+-----------------+---
//
// kind is the block.Kind as a byte, Null (0) without anything behind it; the 8
// bytes are the little-endian bits of result.Value. The columns' types say what
// the bits mean, so a value is either null or of its column's kind.

func appendRows(dst []byte, columns []*block.Vector, rows int) []byte {
	for i := range rows {
		for _, v := range columns {
			dst = appendValue(dst, result.At(v, i))
		}
	}
	return dst
}

func appendValue(dst []byte, v result.Value) []byte {
	dst = append(dst, byte(v.Kind()))
	switch v.Kind() {
	case block.Null:
		return dst
	case block.String:
		dst = binary.AppendUvarint(dst, uint64(len(v.Text())))
		return append(dst, v.Text()...)
	}
	return binary.LittleEndian.AppendUint64(dst, v.Bits())
}

var errRows = errors.New("malformed rows")

// CheckRows tells whether DecodeRows would take src, without making values.
func CheckRows(src []byte, columns []result.Column) error {
	if len(columns) == 0 && len(src) > 0 {
		return fmt.Errorf("%w: bytes without columns", errRows)
	}
	for len(src) > 0 {
		for i := range columns {
			if len(src) == 0 {
				return fmt.Errorf("%w: a row ends after %d of %d values", errRows, i, len(columns))
			}
			kind, size := block.Kind(src[0]), 9
			switch {
			case kind == block.Null:
				size = 1
			case kind != columns[i].Type.Kind:
				return fmt.Errorf("%w: column %s has kind %d", errRows, columns[i].Name, kind)
			case kind == block.String:
				n, width := binary.Uvarint(src[1:])
				if width <= 0 || n > uint64(len(src)-1-width) {
					return fmt.Errorf("%w: column %s has a text beyond the end", errRows, columns[i].Name)
				}
				size = 1 + width + int(n)
			}
			if len(src) < size {
				return fmt.Errorf("%w: column %s ends early", errRows, columns[i].Name)
			}
			if kind == block.Bool && (src[1] > 1 || src[2]|src[3]|src[4]|src[5]|src[6]|src[7]|src[8] != 0) {
				return fmt.Errorf("%w: column %s has a bool that is neither 0 nor 1", errRows, columns[i].Name)
			}
			src = src[size:]
		}
	}
	return nil
}

// DecodeRows calls row with each of the encoded rows, in order. The slice is
// reused. The bytes come from a worker and are not trusted.
func DecodeRows(src []byte, columns []result.Column, row func([]result.Value) error) error {
	values := make([]result.Value, len(columns))
	for len(src) > 0 {
		for i, c := range columns {
			if len(src) == 0 {
				return fmt.Errorf("%w: a row ends after %d of %d values", errRows, i, len(columns))
			}
			kind := block.Kind(src[0])
			src = src[1:]
			switch {
			case kind == block.Null:
				values[i] = result.Null()
			case kind != c.Type.Kind:
				return fmt.Errorf("%w: column %s has kind %d", errRows, c.Name, kind)
			case kind == block.String:
				n, width := binary.Uvarint(src)
				if width <= 0 || n > uint64(len(src)-width) {
					return fmt.Errorf("%w: column %s has a text beyond the end", errRows, c.Name)
				}
				values[i] = result.String(string(src[width : width+int(n)]))
				src = src[width+int(n):]
			default:
				if len(src) < 8 {
					return fmt.Errorf("%w: column %s ends early", errRows, c.Name)
				}
				values[i] = result.Fixed(c.Type, binary.LittleEndian.Uint64(src))
				src = src[8:]
			}
		}
		if len(columns) == 0 {
			return fmt.Errorf("%w: bytes without columns", errRows)
		}
		if err := row(values); err != nil {
			return err
		}
	}
	return nil
}
