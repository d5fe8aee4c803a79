package csvfile

import "errors"

// errMore says that a text ends before its record does.
var errMore = errors.New("the record is not complete")

// span is a field of a record with its quotes.
type span struct{ from, to int }

// nextRecord finds the record that begins at from, byte by byte: for headers,
// for finding the separator and for explaining errors, where speed does not
// matter. It skips blank lines. It appends the record's fields to out and
// returns where the record begins and where the next does. complete says that
// text ends where the file does. After the last record start is len(text).
func nextRecord(text []byte, from int, comma byte, complete bool, out []span) (_ []span, start, next int, _ *fault) {
	at := from
	for {
		line := at
		if line < len(text) && text[line] == '\r' {
			line++
		}
		switch {
		case line < len(text) && text[line] == '\n':
			at = line + 1
			continue
		case line < len(text):
		case !complete:
			return out, at, at, &fault{at: at, err: errMore}
		default:
			return out, len(text), len(text), nil
		}
		break
	}
	start = at
	for {
		field := at
		if at < len(text) && text[at] == '"' {
			at++
			for {
				for at < len(text) && text[at] != '"' {
					at++
				}
				if at == len(text) {
					if complete {
						return out, start, at, &fault{at: field, err: errOpen}
					}
					return out, start, at, &fault{at: field, err: errMore}
				}
				at++
				if at == len(text) || text[at] != '"' {
					break
				}
				at++
			}
		}
		quoted := at > field
		closed := at
		for at < len(text) && text[at] != comma && text[at] != '\n' {
			if text[at] == '"' {
				return out, start, at, &fault{at: at, err: errQuote}
			}
			at++
		}
		if at == len(text) && !complete {
			return out, start, at, &fault{at: at, err: errMore}
		}
		end := at
		if (at == len(text) || text[at] == '\n') && end > field && text[end-1] == '\r' {
			end--
		}
		if quoted && end > closed {
			return out, start, at, &fault{at: closed, err: errQuote}
		}
		out = append(out, span{field, end})
		if at == len(text) {
			return out, start, at, nil
		}
		at++
		if text[at-1] == '\n' {
			return out, start, at, nil
		}
	}
}

// openFault is the fault of the last records of a file, text[from:to], which
// have an odd number of quotes: one that is not closed, or one before it that is
// out of place.
func (f *file) openFault(text []byte, from, to int) *fault {
	var fields []span
	for at := from; at < to; {
		var flt *fault
		if fields, _, at, flt = nextRecord(text[:to], at, f.comma, true, fields[:0]); flt != nil {
			return flt
		}
	}
	return &fault{at: to - 1, err: errOpen}
}

// unquoted is the text of a field without its quotes.
func unquoted(field []byte) []byte {
	if len(field) < 2 || field[0] != '"' {
		return field
	}
	out := make([]byte, len(field)-2)
	return out[:unquote(out, field[1:len(field)-1])]
}

// The separators that are looked for, in order of preference.
var separators = [...]byte{',', ';', '\t', '|'}

// findComma is the separator that divides the first records of a sample most
// evenly: into the same number of fields, at least two, in each; of several the
// one with most fields. A text that none of them divides is one column, and any
// separator will do.
func findComma(text []byte, complete bool) byte {
	const most = 100 // records to look at
	best, bestEven, bestFields := separators[0], 0, 1
	var fields []span
	for _, comma := range separators {
		want, even, records := 0, 0, 0
		for at := 0; records < most; records++ {
			var start int
			var f *fault
			fields, start, at, f = nextRecord(text, at, comma, complete, fields[:0])
			if f != nil || start == len(text) {
				break
			}
			if records == 0 {
				want = len(fields)
			}
			if len(fields) == want {
				even++
			}
		}
		if want < 2 {
			continue
		}
		// Evenness counts in percent, so that one bad record does not decide.
		percent := 100 * even / max(records, 1)
		if percent > bestEven || percent == bestEven && want > bestFields {
			best, bestEven, bestFields = comma, percent, want
		}
	}
	return best
}
