// Package codec has the ways in which pipe mode writes a chunk for a worker:
// raw (the column buffers as they are), arrow (an Arrow IPC stream), gob and
// json. They differ in cost only: what a worker computes from a decoded chunk
// is the same, bit for bit.
package codec

import (
	"context"
	"fmt"
	"strings"

	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// Codec writes chunks and reads them back. An instance belongs to one
// goroutine and reuses its buffers: what Encode and Decode return is valid
// until the next call.
type Codec interface {
	// Encode turns c into a payload of parts, to be sent in order after m, and
	// puts what the receiver needs to know beside it into m.Columns.
	Encode(c *chunk.Chunk, m *wire.Message) (payload [][]byte, err error)

	// Decode fills c, which holds nothing, from a payload. The payload must stay
	// unchanged as long as c is used. It is not trusted.
	Decode(m *wire.Message, payload []byte, c *chunk.Chunk) error
}

// Names are the codecs, cheapest first.
func Names() []string { return []string{"raw", "arrow", "gob", "json"} }

// New returns an instance of the codec called name for chunks with the columns
// of schema.
func New(name string, schema chunk.Schema) (Codec, error) {
	switch name {
	case "", "raw":
		return &raw{schema: schema}, nil
	case "arrow":
		return newArrow(schema), nil
	case "gob":
		return &gobCodec{schema: schema}, nil
	case "json":
		return &jsonCodec{schema: schema}, nil
	}
	return nil, fmt.Errorf("unknown codec %q: use one of %s", name, strings.Join(Names(), ", "))
}

// builder puts decoded columns into buffers that are reused from chunk to
// chunk.
type builder struct{ lease chunk.Lease }

// start reserves room for a chunk whose buffers take sizeBytes in all, each
// rounded up by at most chunk.Align.
func (b *builder) start(sizeBytes int64) error {
	lease, err := chunk.Heap{}.Lease(context.Background(), sizeBytes)
	b.lease = lease
	return err
}

// validity allocates and clears a bitmap for rows.
func (b *builder) validity(rows int) []byte {
	bitmap := b.lease.Alloc(chunk.BitmapBytes(rows))
	clear(bitmap)
	return bitmap
}
