package wire

import (
	"bytes"
	"strconv"
)

// The messages of every chunk, chunk and done, are written and read by hand:
// with encoding/json they took 30 µs a chunk of a few columns, more than all
// else that a hand-over costs. What is written is the same, byte for byte; what
// is read here is the usual spelling alone, and anything else is left to
// encoding/json, so that a peer may write its lines as it likes.

// quickAppend appends m as encoding/json writes it. ok is false if m is another
// message, or has a text that needs escaping.
func quickAppend(b []byte, m *Message) (_ []byte, ok bool) {
	if m.Type != ChunkData && m.Type != Done || !m.onlyChunk() {
		return b, false
	}
	b = append(b, `{"type":"`...)
	b = append(b, m.Type...)
	b = append(b, '"')
	for _, f := range [...]struct {
		key   string
		value int64
	}{
		{`,"bytes":`, m.Bytes}, {`,"id":`, m.ID}, {`,"split":`, int64(m.Split)}, {`,"index":`, int64(m.Index)},
		{`,"first_row":`, m.FirstRow}, {`,"rows":`, int64(m.Rows)},
	} {
		if f.value != 0 {
			b = strconv.AppendInt(append(b, f.key...), f.value, 10)
		}
	}
	if len(m.Columns) > 0 {
		b = append(b, `,"columns":[`...)
		for i := range m.Columns {
			if i > 0 {
				b = append(b, ',')
			}
			if b, ok = m.Columns[i].quickAppend(b); !ok {
				return b, false
			}
		}
		b = append(b, ']')
	}
	return append(b, "}\n"...), true
}

// onlyChunk tells whether m has no fields but those of chunk and done.
func (m *Message) onlyChunk() bool {
	return m.Version == 0 && m.Name == "" && m.Mode == "" && m.Codec == "" && m.StartedNano == 0 && m.MemoryLimit == 0 && m.PartialLimit == 0 &&
		m.TraceSpans == 0 && m.Processor == 0 && !m.CPUProfile && !m.HeapProfile && len(m.Chain) == 0 && m.Pid == 0 && m.Segment == nil &&
		len(m.SpansNano) == 0 && m.LifetimeNano == 0 && m.CopiedBytes == 0 && m.Usage == nil && m.DroppedSpans == 0 && m.Kind == "" && m.Message == ""
}

func (d *Column) quickAppend(b []byte) (_ []byte, ok bool) {
	if !plainText(d.Name) || !plainText(d.Type) || !plainText(d.Unit) || !plainText(d.Zone) {
		return b, false
	}
	b = append(append(b, `{"name":"`...), d.Name...)
	b = append(append(b, `","type":"`...), d.Type...)
	b = append(b, '"')
	if d.Unit != "" {
		b = append(append(append(b, `,"unit":"`...), d.Unit...), '"')
	}
	if d.Zone != "" {
		b = append(append(append(b, `,"zone":"`...), d.Zone...), '"')
	}
	b = strconv.AppendInt(append(b, `,"rows":`...), int64(d.Rows), 10)
	b = strconv.AppendInt(append(b, `,"null_count":`...), int64(d.Nulls), 10)
	if d.BitOffset != 0 {
		b = strconv.AppendInt(append(b, `,"bit_offset":`...), int64(d.BitOffset), 10)
	}
	if d.Wide {
		b = append(b, `,"wide_offsets":true`...)
	}
	for _, e := range [...]struct {
		key string
		at  *Extent
	}{{`,"validity":{"segment":`, d.Validity}, {`,"offsets":{"segment":`, d.Offsets}, {`,"values":{"segment":`, d.Values}} {
		if e.at != nil {
			b = strconv.AppendInt(append(b, e.key...), int64(e.at.Segment), 10)
			b = strconv.AppendInt(append(b, `,"offset":`...), e.at.Offset, 10)
			b = strconv.AppendInt(append(b, `,"length":`...), e.at.Length, 10)
			b = append(b, '}')
		}
	}
	if d.Dict != nil {
		if b, ok = d.Dict.quickAppend(append(b, `,"dictionary":`...)); !ok {
			return b, false
		}
	}
	return append(b, '}'), true
}

