package codec

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// jsonCodec sends one JSON array a column: [[1, 2, null], ["a", "b", "c"]].
// Numbers are the shortest text that reads back to the same bits; what JSON
// has no word for is a text: "NaN", "Infinity", "-Infinity". A text that is not
// UTF-8 is {"base64": "..."}.
type jsonCodec struct {
	schema chunk.Schema
	out    []byte
}

func (j *jsonCodec) Encode(c *chunk.Chunk, m *wire.Message) ([][]byte, error) {
	out := append(j.out[:0], '[')
	for i := range c.Columns {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendColumn(out, &c.Columns[i]); err != nil {
			return nil, fmt.Errorf("codec json: column %s: %w", j.schema[i].Name, err)
		}
	}
	j.out = append(out, ']')
	m.Columns = m.Columns[:0]
	return [][]byte{j.out}, nil
}

func appendColumn(out []byte, c *chunk.Column) ([]byte, error) {
	var value func(out []byte, r int) ([]byte, error)
	ints := func(at func(r int) int64) {
		value = func(out []byte, r int) ([]byte, error) { return strconv.AppendInt(out, at(r), 10), nil }
	}
	floats := func(at func(r int) float64, bits int) {
		value = func(out []byte, r int) ([]byte, error) { return appendFloat(out, at(r), bits), nil }
	}
	switch c.Type.ID {
	case chunk.Bool:
		value = func(out []byte, r int) ([]byte, error) { return strconv.AppendBool(out, c.Bit(r)), nil }
	case chunk.Int8:
		v := chunk.View[int8](c.Values)
		ints(func(r int) int64 { return int64(v[r]) })
	case chunk.Int16:
		v := chunk.View[int16](c.Values)
		ints(func(r int) int64 { return int64(v[r]) })
	case chunk.Int32, chunk.Date32:
		v := chunk.View[int32](c.Values)
		ints(func(r int) int64 { return int64(v[r]) })
	case chunk.Int64, chunk.Date64, chunk.Timestamp:
		v := chunk.View[int64](c.Values)
		ints(func(r int) int64 { return v[r] })
	case chunk.Uint8:
		ints(func(r int) int64 { return int64(c.Values[r]) })
	case chunk.Uint16, chunk.Float16:
		v := chunk.View[uint16](c.Values)
		ints(func(r int) int64 { return int64(v[r]) })
	case chunk.Uint32:
		v := chunk.View[uint32](c.Values)
		ints(func(r int) int64 { return int64(v[r]) })
	case chunk.Uint64:
		v := chunk.View[uint64](c.Values)
		value = func(out []byte, r int) ([]byte, error) { return strconv.AppendUint(out, v[r], 10), nil }
	case chunk.Float32:
		v := chunk.View[float32](c.Values)
		floats(func(r int) float64 { return float64(v[r]) }, 32)
	case chunk.Float64:
		v := chunk.View[float64](c.Values)
		floats(func(r int) float64 { return v[r] }, 64)
	case chunk.String:
		value = func(out []byte, r int) ([]byte, error) { return appendText(out, c.Str(r)) }
	default:
		return nil, fmt.Errorf("type %s is not supported", c.Type)
	}
	out = append(out, '[')
	for r := range c.Len {
		if r > 0 {
			out = append(out, ',')
		}
		if !c.Valid(r) {
			out = append(out, "null"...)
			continue
		}
		var err error
		if out, err = value(out, r); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func appendFloat(out []byte, v float64, bits int) []byte {
	switch {
	case v != v:
		return append(out, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(out, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(out, `"-Infinity"`...)
	}
	return strconv.AppendFloat(out, v, 'g', -1, bits)
}

func appendText(out, text []byte) ([]byte, error) {
	if !utf8.Valid(text) {
		out = append(out, `{"base64":"`...)
		out = base64.StdEncoding.AppendEncode(out, text)
		return append(out, `"}`...), nil
	}
	quoted, err := json.Marshal(string(text))
	return append(out, quoted...), err
}

func (j *jsonCodec) Decode(m *wire.Message, payload []byte, c *chunk.Chunk) error {
	var columns []json.RawMessage
	if err := json.Unmarshal(payload, &columns); err != nil {
		return fmt.Errorf("codec json: %w", err)
	}
	if len(columns) != len(j.schema) {
		return fmt.Errorf("codec json: %d columns sent, %d expected", len(columns), len(j.schema))
	}
	for i, text := range columns {
		g, err := parseColumn(text, j.schema[i].Type.ID)
		if err == nil {
			var col chunk.Column
			if col, err = g.column(j.schema[i].Type, m.Rows); err == nil {
				c.Columns = append(c.Columns, col)
			}
		}
		if err != nil {
			return fmt.Errorf("codec json: column %s: %w", j.schema[i].Name, err)
		}
	}
	return nil
}

// parseColumn reads one array into the slice that gob would have sent.
func parseColumn(text []byte, id chunk.ID) (g gobColumn, err error) {
	switch id {
	case chunk.Bool:
		g.Bools, g.Valid, err = parse[bool](text)
	case chunk.Int8:
		g.I8, g.Valid, err = parse[int8](text)
	case chunk.Int16:
		g.I16, g.Valid, err = parse[int16](text)
	case chunk.Int32, chunk.Date32:
		g.I32, g.Valid, err = parse[int32](text)
	case chunk.Int64, chunk.Date64, chunk.Timestamp:
		g.I64, g.Valid, err = parse[int64](text)
	case chunk.Uint8:
		// []uint8 would be read as base64, so the values are read wider.
		var wide []uint16
		wide, g.Valid, err = parse[uint16](text)
		g.U8 = make([]uint8, len(wide))
		for r, v := range wide {
			if v > math.MaxUint8 && err == nil {
				err = fmt.Errorf("row %d: %d is no uint8", r+1, v)
			}
			g.U8[r] = uint8(v)
		}
	case chunk.Uint16, chunk.Float16:
		g.U16, g.Valid, err = parse[uint16](text)
	case chunk.Uint32:
		g.U32, g.Valid, err = parse[uint32](text)
	case chunk.Uint64:
		g.U64, g.Valid, err = parse[uint64](text)
	case chunk.Float32:
		var wide []jsonFloat32
		wide, g.Valid, err = parse[jsonFloat32](text)
		g.F32 = make([]float32, len(wide))
		for r, v := range wide {
			g.F32[r] = float32(v)
		}
	case chunk.Float64:
		var wide []jsonFloat64
		wide, g.Valid, err = parse[jsonFloat64](text)
		g.F64 = make([]float64, len(wide))
		for r, v := range wide {
			g.F64[r] = float64(v)
		}
	case chunk.String:
		var texts []jsonText
		texts, g.Valid, err = parse[jsonText](text)
		g.Texts = make([]string, len(texts))
		for r, v := range texts {
			g.Texts[r] = string(v)
		}
	default:
		err = fmt.Errorf("type %s is not supported", id)
	}
	return g, err
}

// parse reads an array whose nulls become zeros, and says where they were.
func parse[T any](text []byte) (values []T, valid []bool, err error) {
	var items []*T
	if err := json.Unmarshal(text, &items); err != nil {
		return nil, nil, err
	}
	values = make([]T, len(items))
	for r, item := range items {
		if item != nil {
			values[r] = *item
			continue
		}
		if valid == nil {
			valid = make([]bool, len(items))
		}
	}
	for r := range valid {
		valid[r] = items[r] != nil
	}
	return values, valid, nil
}

type (
	jsonFloat32 float32
	jsonFloat64 float64
	jsonText    string
)

func (f *jsonFloat32) UnmarshalJSON(text []byte) error {
	v, err := parseFloat(text, 32)
	*f = jsonFloat32(v)
	return err
}

func (f *jsonFloat64) UnmarshalJSON(text []byte) error {
	v, err := parseFloat(text, 64)
	*f = jsonFloat64(v)
	return err
}

func parseFloat(text []byte, bits int) (float64, error) {
	s := string(text)
	if s != "" && s[0] == '"' {
		switch s {
		case `"NaN"`:
			return math.NaN(), nil
		case `"Infinity"`:
			return math.Inf(1), nil
		case `"-Infinity"`:
			return math.Inf(-1), nil
		}
		return 0, fmt.Errorf("%s is no number", s)
	}
	return strconv.ParseFloat(s, bits)
}

func (t *jsonText) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '{' {
		var wrapped struct {
			Base64 []byte `json:"base64"`
		}
		err := json.Unmarshal(text, &wrapped)
		*t = jsonText(wrapped.Base64)
		return err
	}
	return json.Unmarshal(text, (*string)(t))
}
