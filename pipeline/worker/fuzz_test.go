package worker

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/pipeline/chain"
	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// hello is the coordinator's first line for a chain over columns v and t.
func hello(t testing.TB, mode, codec string) string {
	t.Helper()
	spec := chain.Spec{
		Columns:   chunk.Schema{{Name: "v", Type: chunk.Type{ID: chunk.Int64}}, {Name: "t", Type: chunk.Type{ID: chunk.String}}},
		Aggregate: "sum(v), max(t)",
	}
	text, err := spec.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"type":"hello","version":1,"name":"worker 1","mode":%q,"codec":%q,"chain":%s}`+"\n", mode, codec, text)
}

// noFiles keeps a fuzzer from this process's descriptors and from the files of
// whoever runs it.
func noFiles(*wire.Segment) (*os.File, error) { return nil, errors.New("no files here") }

// FuzzServe: a coordinator that sends anything after a good hello gets replies
// and an end, never a crash or a bug's own error.
func FuzzServe(f *testing.F) {
	for _, said := range []string{
		`{"type":"chunk","id":1,"rows":2,"bytes":16}` + "\n[[1,2],[\"a\",\"\"]]",
		`{"type":"flush"}` + "\n" + `{"type":"end"}` + "\n",
		`{"type":"segment","segment":{"id":1,"size_bytes":4096,"fd":5}}` + "\n",
		`{"type":"chunk","id":1,"rows":1,"columns":[{"name":"v","type":"int64","rows":1,"values":{"segment":1,"offset":0,"length":8}}]}` + "\n",
		`{"type":"chunk","id":1,"rows":-1}` + "\n",
	} {
		for which := range byte(5) {
			f.Add(which, []byte(said))
		}
	}
	ways := [][2]string{{"pipe", "raw"}, {"pipe", "arrow"}, {"pipe", "gob"}, {"pipe", "json"}, {"mmap", ""}}
	catalog := stages.Builtin()
	f.Fuzz(func(t *testing.T, which byte, said []byte) {
		way := ways[int(which)%len(ways)]
		var replies bytes.Buffer
		conn := wire.NewConn(io.MultiReader(strings.NewReader(hello(t, way[0], way[1])), bytes.NewReader(said)), &replies)
		if err := serve(conn, catalog, noFiles); err != nil && strings.Contains(err.Error(), "goroutine ") {
			t.Fatal(err)
		}
		back := wire.NewConn(&replies, io.Discard)
		for {
			var m wire.Message
			if err := back.Receive(&m); err == io.EOF {
				return
			} else if err != nil {
				t.Fatal(err)
			}
			if _, err := back.Payload(nil); err != nil {
				t.Fatal(err)
			}
		}
	})
}
