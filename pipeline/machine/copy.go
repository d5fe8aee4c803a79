package machine

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/weir-pipeline/weir/pipeline/codec"
	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// Copy is what it costs to move a chunk of one column through a pipe in a codec.
// Costs are seconds a byte of the chunk's own buffers, so that codecs compare;
// they include what a chunk of this size costs however many bytes it has.
//
// The chunk goes from and to this process: it is encoded, written to a pipe that
// has room for all of it, read from there, and decoded, one after the other on one
// thread. So nobody waits for anybody, and time is processor time; waking the
// other side is a matter of [Switch] and [Handover].
type Copy struct {
	Codec  string `json:"codec"`
	Values string `json:"values"` // Doubles or Texts

	ChunkBytes   int64 `json:"chunk_bytes"`   // of the buffers
	PayloadBytes int64 `json:"payload_bytes"` // of what goes through the pipe after the message

	// EncodeSecondsPerByte is the sender's, for making the chunk a payload.
	EncodeSecondsPerByte Figure `json:"encode_s_per_byte"`

	// WriteSecondsPerByte is the sender's, for putting message and payload into the
	// pipe. Raw lends its pages. Nil, as ReadSecondsPerByte: the system does not say
	// how much its pipes take, or that is too little.
	WriteSecondsPerByte *Figure `json:"write_s_per_byte,omitempty"`

	// ReadSecondsPerByte is the receiver's, for taking both from the pipe into
	// memory that it has used before.
	ReadSecondsPerByte *Figure `json:"read_s_per_byte,omitempty"`

	// DecodeSecondsPerByte is the receiver's, for making the payload a chunk, with
	// the checks of what is not trusted.
	DecodeSecondsPerByte Figure `json:"decode_s_per_byte"`
}

// What a chunk that is copied holds. Doubles have random mantissas, so that as
// text they have all their digits, as measured and computed values do; texts are
// 4 to 12 ASCII letters.
const (
	Doubles = "doubles"
	Texts   = "texts"
)

// MeasureCopies copies chunks of doubles and of short texts in every codec.
func MeasureCopies(ctx context.Context, o Options) ([]Copy, error) {
	ctx, cancel := o.limit(ctx)
	defer cancel()
	c, err := measureCopies(ctx, o)
	return c, wrap("the copying of chunks", err)
}

// maxCopyRows is the most rows of a chunk that is copied.
const maxCopyRows = 32 << 10

// copyRows is how many rows a chunk has that is copied: as many as take a fraction
// of a ms, within what is usual in a run.
func copyRows(codecName string) int {
	switch codecName {
	case "raw":
		return maxCopyRows
	case "arrow":
		return maxCopyRows / 2
	case "gob":
		return maxCopyRows / 8
	}
	return maxCopyRows / 32
}

func measureCopies(ctx context.Context, o Options) ([]Copy, error) {
	if ctx.Err() != nil {
		return nil, ended(ctx)
	}
	began := time.Now()
	way, err := newCourier()
	if err != nil {
		return nil, err
	}
	defer way.close()
	var all []*copying
	for _, values := range []string{Doubles, Texts} {
		for _, name := range codec.Names() {
			c, err := newCopying(name, values, way)
			if err != nil {
				return nil, err
			}
			all = append(all, c)
		}
	}
	for p := newPace(o.budget()-time.Since(began), 9); p.another(ctx); {
		for _, c := range all {
			if ctx.Err() != nil {
				break
			}
			if err := c.once(); err != nil {
				return nil, fmt.Errorf("codec %s, %s: %w", c.name, c.values, err)
			}
		}
	}
	var copies []Copy
	for _, c := range all {
		if len(c.encode) == 0 {
			return copies, ended(ctx)
		}
		copies = append(copies, Copy{
			Codec: c.name, Values: c.values, ChunkBytes: c.chunk.SizeBytes(), PayloadBytes: c.payloadBytes,
			EncodeSecondsPerByte: c.encode.figure(), WriteSecondsPerByte: c.write.optional(),
			ReadSecondsPerByte: c.read.optional(), DecodeSecondsPerByte: c.decode.figure(),
		})
	}
	return copies, nil
}

// copying is one chunk on its way in one codec.
type copying struct {
	name, values string
	chunk        *chunk.Chunk
	enc, dec     codec.Codec
	way          *courier

	encode, write, read, decode series
	payloadBytes                int64

	payload []byte      // of the receiver, used again as a worker does
	got     chunk.Chunk // what was decoded last
}

