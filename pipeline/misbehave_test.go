package pipeline_test

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/wire"
)

const (
	misbehaviour = "WEIR_TEST_WORKER"      // what a worker does wrong
	pidDir       = "WEIR_TEST_PIDS"        // where it leaves its number
	coordinated  = "WEIR_TEST_COORDINATOR" // the input of a run in a process of its own
)

// wrongs are the ways in which a worker can fail its coordinator, and a part of
// the error that says so.
var wrongs = []struct{ name, want string }{
	{"dies before ready", "killed"},
	{"dies after ready", "killed"},
	{"dies in the middle of a chunk", "killed"},
	{"dies before done", "killed"},
	{"dies before the partial", "killed"},
	{"adds bytes to an empty partial", "comes with 1000 bytes"},
	{"dies before bye", "killed"},
	{"dies and leaves a child that holds its pipes", "killed"},
	{"ends without a word", "ended"},
	{"prints and exits", "its last words: out of luck"},
	{"sends garbage", "worker protocol violated"},
	{"sends a line without end", "line of more than"},
	{"lies about a length", "ended"},
	{"announces an impossible length", "announces"},
	{"sends an unknown message", `"surprise"`},
	{"speaks another version", "version 99"},
	{"is done before it is ready", "before ready"},
	{"is ready twice", "ready twice"},
	{"is done with a chunk that it does not have", "which it does not have"},
	{"is done twice", "which it does not have"},
	{"returns malformed rows", "malformed rows"},
	{"returns half a row", "malformed rows"},
	{"sends a partial that nobody asked for", "nobody asked for"},
	{"sends two partials", "second partial"},
	{"says bye before the end", "bye before the end"},
	{"says bye without its partial", "without its partial"},
	{"claims to have lived before it was born", "in a life of"},
	{"sends a profile that nobody asked for", "nobody asked for"},
	{"closes its output", "broke off the conversation"},
	{"closes its input", "does not read messages any more"},
}

// misbehave is the main function of a worker that does what its name says.
func misbehave(how string) {
	if dir := os.Getenv(pidDir); dir != "" {
		_ = os.WriteFile(dir+"/"+strconv.Itoa(os.Getpid()), nil, 0o666)
	}
	in, out := os.NewFile(procs.InFD, "in"), os.NewFile(procs.OutFD, "out")
	conn := wire.NewConn(in, out)
	die := func() {
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill()
		}
		select {}
	}
	send := func(m wire.Message, payload ...[]byte) { _ = conn.Send(&m, payload...) }
	line := func(s string) { _, _ = out.WriteString(s + "\n") }
	receive := func() (m wire.Message) {
		if conn.Receive(&m) != nil {
			os.Exit(0)
		}
		return m
	}
	// until answers as a worker should, with no rows, until a message of type t
	// has come.
	until := func(t wire.Type) wire.Message {
		for {
			m := receive()
			if m.Type == t {
				return m
			}
			_, _ = conn.Payload(nil)
			switch m.Type {
			case wire.ChunkData:
				send(wire.Message{Type: wire.Done, ID: m.ID})
			case wire.Flush:
				send(wire.Message{Type: wire.Partial})
			}
		}
	}
	ready := func() {
		until(wire.Hello)
		send(wire.Message{Type: wire.Ready, Version: wire.Version, Pid: os.Getpid()})
	}
	switch how {
	case "dies before ready":
		die()
	case "ends without a word":
		os.Exit(0)
	case "prints and exits":
		_, _ = os.Stderr.WriteString("out of luck\n")
		os.Exit(3)
	case "sends garbage":
		line("Traceback (most recent call last):")
		select {}
	case "sends a line without end":
		for {
			if _, err := out.WriteString(strings.Repeat("x", 1<<16)); err != nil {
				os.Exit(0)
			}
		}
	case "speaks another version":
		line(`{"type":"ready","version":99}`)
	case "is done before it is ready":
		line(`{"type":"done","id":1}`)
	case "hangs":
		for { // ends when its input does, as a worker should
			receive()
			_, _ = conn.Payload(nil)
		}
	case "sleeps":
		time.Sleep(time.Hour)
	}
	ready()
	misprofile(how, conn, until)
	switch how {
	case "dies after ready":
		die()
	case "dies in the middle of a chunk":
		m := until(wire.ChunkData)
		_ = conn.ReadPayload(make([]byte, m.Bytes/2))
		die()
	case "dies before done":
		until(wire.ChunkData)
		_, _ = conn.Payload(nil)
		die()
	case "dies and leaves a child that holds its pipes":
		child := exec.Command("sleep", "1000")
		child.ExtraFiles = []*os.File{in, out}
		_ = child.Start()
		die()
	case "dies before the partial":
		until(wire.Flush)
		die()
	case "adds bytes to an empty partial", "dies in the middle of the partial":
		until(wire.Flush)
		line(`{"type":"partial","bytes":1000}` + "\nten bytes.")
		die()
	case "dies before bye":
		until(wire.End)
		die()
	case "lies about a length":
		m := until(wire.ChunkData)
		line(`{"type":"done","id":` + strconv.Itoa(int(m.ID)) + `,"bytes":1000000000000}`)
		os.Exit(0)
	case "announces an impossible length":
		m := until(wire.ChunkData)
		line(`{"type":"done","id":` + strconv.Itoa(int(m.ID)) + `,"bytes":-1}`)
	case "sends an unknown message":
		line(`{"type":"surprise"}`)
	case "is ready twice":
		line(`{"type":"ready","version":1}`)
	case "is done with a chunk that it does not have":
		send(wire.Message{Type: wire.Done, ID: 1 << 40})
	case "is done twice":
		m := until(wire.ChunkData)
		send(wire.Message{Type: wire.Done, ID: m.ID})
		send(wire.Message{Type: wire.Done, ID: m.ID})
	case "returns malformed rows":
		m := until(wire.ChunkData)
		send(wire.Message{Type: wire.Done, ID: m.ID}, []byte("\xee no row"))
	case "returns half a row":
		m := until(wire.ChunkData)
		send(wire.Message{Type: wire.Done, ID: m.ID}, []byte{2, 1, 0})
	case "sends a partial that nobody asked for":
		send(wire.Message{Type: wire.Partial})
	case "sends two partials":
		until(wire.Flush)
		send(wire.Message{Type: wire.Partial})
		send(wire.Message{Type: wire.Partial})
	case "says bye before the end":
		send(wire.Message{Type: wire.Bye})
	case "says bye without its partial":
		until(wire.Flush)
		until(wire.End)
		send(wire.Message{Type: wire.Bye})
	case "claims to have lived before it was born":
		until(wire.End)
		send(wire.Message{Type: wire.Bye, LifetimeNano: 1 << 60, SpansNano: map[string]int64{"compute": 1 << 60}})
	case "returns a malformed partial":
		until(wire.Flush)
		send(wire.Message{Type: wire.Partial}, []byte("not a partial"))
	case "closes its output":
		out.Close()
	case "closes its input":
		in.Close()
	}
	select {} // what it did is to be found out, not waited for
}
