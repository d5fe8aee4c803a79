package result

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/weir-pipeline/weir/stages/block"
)

// AppendJSON appends v as JSON.
func AppendJSON(dst []byte, v Value) []byte {
	switch v.kind {
	case block.Null:
		return append(dst, "null"...)
	case block.String:
		return appendQuoted(dst, v.text)
	case block.Date, block.Timestamp:
		dst = append(dst, '"')
		dst = appendPlain(dst, v)
		return append(dst, '"')
	case block.Float:
		if f := v.Float64(); math.IsNaN(f) || math.IsInf(f, 0) {
			dst = append(dst, '"')
			dst = appendFloat(dst, f)
			return append(dst, '"')
		}
	}
	return appendPlain(dst, v)
}

// AppendJSONRow appends row as a JSON array without blanks.
func AppendJSONRow(dst []byte, row []Value) []byte {
	dst = append(dst, '[')
	for i, v := range row {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendJSON(dst, v)
	}
	return append(dst, ']')
}

// AppendCSV appends v as a CSV field (RFC 4180): null is an empty field, the
// empty string is "", a list is its JSON in quotes.
func AppendCSV(dst []byte, v Value) []byte {
	if v.kind == block.List {
		return appendCSVText(dst, string(appendList(nil, v)))
	}
	if v.kind != block.String {
		if v.kind == block.Null {
			return dst
		}
		return appendPlain(dst, v)
	}
	return appendCSVText(dst, v.text)
}

// appendCSVText quotes s where a reader would otherwise take it for something
// else: more than one field or line, a null, a text without its outer blanks.
func appendCSVText(dst []byte, s string) []byte {
	plain := s != "" && !strings.ContainsAny(s, ",\"\r\n") &&
		s[0] != ' ' && s[0] != '\t' && s[len(s)-1] != ' ' && s[len(s)-1] != '\t'
	if plain {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			dst = append(dst, s...)
			return append(dst, '"')
		}
		dst = append(dst, s[:i]...)
		dst = append(dst, `""`...)
		s = s[i+1:]
	}
}

// AppendText appends v as a person reads it. What a terminal would act on
// (control and formatting characters, bytes that are no UTF-8) is escaped as in
// Go strings.
func AppendText(dst []byte, v Value) []byte {
	switch v.kind {
	case block.Null:
		return append(dst, "null"...)
	case block.String:
		return appendPrintable(dst, v.text)
	}
	return appendPlain(dst, v)
}

func appendPrintable(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, `\x`...)
			dst = append(dst, hexDigits[s[i]>>4], hexDigits[s[i]&15])
		case r == ' ' || unicode.IsGraphic(r) && r != '\u2028' && r != '\u2029' || r == zeroWidthJoiner:
			dst = append(dst, s[i:i+size]...)
		default:
			q := strconv.AppendQuoteRune(nil, r)
			dst = append(dst, q[1:len(q)-1]...)
		}
		i += size
	}
	return dst
}

// zeroWidthJoiner is the one formatting character that is needed to read text:
// it joins emoji.
const zeroWidthJoiner = '\u200d'

const hexDigits = "0123456789abcdef"

// appendPlain appends a value that is neither null nor a string.
func appendPlain(dst []byte, v Value) []byte {
	switch v.kind {
	case block.Bool:
		return strconv.AppendBool(dst, v.Bool())
	case block.Int:
		return strconv.AppendInt(dst, int64(v.bits), 10)
	case block.Uint:
		return strconv.AppendUint(dst, v.bits, 10)
	case block.Int128:
		return appendInt128(dst, v)
	case block.Float:
		return appendFloat(dst, v.Float64())
	case block.Date:
		return appendDate(dst, int64(v.bits))
	case block.List:
		return appendList(dst, v)
	}
	return appendTimestamp(dst, int64(v.bits), v.unit, v.zoned)
}

// appendInt128 writes an integer beyond int64 as two numbers of decimal digits.
func appendInt128(dst []byte, v Value) []byte {
	const e19 = uint64(1e19) // the largest power of ten in a uint64
	signed, lo := v.Int128()
	hi := uint64(signed)
	if signed < 0 {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
		dst = append(dst, '-')
	}
	// The quotient fits: hi is at most 2^63, which is less than 10^19.
	upper, lower := bits.Div64(hi, lo, e19)
	if upper == 0 {
		return strconv.AppendUint(dst, lower, 10)
	}
	dst = strconv.AppendUint(dst, upper, 10)
	for unit := e19 / 10; unit > 1 && lower < unit; unit /= 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendUint(dst, lower, 10)
}

// appendList writes a list as JSON does, without blanks: [3,0,5].
func appendList(dst []byte, v Value) []byte {
	dst = append(dst, '[')
	for i, e := range v.List() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, e, 10)
	}
	return append(dst, ']')
}

// appendFloat lays the shortest digits of f out as ECMAScript's
// Number::toString does, with -0 told from 0.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case f != f:
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if a := math.Abs(f); a == 0 || a >= 1e-6 && a < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	// strconv writes at least two digits of exponent, ECMAScript as few as needed.
	if n := len(dst); dst[n-2] == '0' && (dst[n-3] == '-' || dst[n-3] == '+') {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}

// appendQuoted appends s as a JSON string. Bytes that are no UTF-8 become
// U+FFFD, since JSON has no other text for them.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(dst, s[start:i]...)
				dst = append(dst, "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		if b >= ' ' && b != '"' && b != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch b {
		case '"', '\\':
			dst = append(dst, '\\', b)
		case '\b':
			dst = append(dst, `\b`...)
		case '\t':
			dst = append(dst, `\t`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\r':
			dst = append(dst, `\r`...)
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
