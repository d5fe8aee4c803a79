package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxLine is the longest line that is accepted, in bytes: a peer that sends
// more is broken. A hello with thousands of columns stays far below.
const MaxLine = 16 << 20

// MaxPayload is the longest payload that is accepted, in bytes.
const MaxPayload = 1 << 40

// blockBytes is how much is written to a pipe at a time. A pipe of 1 MiB moves
// most in blocks of 64 to 256 KiB; in larger ones writer and reader take turns
// sleeping.
const blockBytes = 256 << 10

// lendBytes is from where on lending pages is cheaper than copying them.
const lendBytes = 64 << 10

// ErrProtocol says that the peer sent what the protocol does not allow.
var ErrProtocol = errors.New("worker protocol violated")

// Conn is one end of a conversation. One goroutine may send while another
// receives.
type Conn struct {
	// MaxLineBytes is the longest line that is accepted. Default: MaxLine.
	MaxLineBytes int

	// Lend, if set, writes a large part of a payload that is lent: its memory
	// stays unchanged until the peer has answered, so that pages may be handed
	// to the pipe where a write would copy them.
	Lend func(p []byte) error

	r io.Reader
	w io.Writer

	in         []byte // read ahead: in[start:end]
	start, end int
	payload    int64 // bytes of the last message's payload not read yet

	out   bytes.Buffer
	enc   *json.Encoder
	names map[string]string // see quickParse
}

// NewConn makes a conversation of a stream in each direction.
func NewConn(r io.Reader, w io.Writer) *Conn {
	c := &Conn{MaxLineBytes: MaxLine, r: r, w: w, in: make([]byte, 64<<10), names: map[string]string{}}
	c.enc = json.NewEncoder(&c.out)
	c.enc.SetEscapeHTML(false)
	return c
}

// Send writes m and after it the payload, whose length it puts into m.Bytes.
// The payload's parts are written as they are, without a buffer in between.
func (c *Conn) Send(m *Message, payload ...[]byte) error { return c.send(m, payload, nil) }

// SendLent is Send for a payload that is not changed until the peer has
// answered the message.
func (c *Conn) SendLent(m *Message, payload ...[]byte) error { return c.send(m, payload, c.Lend) }

func (c *Conn) send(m *Message, payload [][]byte, lend func(p []byte) error) error {
	m.Bytes = 0
	for _, p := range payload {
		m.Bytes += int64(len(p))
	}
	c.out.Reset()
	if line, ok := quickAppend(c.out.AvailableBuffer(), m); ok {
		c.out.Write(line)
	} else if err := c.enc.Encode(m); err != nil {
		return fmt.Errorf("message %s: %w", m.Type, err)
	}
	// A short payload joins the line, which saves a system call for each part.
	if m.Bytes <= 4<<10 {
		for _, p := range payload {
			c.out.Write(p)
		}
		payload = nil
	}
	if _, err := c.w.Write(c.out.Bytes()); err != nil {
		return err
	}
	for _, p := range payload {
		if lend != nil && len(p) >= lendBytes {
			if err := lend(p); err != nil {
				return err
			}
			continue
		}
		for len(p) > 0 {
			n := min(len(p), blockBytes)
			if _, err := c.w.Write(p[:n]); err != nil {
				return err
			}
			p = p[n:]
		}
	}
	return nil
}

// Receive reads the next message into m. The payload of the message before
// must have been read. io.EOF means that the peer closed between messages.
func (c *Conn) Receive(m *Message) error {
	if c.payload > 0 {
		return fmt.Errorf("%w: %d bytes of payload were not read", ErrProtocol, c.payload)
	}
	line, err := c.line()
	if err != nil {
		return err
	}
	*m = Message{}
	if !quickParse(line, m, c.names) {
		*m = Message{}
		if err := json.Unmarshal(line, m); err != nil {
			return fmt.Errorf("%w: %q: %w", ErrProtocol, abbreviate(line), err)
		}
	}
	if m.Bytes < 0 || m.Bytes > MaxPayload {
		return fmt.Errorf("%w: message %s announces %d bytes", ErrProtocol, m.Type, m.Bytes)
	}
	c.payload = m.Bytes
	return nil
}

// Waiting tells whether the line of another message has arrived.
func (c *Conn) Waiting() bool {
	return c.payload == 0 && bytes.IndexByte(c.in[c.start:c.end], '\n') >= 0
}

// ReadPayload fills dst from the payload of the message just received.
func (c *Conn) ReadPayload(dst []byte) error {
	if int64(len(dst)) > c.payload {
		return fmt.Errorf("%w: %d bytes wanted of a payload of %d", ErrProtocol, len(dst), c.payload)
	}
	c.payload -= int64(len(dst))
	n := copy(dst, c.in[c.start:c.end])
	c.start += n
	_, err := io.ReadFull(c.r, dst[n:])
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// Payload reads the whole payload of the message just received into buf, which
// it grows as bytes arrive, never ahead of them by more than growBytes: a
// length that lies costs nothing.
func (c *Conn) Payload(buf []byte) ([]byte, error) {
	const growBytes = 1 << 20
	buf = buf[:0]
	for c.payload > 0 {
		n := int(min(c.payload, max(growBytes, int64(cap(buf)-len(buf)))))
		if cap(buf)-len(buf) < n {
			buf = append(make([]byte, 0, max(2*cap(buf), len(buf)+n)), buf...)
		}
		if err := c.ReadPayload(buf[len(buf) : len(buf)+n]); err != nil {
			return nil, err
		}
		buf = buf[:len(buf)+n]
	}
	return buf, nil
}

// line returns the next line without its end, valid until the next read.
func (c *Conn) line() ([]byte, error) {
	scanned := 0
	for {
		if i := bytes.IndexByte(c.in[c.start+scanned:c.end], '\n'); i >= 0 {
			line := c.in[c.start : c.start+scanned+i]
			c.start += scanned + i + 1
			return line, nil
		}
		scanned = c.end - c.start
		if scanned > c.MaxLineBytes {
			return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrProtocol, c.MaxLineBytes)
		}
		if c.start > 0 {
			copy(c.in, c.in[c.start:c.end])
			c.start, c.end = 0, scanned
		}
		if c.end == len(c.in) {
			c.in = append(c.in, make([]byte, len(c.in))...)
		}
		n, err := c.r.Read(c.in[c.end:])
		c.end += n
		if n > 0 {
			continue
		}
		if err == io.EOF && scanned > 0 {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
	}
}

func abbreviate(line []byte) []byte {
	if len(line) > 80 {
		return append(bytes.Clone(line[:77]), "..."...)
	}
	return line
}
