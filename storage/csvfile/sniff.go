package csvfile

import (
	"bytes"
	"errors"
	"io"
)

// Plausible tells whether the first bytes of a file may be those of a text that
// this package reads, compressed or not: it has something printable and no
// control characters that text does not have.
func Plausible(head []byte) bool {
	if c := codecOf(head); c != plain {
		in, err := c.decompressor(bytes.NewReader(head))
		if err != nil {
			return false
		}
		defer in.Close()
		text := make([]byte, 4096)
		n, err := io.ReadFull(in, text)
		if n == 0 {
			// Perhaps head ends within the first block; then nothing speaks against it.
			return errors.Is(err, errCutOff)
		}
		return isText(text[:n])
	}
	return isText(head)
}

func isText(head []byte) bool {
	printable := false
	for _, c := range head {
		switch {
		case c > ' ' && c != 0x7f:
			printable = true
		case c == ' ', c >= '\t' && c <= '\r':
		default:
			return false
		}
	}
	return printable
}
