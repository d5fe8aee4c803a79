package expr

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind says what a token is.
type tokenKind uint8

const (
	tokenEnd    tokenKind = iota
	tokenName             // a name or keyword as written, without backticks
	tokenQuoted           // a name in backticks: never a keyword or function
	tokenInt              // digits, decimal or after 0x
	tokenFloat
	tokenText // a string literal; text is its value
	tokenOp   // an operator or punctuation
)

// token is a word of an expression: bytes [pos, end) of the text.
type token struct {
	kind     tokenKind
	text     string
	pos, end int
}

// maxText is the longest text that is parsed, in bytes.
const maxText = 64 << 10

// operators are tried in this order: longer ones first.
var operators = [...]string{
	"**", "//", "==", "!=", "<>", "<=", ">=", "&&", "||",
	"+", "-", "*", "/", "%", "=", "<", ">", "!", "(", ")", ",",
}

// lex cuts text into tokens; the last one is tokenEnd.
func lex(text string) ([]token, error) {
	if len(text) > maxText {
		return nil, &Error{Text: text, Offset: maxText, Msg: fmt.Sprintf("longer than %d bytes", maxText)}
	}
	var tokens []token
	for pos := 0; ; {
		for pos < len(text) && strings.IndexByte(" \t\r\n", text[pos]) >= 0 {
			pos++
		}
		if pos == len(text) {
			return append(tokens, token{kind: tokenEnd, pos: pos, end: pos}), nil
		}
		t, err := lexOne(text, pos)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		pos = t.end
	}
}

func lexOne(text string, pos int) (token, error) {
	r, size := utf8.DecodeRuneInString(text[pos:])
	switch {
	case r == utf8.RuneError && size <= 1:
		return token{}, &Error{Text: text, Offset: pos, Msg: "not UTF-8"}
	case r == '\'' || r == '"' || r == '`':
		return lexQuoted(text, pos)
	case isDigit(text, pos) || r == '.' && isDigit(text, pos+1):
		return lexNumber(text, pos)
	case r == '_' || unicode.IsLetter(r):
		end := pos + nameLength(text[pos:])
		return token{kind: tokenName, text: text[pos:end], pos: pos, end: end}, nil
	}
	for _, op := range operators {
		if strings.HasPrefix(text[pos:], op) {
			return token{kind: tokenOp, text: op, pos: pos, end: pos + len(op)}, nil
		}
	}
	msg := fmt.Sprintf("unexpected %q", r)
	switch r {
	case '&':
		msg += "; the conjunction is written and, or &&"
	case '|':
		msg += "; the disjunction is written or, or ||"
	case '^':
		msg += "; the power is written **"
	case '.':
		msg += "; a column whose name has a dot is written in backticks: `a.b`"
	}
	return token{}, &Error{Text: text, Offset: pos, Msg: msg}
}

// nameLength is the length of the name that text begins with.
func nameLength(text string) int {
	for i, r := range text {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) || r == utf8.RuneError {
			return i
		}
	}
	return len(text)
}

func isDigit(text string, pos int) bool {
	return pos < len(text) && '0' <= text[pos] && text[pos] <= '9'
}

// lexQuoted reads a literal or name up to its closing quote; the quote doubled
// stands for itself.
func lexQuoted(text string, pos int) (token, error) {
	quote := text[pos]
	kind := tokenText
	if quote == '`' {
		kind = tokenQuoted
	}
	var value strings.Builder
	for i := pos + 1; i < len(text); i++ {
		if text[i] != quote {
			value.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == quote {
			value.WriteByte(quote)
			i++
			continue
		}
		if !utf8.ValidString(value.String()) {
			return token{}, &Error{Text: text, Offset: pos, Msg: "not UTF-8"}
		}
		if kind == tokenQuoted && value.Len() == 0 {
			return token{}, &Error{Text: text, Offset: pos, Msg: "a name is missing between the backticks"}
		}
		return token{kind: kind, text: value.String(), pos: pos, end: i + 1}, nil
	}
	return token{}, &Error{Text: text, Offset: pos, Msg: fmt.Sprintf("the closing %c is missing", quote)}
}

func lexNumber(text string, pos int) (token, error) {
	end, kind := pos, tokenInt
	if text[pos] == '0' && pos+1 < len(text) && text[pos+1]|0x20 == 'x' {
		end += 2
		for end < len(text) && isHex(text[end]) {
			end++
		}
		if end == pos+2 {
			return token{}, &Error{Text: text, Offset: pos, Msg: "a hexadecimal digit is missing after 0x"}
		}
	} else {
		for isDigit(text, end) {
			end++
		}
		if end < len(text) && text[end] == '.' {
			kind = tokenFloat
			for end++; isDigit(text, end); {
				end++
			}
		}
		if end < len(text) && text[end]|0x20 == 'e' {
			exp := end + 1
			if exp < len(text) && (text[exp] == '+' || text[exp] == '-') {
				exp++
			}
			if isDigit(text, exp) {
				kind = tokenFloat
				for end = exp; isDigit(text, end); {
					end++
				}
			}
		}
	}
	if n := nameLength(text[end:]); n > 0 || isDigit(text, end) || end < len(text) && text[end] == '.' {
		return token{}, &Error{Text: text, Offset: end,
			Msg: "a number ends here; a name that begins with a digit is written in backticks"}
	}
	return token{kind: kind, text: text[pos:end], pos: pos, end: end}, nil
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// keywords are the names that are no column unless in backticks.
var keywords = [...]string{"and", "or", "not", "in", "is", "null", "true", "false", "between", "as"}

// keyword is the keyword that t is, in lower case, or "".
func (t token) keyword() string {
	if t.kind == tokenName && len(t.text) <= len("between") {
		for _, k := range keywords {
			if strings.EqualFold(t.text, k) {
				return k
			}
		}
	}
	return ""
}

// quoteName is a column's name as an expression has to spell it.
func quoteName(name string) string {
	if nameLength(name) == len(name) && name != "" && (token{kind: tokenName, text: name}).keyword() == "" {
		return name
	}
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

func (t token) String() string {
	switch t.kind {
	case tokenEnd:
		return "the end"
	case tokenText:
		return "the string '" + strings.ReplaceAll(t.text, "'", "''") + "'"
	case tokenQuoted:
		return quoteName(t.text)
	}
	return t.text
}
