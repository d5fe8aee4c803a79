package codec_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/weir-pipeline/weir/pipeline/codec"
	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/arrowrecord"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

func table(t testing.TB, rows int, nulls storagetest.Nulls) (storagetest.Table, *chunk.Chunk, chunk.Schema) {
	t.Helper()
	tab := storagetest.Generate(storagetest.AllTypes(), rows, nulls, int64(rows))
	c, schema, err := arrowrecord.Chunk(storagetest.ArrowRecord(tab, storagetest.ArrowSchema(tab, arrow.BinaryTypes.String)))
	if err != nil {
		t.Fatal(err)
	}
	return tab, c, schema
}

// TestWhatIsDecodedIsWhatWasEncoded cuts chunks anywhere, so that bitmaps and
// texts begin within their buffers.
func TestWhatIsDecodedIsWhatWasEncoded(t *testing.T) {
	for _, name := range codec.Names() {
		for _, nulls := range storagetest.NullPatterns() {
			t.Run(name+", "+nulls.Name, func(t *testing.T) {
				tab, whole, schema := table(t, 50, nulls)
				enc, _ := codec.New(name, schema)
				dec, _ := codec.New(name, schema)
				for _, cut := range [][2]int{{0, 50}, {0, 1}, {3, 20}, {49, 50}} {
					c := &chunk.Chunk{Rows: cut[1] - cut[0]}
					for i := range whole.Columns {
						c.Columns = append(c.Columns, whole.Columns[i].Slice(cut[0], c.Rows))
					}
					got := send(t, enc, dec, c)
					for i := range schema {
						for r := range c.Rows {
							if g, w := storagetest.Value(&got.Columns[i], r), tab.Columns[i][cut[0]+r]; !storagetest.Same(g, w) {
								t.Fatalf("rows %v, column %s, row %d: got %v, want %v", cut, schema[i].Name, r, g, w)
							}
						}
					}
				}
			})
		}
	}
}

// send says a chunk as a line and a payload, and reads them back.
func send(t testing.TB, enc, dec codec.Codec, c *chunk.Chunk) *chunk.Chunk {
	t.Helper()
	m := wire.Message{Type: wire.ChunkData, Rows: c.Rows}
	parts, err := enc.Encode(c, &m)
	if err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var back wire.Message
	if err := json.Unmarshal(line, &back); err != nil {
		t.Fatal(err)
	}
	got := &chunk.Chunk{Rows: back.Rows}
	if err := dec.Decode(&back, bytes.Join(parts, nil), got); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestRawSendsTheTextOfItsRowsOnly holds the cost of a small chunk of a large
// batch to its own size.
func TestRawSendsTheTextOfItsRowsOnly(t *testing.T) {
	text := bytes.Repeat([]byte("x"), 1000)
	offsets := make([]int32, 1001)
	for i := range offsets {
		offsets[i] = int32(i)
	}
	whole := chunk.Column{Type: chunk.Type{ID: chunk.String}, Len: 1000, Offsets: chunk.Bytes(offsets), Values: text}
	c := &chunk.Chunk{Rows: 10, Columns: []chunk.Column{whole.Slice(500, 10)}}
	enc, _ := codec.New("raw", chunk.Schema{{Name: "t", Type: whole.Type}})
	m := wire.Message{}
	parts, err := enc.Encode(c, &m)
	if err != nil {
		t.Fatal(err)
	}
	if size := len(bytes.Join(parts, nil)); size > 3*chunk.Align {
		t.Errorf("10 letters are sent as %d bytes", size)
	}
}

// FuzzDecode: no payload and no description makes a codec panic, and what it
// takes can be read to the last row.
func FuzzDecode(f *testing.F) {
	_, c, schema := table(f, 5, storagetest.NullPatterns()[2])
	for i, name := range codec.Names() {
		enc, _ := codec.New(name, schema)
		m := wire.Message{Type: wire.ChunkData, Rows: c.Rows}
		parts, err := enc.Encode(c, &m)
		if err != nil {
			f.Fatal(err)
		}
		line, _ := json.Marshal(m)
		f.Add(byte(i), line, bytes.Join(parts, nil))
	}
	f.Add(byte(2), []byte(`{"type":"chunk","rows":1099511627776}`), []byte("[]"))
	f.Fuzz(func(t *testing.T, which byte, line, payload []byte) {
		dec, _ := codec.New(codec.Names()[int(which)%len(codec.Names())], schema)
		var m wire.Message
		if json.Unmarshal(line, &m) != nil {
			return
		}
		var got chunk.Chunk
		if dec.Decode(&m, payload, &got) != nil {
			return
		}
		for i := range got.Columns {
			if got.Columns[i].Len != m.Rows {
				t.Fatalf("column %d has %d rows of %d", i, got.Columns[i].Len, m.Rows)
			}
			for r := range m.Rows {
				_ = storagetest.Value(&got.Columns[i], r)
			}
		}
	})
}
