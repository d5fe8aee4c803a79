package wire_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/pipeline/worker"
	"github.com/weir-pipeline/weir/stages"
)

// said is a message of a conversation in PROTOCOL.md.
type said struct {
	byWorker bool
	message  wire.Message
	payload  []byte
	opaque   bool
}

// conversations are those of PROTOCOL.md. A field that the protocol does not
// have is an error of the page.
func conversations(t *testing.T) [][]said {
	t.Helper()
	page, err := os.ReadFile("../../PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	var all [][]said
	for _, block := range strings.Split(string(page), "```conversation\n")[1:] {
		text, _, _ := strings.Cut(block, "\n```")
		var conversation []said
		for _, line := range strings.Split(text, "\n") {
			mark, rest, _ := strings.Cut(line, " ")
			switch mark {
			case "<", ">":
				s := said{byWorker: mark == "<"}
				d := json.NewDecoder(strings.NewReader(rest))
				d.DisallowUnknownFields()
				if err := d.Decode(&s.message); err != nil {
					t.Fatalf("%s: %v", line, err)
				}
				conversation = append(conversation, s)
			case "<#", ">#":
				last := &conversation[len(conversation)-1]
				if last.opaque = rest == "*"; last.opaque {
					continue
				}
				payload, err := hex.DecodeString(rest)
				if err != nil {
					t.Fatalf("%s: %v", line, err)
				}
				last.payload = append(last.payload, payload...)
			default:
				t.Fatalf("a conversation has no line %q", line)
			}
		}
		all = append(all, conversation)
	}
	if len(all) < 4 {
		t.Fatalf("%d conversations are found", len(all))
	}
	return all
}

// TestAWorkerSaysWhatTheProtocolSays replays the coordinator's half.
func TestAWorkerSaysWhatTheProtocolSays(t *testing.T) {
	for _, conversation := range conversations(t) {
		t.Run("", func(t *testing.T) {
			var in, out bytes.Buffer
			coordinator := wire.NewConn(&out, &in)
			for _, s := range conversation {
				if s.opaque {
					continue
				}
				if s.message.Bytes != int64(len(s.payload)) {
					t.Errorf("%s announces %d bytes of %d", s.message.Type, s.message.Bytes, len(s.payload))
				}
				if !s.byWorker {
					if err := coordinator.Send(&s.message, s.payload); err != nil {
						t.Fatal(err)
					}
				}
			}
			_ = worker.Serve(wire.NewConn(&in, &out), stages.Builtin())
			for _, want := range conversation {
				if !want.byWorker {
					continue
				}
				var got wire.Message
				if err := coordinator.Receive(&got); err != nil {
					t.Fatalf("instead of %s: %v", want.message.Type, err)
				}
				payload, err := coordinator.Payload(nil)
				if err != nil {
					t.Fatal(err)
				}
				if want.opaque {
					got.Bytes = want.message.Bytes
				} else if !bytes.Equal(payload, want.payload) {
					t.Errorf("payload of %s is %x", got.Type, payload)
				}
				for _, m := range []*wire.Message{&got, &want.message} { // examples only
					m.Pid, m.LifetimeNano, m.SpansNano, m.Usage = 0, 0, nil, nil
				}
				if !reflect.DeepEqual(got, want.message) {
					t.Errorf("got  %+v\nwant %+v", got, want.message)
				}
			}
			var more wire.Message
			if err := coordinator.Receive(&more); err != io.EOF {
				t.Errorf("and then %+v, %v", more, err)
			}
		})
	}
}
