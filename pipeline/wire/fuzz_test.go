package wire_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/pipeline/wire"
)

// FuzzConn: whatever a peer sends gives messages and payloads or an error, and
// memory for what came, not for what was announced.
func FuzzConn(f *testing.F) {
	f.Add([]byte(`{"type":"ready","version":1}` + "\n" + `{"type":"done","id":1,"bytes":3}` + "\nabc"))
	f.Add([]byte(`{"type":"done","bytes":1000000000000}` + "\nabc"))
	f.Add([]byte(`{"type":"chunk","columns":[{"dictionary":{"dictionary":{}}}]}` + "\n"))
	f.Fuzz(func(t *testing.T, said []byte) {
		conn := wire.NewConn(bytes.NewReader(said), io.Discard)
		for {
			var m wire.Message
			if conn.Receive(&m) != nil {
				return
			}
			payload, err := conn.Payload(nil)
			if err != nil {
				return
			}
			if int64(len(payload)) != m.Bytes || cap(payload) > 2*len(said)+2<<20 {
				t.Fatalf("%d bytes in room for %d of %d announced", len(payload), cap(payload), m.Bytes)
			}
		}
	})
}

func TestWhatAPeerMayNotSend(t *testing.T) {
	for name, c := range map[string]struct {
		said string
		want error
	}{
		"nothing":             {"", io.EOF},
		"half a line":         {`{"type":`, io.ErrUnexpectedEOF},
		"no JSON":             {"hello\n", wire.ErrProtocol},
		"a negative length":   {`{"type":"done","bytes":-1}` + "\n", wire.ErrProtocol},
		"an absurd length":    {`{"type":"done","bytes":2000000000000}` + "\n", wire.ErrProtocol},
		"a number as a text":  {`{"type":"done","id":"1"}` + "\n", wire.ErrProtocol},
		"a line without end":  {strings.Repeat("x", 300_000), wire.ErrProtocol},
		"half of its payload": {`{"type":"done","bytes":8}` + "\nabcd", io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			conn := wire.NewConn(strings.NewReader(c.said), io.Discard)
			conn.MaxLineBytes = 100_000
			var m wire.Message
			err := conn.Receive(&m)
			if err == nil {
				_, err = conn.Payload(nil)
			}
			if !errors.Is(err, c.want) {
				t.Errorf("error is %v, want %v", err, c.want)
			}
		})
	}
}

func TestAPayloadArrivesWhole(t *testing.T) {
	for _, size := range []int{0, 1, 4 << 10, 4<<10 + 1, 64 << 10, 3 << 20} {
		sent := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
		var pipe bytes.Buffer
		conn := wire.NewConn(&pipe, &pipe)
		for range 2 {
			if err := conn.Send(&wire.Message{Type: wire.Done, ID: 5}, sent[:size/3], sent[size/3:]); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			var m wire.Message
			if err := conn.Receive(&m); err != nil {
				t.Fatal(err)
			}
			got, err := conn.Payload(nil)
			if err != nil || !bytes.Equal(got, sent) || m.ID != 5 {
				t.Errorf("%d bytes: %d came, %v", size, len(got), err)
			}
		}
	}
}
