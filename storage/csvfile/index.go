package csvfile

import "slices"

// Padding of a text buffer, so that the loops may load whole words around any
// field: before the text for numbers loaded from their end, after it for the
// last block of the scan and for texts copied by words.
const (
	padFront = 64
	padBack  = 128
)

// index is where the fields of a block of complete records lie. Field f of row
// r begins after position at[r*stride+f] and ends before at[r*stride+f+1]:
//
//	text  … 1 , 2 5 \n 3 , 4 \n           at[0] is the position before the
//	      ↑   ↑     ↑    ↑   ↑            first record, stride is the number
//	at    0   1     2    3   4            of fields
//
// One array serves all columns; a column that nobody wants costs one entry a
// row and no look at its text.
//
// Note: walking the fields one after another and parsing on the way makes the
// place of every field wait for the length of the one before. With the index,
// the fields of one column are independent of each other and the processor
// works on several at a time.
type index struct {
	at      []uint32
	found   int // entries of at in use
	stride  int
	rows    int
	doubled bool // a quote is written twice somewhere

	spare []uint32 // the array that settle writes to
}

// build finds the fields of text[from:to], which begins with a record and ends
// with a line feed. newlines is the number of line feeds in there; it only
// counts without quotes. The text has its padding.
func (x *index) build(text []byte, from, to int, comma byte, columns int, quotes bool, newlines int) *fault {
	x.found, x.rows, x.stride, x.doubled = 1, 0, columns, false
	if len(x.at) < minIndex {
		x.at = make([]uint32, minIndex)
	}
	x.at[0] = uint32(from - 1)
	scan := scanner{text: text, comma: repeat(comma), index: x}
	if quotes {
		if f := scan.quoted(from, to); f != nil {
			return f
		}
	} else if f := scan.plain(from, to); f != nil {
		return f
	}
	if !quotes && columns > 1 && x.regular(text, newlines) {
		return nil
	}
	return x.settle(text, columns)
}

// minIndex is the first size of an index, in entries.
const minIndex = 1 << 12

// regular tells whether each row has as many fields as it should: as many line
// feeds as rows, and every row ends with one.
func (x *index) regular(text []byte, newlines int) bool {
	if x.found-1 != newlines*x.stride {
		return false
	}
	for i := x.stride; i < x.found; i += x.stride {
		if text[x.at[i]] != '\n' {
			return false
		}
	}
	x.rows = newlines
	return true
}

// settle drops blank lines and checks the number of fields of every row. It
// writes the index anew with a stride of columns+1, because the row after a
// blank line does not begin where the row before it ended.
func (x *index) settle(text []byte, columns int) *fault {
	out := slices.Grow(x.spare[:0], x.found+x.found/columns+1)
	rows := 0
	for i := 0; i+1 < x.found; {
		begin, end := int(x.at[i])+1, i+1
		for end < x.found && text[x.at[end]] != '\n' {
			end++
		}
		if end == x.found {
			return &fault{at: begin, err: errOpen} // only if the file changes while it is read
		}
		length := int(x.at[i+1]) - begin
		switch fields := end - i; {
		case fields == 1 && (length == 0 || length == 1 && text[begin] == '\r'):
			// A blank line.
		case fields != columns:
			x.spare = out
			return &fault{at: begin, err: fieldCountError{found: fields, want: columns}}
		default:
			out = append(out, x.at[i:end+1]...)
			rows++
		}
		i = end
	}
	x.at, x.spare = out[:cap(out)], x.at
	x.found, x.stride, x.rows = len(out), columns+1, rows
	return nil
}

// grow makes room for another block of the scan. A record that has too many
// fields already is not worth more memory.
func (x *index) grow(text []byte) *fault {
	last := x.found - 1
	for n := 0; last > 0 && text[x.at[last]] != '\n'; last-- {
		if n++; n >= x.stride {
			for last > 0 && text[x.at[last]] != '\n' {
				last--
			}
			return &fault{at: int(x.at[last]) + 1, err: fieldCountError{found: x.found - last, want: x.stride}}
		}
	}
	bigger := make([]uint32, 2*len(x.at))
	copy(bigger, x.at[:x.found])
	x.at = bigger
	return nil
}