func newCopying(codecName, values string, way *courier) (*copying, error) {
	rows := copyRows(codecName)
	schema, column := sampleColumn(values, rows)
	c := &copying{name: codecName, values: values, way: way, chunk: &chunk.Chunk{Rows: rows, Columns: []chunk.Column{column}}}
	var err error
	if c.enc, err = codec.New(codecName, schema); err != nil {
		return nil, err
	}
	c.dec, err = codec.New(codecName, schema)
	return c, err
}

// sampleColumn is the same for the same rows every time.
func sampleColumn(values string, rows int) (chunk.Schema, chunk.Column) {
	random := rand.New(rand.NewPCG(1, 2))
	if values == Doubles {
		v := make([]float64, rows)
		for i := range v {
			v[i] = 1000 * random.Float64()
		}
		t := chunk.Type{ID: chunk.Float64}
		return chunk.Schema{{Name: "v", Type: t}}, chunk.Column{Type: t, Len: rows, Values: chunk.Bytes(v)}
	}
	text := make([]byte, 0, 12*rows)
	offsets := make([]int32, 1, rows+1)
	for range rows {
		bits := random.Uint64()
		for range 4 + bits%9 {
			bits >>= 5
			text = append(text, 'a'+byte(bits%26))
		}
		offsets = append(offsets, int32(len(text)))
	}
	t := chunk.Type{ID: chunk.String}
	return chunk.Schema{{Name: "t", Type: t}}, chunk.Column{Type: t, Len: rows, Offsets: chunk.Bytes(offsets), Values: text}
}

// once takes a sample.
func (c *copying) once() error {
	sizeBytes := c.chunk.SizeBytes()
	m := &wire.Message{Type: wire.ChunkData, ID: 1, Rows: c.chunk.Rows}
	began := time.Now()
	parts, err := c.enc.Encode(c.chunk, m)
	if err != nil {
		return err
	}
	c.encode.addTime(time.Since(began), sizeBytes)
	c.payloadBytes = 0
	for _, p := range parts {
		c.payloadBytes += int64(len(p))
	}

	if c.way.holds(c.payloadBytes) {
		if m, err = c.through(m, parts); err != nil {
			return err
		}
	} else {
		c.payload = append(c.payload[:0], bytes.Join(parts, nil)...)
	}

	c.got = chunk.Chunk{Rows: m.Rows, Columns: c.got.Columns[:0]}
	began = time.Now()
	if err := c.dec.Decode(m, c.payload, &c.got); err != nil {
		return err
	}
	c.decode.addTime(time.Since(began), sizeBytes)
	if len(c.got.Columns) != 1 || c.got.Columns[0].Len != c.chunk.Rows {
		return fmt.Errorf("internal error: a chunk of %d rows has arrived as another", c.chunk.Rows)
	}
	return nil
}

// through sends m and its payload through the pipe.
func (c *copying) through(m *wire.Message, parts [][]byte) (*wire.Message, error) {
	sizeBytes := c.chunk.SizeBytes()
	send := c.way.conn.Send
	if c.name == "raw" {
		send = c.way.conn.SendLent
	}
	began := time.Now()
	if err := send(m, parts...); err != nil {
		return nil, err
	}
	c.write.addTime(time.Since(began), sizeBytes)

	var got wire.Message
	var err error
	began = time.Now()
	if err := c.way.conn.Receive(&got); err != nil {
		return nil, err
	}
	if c.payload, err = c.way.conn.Payload(c.payload); err != nil {
		return nil, err
	}
	c.read.addTime(time.Since(began), sizeBytes)
	return &got, nil
}

// courier is a pipe from this process to itself, with a conversation over it.
type courier struct {
	pipe      *pipe
	conn      *wire.Conn
	roomBytes int64 // what the pipe takes without a reader; 0: the system does not say
}

// lineBytes is more than the message of a chunk of one column takes in a pipe,
// with the pages that it and the payload's ends begin.
const lineBytes = 32 << 10

func newCourier() (*courier, error) {
	p, err := newBlockingPipe()
	if err != nil {
		return nil, err
	}
	w := &courier{pipe: p, conn: wire.NewConn(p.r, p.w)}
	w.roomBytes, w.conn.Lend = roomy(p.w)
	return w, nil
}

// holds tells whether a message with a payload can be written before it is read.
func (w *courier) holds(payloadBytes int64) bool { return payloadBytes+lineBytes <= w.roomBytes }

func (w *courier) close() { w.pipe.close() }
