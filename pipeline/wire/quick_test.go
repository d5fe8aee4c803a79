package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
)

// usual are messages of chunks and their answers.
func usual() []*Message {
	values := &Extent{Segment: 1, Offset: 4096, Length: 524288}
	return []*Message{
		{Type: Done, ID: 7},
		{Type: Done, ID: 8, Bytes: 12345},
		{Type: ChunkData, ID: 1, Rows: 1},
		{Type: ChunkData, ID: math.MaxInt32, Split: 3, Index: 4, FirstRow: 65536, Rows: 65536, Columns: []Column{
			{Name: "x", Type: "float64", Rows: 65536, Values: values},
			{Name: "price in $ <net> & 'gross'", Type: "float64", Rows: 65536, Nulls: 17, BitOffset: 3, Validity: &Extent{Segment: 2, Offset: 64, Length: 8192}, Values: values},
			{Name: "", Type: "string", Rows: 2, Wide: true, Offsets: &Extent{Length: 24}, Values: &Extent{Segment: 1, Offset: -1, Length: -2}},
			{Name: "city", Type: "string", Rows: 3, Values: values, Dict: &Column{Type: "string", Rows: 50, Offsets: values, Values: values}},
			{Name: "t", Type: "timestamp", Unit: "ms", Zone: "Europe/Berlin", Rows: 9, Values: values},
		}},
		{Type: ChunkData, Bytes: 99, ID: -5, Split: -1, Rows: 2, Columns: []Column{{Name: "a", Type: "bool", Rows: 2, Nulls: -3}}},
	}
}

func TestQuickMessagesAreThoseOfJSON(t *testing.T) {
	for _, m := range usual() {
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(m); err != nil {
			t.Fatal(err)
		}
		got, ok := quickAppend(nil, m)
		if !ok || string(got) != want.String() {
			t.Errorf("%v, wrote\n%s, expected\n%s", ok, got, want.String())
		}
		var read Message
		if !quickParse(bytes.TrimSuffix(got, []byte{'\n'}), &read, map[string]string{}) || !reflect.DeepEqual(&read, m) {
			t.Errorf("read %+v, expected %+v", read, m)
		}
	}
}

func TestWhatIsNotUsualIsLeftToJSON(t *testing.T) {
	for _, m := range []*Message{
		{Type: Flush},
		{Type: Ready, Pid: 5},
		{Type: Done, ID: 1, Message: "x"},
		{Type: ChunkData, Columns: []Column{{Name: "größe", Type: "float64"}}},
		{Type: ChunkData, Columns: []Column{{Name: `a"b`, Type: "float64"}}},
		{Type: ChunkData, Columns: []Column{{Name: "a", Type: "string", Dict: &Column{Name: "\n"}}}},
	} {
		if line, ok := quickAppend(nil, m); ok {
			t.Errorf("%+v is written as %s", m, line)
		}
	}
	for _, line := range []string{
		``, `{}`, `{"type":"flush"}`, `{ "type":"done"}`, `{"type":"done"`, `{"type":"done","id":}`, `{"type":"done","id":01}`, `{"type":"done","id":1.0}`,
		`{"type":"done","id":1e3}`, `{"type":"done","id":1234567890123456789}`, `{"type":"done","id":"1"}`, `{"type":"done","id":1} `, `{"type":"done","kind":"x"}`,
		`{"type":"done","id":1}x`, `{"type":"chunk","columns":[]}`, `{"type":"chunk","columns":[{}]}`, `{"type":"chunk","columns":[{"name":"\u0061","type":"bool"}]}`,
		`{"type":"chunk","columns":[{"name":"a","values":{"segment":1}}]}`, `{"type":"chunk","columns":[{"name":"a"}`, `{"type":"chunk","columns":[{"name":"a`,
		`{"type":"chunk","columns":[{"name":"a","wide_offsets":false}]}`,
		`{"type":"chunk","columns":[{"name":"a","dictionary":{"name":"b","dictionary":{"name":"c"}}}]}`,
	} {
		if quickParse([]byte(line), new(Message), nil) {
			t.Errorf("%s is read", line)
		}
	}
}

func TestNamesOfAPeerAreBounded(t *testing.T) {
	names := map[string]string{}
	for i := range 40_000 {
		line := `{"type":"chunk","columns":[{"name":"` + strings.Repeat("a", i%300) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26)) + `"}]}`
		if !quickParse([]byte(line), new(Message), names) {
			t.Fatal(line)
		}
	}
	if len(names) > 1<<14 {
		t.Errorf("%d names are kept", len(names))
	}
}

// FuzzQuick holds what is read by hand against encoding/json.
func FuzzQuick(f *testing.F) {
	for _, m := range usual() {
		line, _ := quickAppend(nil, m)
		f.Add(bytes.TrimSuffix(line, []byte{'\n'}))
	}
	f.Add([]byte(`{"type":"done","id":1,"id":2,"rows":-0}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var got, want Message
		if !quickParse(line, &got, map[string]string{}) {
			return
		}
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatalf("%q is read, encoding/json says %v", line, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is read as %+v, by encoding/json as %+v", line, got, want)
		}
	})
}

func BenchmarkMessage(b *testing.B) {
	m := usual()[3]
	line, _ := quickAppend(nil, m)
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(len(line)))
		for range b.N {
			line, _ = quickAppend(line[:0], m)
		}
	})
	line = bytes.TrimSuffix(line, []byte{'\n'})
	b.Run("read", func(b *testing.B) {
		names := map[string]string{}
		b.SetBytes(int64(len(line)))
		for range b.N {
			if !quickParse(line, new(Message), names) {
				b.Fatal("not read")
			}
		}
	})
	b.Run("read by encoding/json", func(b *testing.B) {
		b.SetBytes(int64(len(line)))
		for range b.N {
			if err := json.Unmarshal(line, new(Message)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
