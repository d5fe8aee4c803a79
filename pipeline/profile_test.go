package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	runtimepprof "runtime/pprof"
	"slices"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/profile"
	"github.com/weir-pipeline/weir/pipeline/wire"
)

// misprofiles are the ways in which a worker that was asked for profiles can do
// wrong, and a part of the error that says so.
var misprofiles = []struct{ name, want string }{
	{"sends garbage as a profile", "malformed cpu profile"},
	{"sends an empty profile", "malformed cpu profile"},
	{"sends a profile that is too long", "more than 16777216"},
	{"sends a profile of a kind that there is not", "nobody asked for"},
	{"sends a profile twice", "second heap profile"},
	{"sends a profile before the end", "before the end"},
	{"sends a profile without its partial", "without its partial"},
	{"dies in the middle of a profile", "killed"},
}

// misprofile is the part of misbehave that is about profiles. until answers as a
// worker should until a message of some type has come.
func misprofile(how string, conn *wire.Conn, until func(wire.Type) wire.Message) {
	send := func(kind string, compressed []byte) {
		_ = conn.Send(&wire.Message{Type: wire.Profile, Kind: kind}, compressed)
	}
	switch how {
	case "sends a profile that nobody asked for":
		until(wire.End)
		send("cpu", []byte("unwanted"))
	case "sends garbage as a profile":
		until(wire.End)
		send("cpu", []byte("Traceback (most recent call last)"))
	case "sends an empty profile":
		until(wire.End)
		send("cpu", nil)
	case "sends a profile that is too long":
		until(wire.End)
		send("cpu", make([]byte, profile.MaxBytes+1))
	case "sends a profile of a kind that there is not":
		until(wire.End)
		send("mutex", []byte("unwanted"))
	case "sends a profile twice":
		until(wire.End)
		var heap bytes.Buffer
		_ = runtimepprof.WriteHeapProfile(&heap)
		send("heap", heap.Bytes())
		send("heap", heap.Bytes())
	case "sends a profile before the end":
		send("cpu", nil)
	case "sends a profile without its partial":
		for m := (wire.Message{}); m.Type != wire.End; {
			if conn.Receive(&m) != nil {
				os.Exit(0)
			}
			_, _ = conn.Payload(nil)
			if m.Type == wire.ChunkData {
				_ = conn.Send(&wire.Message{Type: wire.Done, ID: m.ID})
			}
		}
		send("cpu", nil)
	case "dies in the middle of a profile":
		until(wire.End)
		_, _ = os.NewFile(procs.OutFD, "out").WriteString(`{"type":"profile","kind":"cpu","bytes":1000}` + "\nten bytes.")
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill()
		}
		select {}
	case "takes no profile":
		until(wire.End)
		_ = conn.Send(&wire.Message{Type: wire.Bye})
		os.Exit(0)
	}
}

// Profiles are taken of all processes, and the result is the same as without.
func TestARunIsProfiled(t *testing.T) {
	path := arrowTable(t, 20_000)
	job := pipeline.Job{Inputs: []string{path}, Aggregate: "sum(x), stddev(x)", By: "k"}
	plain, err := pipeline.Run(context.Background(), job, pipeline.Options{Mode: pipeline.Sequential})
	if err != nil {
		t.Fatal(err)
	}
	if len(plain.Report.Warnings) > 0 {
		t.Errorf("warnings of a run without a profile: %q", plain.Report.Warnings)
	}
	for _, mode := range pipeline.Modes() {
		t.Run(string(mode), func(t *testing.T) {
			c := profile.New(profile.Options{CPU: true, Heap: true})
			res, err := pipeline.Run(context.Background(), job, pipeline.Options{Mode: mode, Workers: 2, ChunkRows: 1000, Profile: c})
			if errors.Is(err, procs.ErrUnsupported) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			if res.Report.Digest != plain.Report.Digest {
				t.Error("the result differs")
			}
			if w := res.Report.Warnings; len(w) != 1 || !strings.Contains(w[0], "a profile was taken") {
				t.Errorf("warnings are %q", w)
			}
			want := []string{profile.Coordinator}
			if mode == pipeline.Pipe || mode == pipeline.Mmap {
				want = append(want, "worker 1", "worker 2")
			}
			for _, k := range []profile.Kind{profile.CPU, profile.Heap} {
				if got := c.Processes(k); !slices.Equal(got, want) {
					t.Errorf("%s profiles of %q, want %q", k, got, want)
				}
			}
		})
	}
}

// A program that takes a CPU profile of its own hears why weir cannot.
func TestAProgramThatProfilesAlready(t *testing.T) {
	var own bytes.Buffer
	if err := runtimepprof.StartCPUProfile(&own); err != nil {
		t.Fatal(err)
	}
	defer runtimepprof.StopCPUProfile()
	path := arrowTable(t, 1000)
	for _, mode := range pipeline.Modes() {
		c := profile.New(profile.Options{CPU: true})
		_, err := pipeline.Run(context.Background(), pipeline.Job{Inputs: []string{path}, Aggregate: "count()"}, pipeline.Options{Mode: mode, Profile: c})
		if !errors.Is(err, profile.ErrInUse) {
			t.Errorf("%s: error is %v", mode, err)
		}
	}
}

// A run that fails ends its CPU profile: the next run can take one.
func TestAFailedRunEndsItsProfile(t *testing.T) {
	path := arrowTable(t, 1000)
	c := profile.New(profile.Options{CPU: true})
	for i, aggregate := range []string{"sum(nosuch)", "max(id // 0)", "count()"} {
		_, err := pipeline.Run(context.Background(), pipeline.Job{Inputs: []string{path}, Aggregate: aggregate}, pipeline.Options{Profile: c})
		if (err == nil) != (i == 2) || errors.Is(err, profile.ErrInUse) {
			t.Errorf("%s: %v", aggregate, err)
		}
		if got := fmt.Sprint(c.Processes(profile.CPU)); (got == "[coordinator]") != (i == 2) {
			t.Errorf("%s: profiles of %s", aggregate, got)
		}
	}
}