// plainText tells whether JSON writes text as it is.
func plainText(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// quickParse reads a chunk or done message in the usual spelling: no spaces, no
// escapes, whole numbers. It returns false, and m is spoilt, for anything else.
func quickParse(line []byte, m *Message, names map[string]string) bool {
	q := quick{rest: line, names: names}
	switch {
	case q.take(`{"type":"chunk"`):
		m.Type = ChunkData
	case q.take(`{"type":"done"`):
		m.Type = Done
	default:
		return false
	}
	for !q.take(`}`) {
		switch {
		case q.take(`,"id":`):
			m.ID = q.number()
		case q.take(`,"split":`):
			m.Split = int(q.number())
		case q.take(`,"index":`):
			m.Index = int(q.number())
		case q.take(`,"first_row":`):
			m.FirstRow = q.number()
		case q.take(`,"rows":`):
			m.Rows = int(q.number())
		case q.take(`,"bytes":`):
			m.Bytes = q.number()
		case m.Columns == nil && q.take(`,"columns":[{`):
			for {
				m.Columns = append(m.Columns, Column{})
				q.column(&m.Columns[len(m.Columns)-1], 0)
				if q.failed || !q.take(`,{`) {
					break
				}
			}
			q.expect(`]`)
		default:
			return false
		}
		if q.failed {
			return false
		}
	}
	return len(q.rest) == 0
}

// quick is the state of quickParse.
type quick struct {
	rest   []byte
	names  map[string]string // texts that have been seen, which need no new memory
	failed bool
}

// take skips text if it is next.
func (q *quick) take(text string) bool {
	if len(q.rest) < len(text) || string(q.rest[:len(text)]) != text {
		return false
	}
	q.rest = q.rest[len(text):]
	return true
}

func (q *quick) expect(text string) { q.failed = q.failed || !q.take(text) }

// number reads a whole number of up to 18 digits, which fits an int64.
func (q *quick) number() int64 {
	negative := q.take("-")
	n, v := 0, int64(0)
	for n < len(q.rest) && n < 19 && q.rest[n]-'0' <= 9 {
		v = 10*v + int64(q.rest[n]-'0')
		n++
	}
	if n == 0 || n == 19 || n > 1 && q.rest[0] == '0' || strconv.IntSize == 32 && v > 1<<31-1 {
		q.failed = true
		return 0
	}
	q.rest = q.rest[n:]
	if negative {
		v = -v
	}
	return v
}

// text reads what is left of a text, up to the quote behind it.
func (q *quick) text() string {
	n := bytes.IndexByte(q.rest, '"')
	if n < 0 {
		q.failed = true
		return ""
	}
	b := q.rest[:n]
	q.rest = q.rest[n+1:]
	if s, ok := q.names[string(b)]; ok {
		return s
	}
	s := string(b)
	if !plainText(s) {
		q.failed = true
		return ""
	}
	const most = 1 << 14 // names, so that no peer makes the map grow for ever
	if q.names != nil && len(q.names) < most {
		q.names[s] = s
	}
	return s
}

// column reads the rest of an object that describes a column. A dictionary has
// none itself.
func (q *quick) column(d *Column, depth int) {
	if q.expect(`"name":"`); q.failed {
		return
	}
	d.Name = q.text()
	for !q.failed && !q.take(`}`) {
		switch {
		case q.take(`,"type":"`):
			d.Type = q.text()
		case q.take(`,"unit":"`):
			d.Unit = q.text()
		case q.take(`,"zone":"`):
			d.Zone = q.text()
		case q.take(`,"rows":`):
			d.Rows = int(q.number())
		case q.take(`,"null_count":`):
			d.Nulls = int(q.number())
		case q.take(`,"bit_offset":`):
			d.BitOffset = int(q.number())
		case q.take(`,"wide_offsets":true`):
			d.Wide = true
		case d.Validity == nil && q.take(`,"validity":{`):
			d.Validity = q.extent()
		case d.Offsets == nil && q.take(`,"offsets":{`):
			d.Offsets = q.extent()
		case d.Values == nil && q.take(`,"values":{`):
			d.Values = q.extent()
		case depth == 0 && d.Dict == nil && q.take(`,"dictionary":{`):
			d.Dict = new(Column)
			q.column(d.Dict, 1)
		default:
			q.failed = true
		}
	}
}

func (q *quick) extent() *Extent {
	e := new(Extent)
	q.expect(`"segment":`)
	e.Segment = int(q.number())
	q.expect(`,"offset":`)
	e.Offset = q.number()
	q.expect(`,"length":`)
	e.Length = q.number()
	q.expect(`}`)
	return e
}
