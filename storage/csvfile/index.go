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
	at      []uint32 // from the first record on; the part of buf in use
	stride  int
	rows    int
	doubled bool // a quote is written twice somewhere

	buf   []uint32
	found int      // entries of buf in use
	spare []uint32 // the array that settle writes to
}

// begin empties the index, for some bytes of text from position from on. It
// makes room for fields of four characters: growing copies, and memory that is
// not written to costs nothing.
func (x *index) begin(from, sizeBytes, columns int) {
	if want := sizeBytes/4 + 128; len(x.buf) < want {
		x.buf = make([]uint32, want)
	}
	x.buf[0] = uint32(from - 1)
	x.at, x.found, x.rows, x.stride, x.doubled = nil, 1, 0, columns, false
}

// build finds the fields of text[from:to], which begins with a record and ends
// with a line feed. The text has its padding.
func (x *index) build(text []byte, from, to int, comma byte, columns int) (quotes bool, _ *fault) {
	x.begin(from, to-from, columns)
	scan := scanner{text: text, comma: repeat(comma), index: x}
	newlines, quotes, f := scan.plain(from, to)
	if quotes {
		x.begin(from, to-from, columns)
		f = scan.quoted(from, to)
	}
	if f != nil {
		return quotes, f
	}
	return quotes, x.end(text, 0, newlines, quotes)
}

// end completes the index. Its records begin after entry first, which is a line
// feed or what stands before the text, and there are newlines line feeds behind
// that, which counts only without quotes.
func (x *index) end(text []byte, first, newlines int, quotes bool) *fault {
	x.at = x.buf[first:x.found]
	if !quotes && x.stride > 1 && x.regular(text, newlines) {
		return nil
	}
	return x.settle(text, x.stride)
}

// regular tells whether each row has as many fields as it should: as many line
// feeds as rows, and every row ends with one.
func (x *index) regular(text []byte, newlines int) bool {
	if len(x.at)-1 != newlines*x.stride {
		return false
	}
	for i := x.stride; i < len(x.at); i += x.stride {
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
	out := slices.Grow(x.spare[:0], len(x.at)+len(x.at)/columns+1)
	rows := 0
	for i := 0; i+1 < len(x.at); {
		begin, end := int(x.at[i])+1, i+1
		for end < len(x.at) && text[x.at[end]] != '\n' {
			end++
		}
		if end == len(x.at) {
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
	x.at, x.buf, x.spare = out, out[:cap(out)], x.buf
	x.stride, x.rows = columns+1, rows
	return nil
}

// grow makes room for another block of the scan. A record that has too many
// fields already is not worth more memory.
func (x *index) grow(text []byte) *fault {
	last := x.found - 1
	for n := 0; last > 0 && text[x.buf[last]] != '\n'; last-- {
		if n++; n >= x.stride {
			for last > 0 && text[x.buf[last]] != '\n' {
				last--
			}
			return &fault{at: int(x.buf[last]) + 1, err: fieldCountError{found: x.found - last, want: x.stride}}
		}
	}
	bigger := make([]uint32, 2*len(x.buf))
	copy(bigger, x.buf[:x.found])
	x.buf = bigger
	return nil
}
