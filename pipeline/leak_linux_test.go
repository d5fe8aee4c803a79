package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/stages/result"
)

// TestARunLeavesNothingBehind counts goroutines, descriptors and child
// processes before and after runs that succeed, fail and are cancelled.
func TestARunLeavesNothingBehind(t *testing.T) {
	good := arrowTable(t, 20_000)
	bad := writeFile(t, "bad.csv", "a,b\n"+strings.Repeat("1,2\n", 100_000)+"1,\"two\n")
	wide := writeFile(t, "wide.csv", "a,b\n"+strings.Repeat("1,2\n", 100_000)+"1,2,3\n")
	for _, w := range ways() {
		options := pipeline.Options{Mode: w.mode, Codec: w.codec, Workers: 2, ChunkRows: 1000}
		t.Run(w.String()+", success", func(t *testing.T) {
			leavesNothing(t)
			if _, err := pipeline.Run(context.Background(), pipeline.Job{Inputs: []string{good}, Where: "x > 0"}, options); err != nil {
				t.Error(err)
			}
		})
		for name, path := range map[string]string{"a text that does not end": bad, "a field too many": wide} {
			t.Run(w.String()+", "+name, func(t *testing.T) {
				leavesNothing(t)
				_, err := pipeline.Run(context.Background(), pipeline.Job{Inputs: []string{path}}, options)
				if class := pipeline.Classify(err); class != pipeline.BadData {
					t.Errorf("class %d of %v", class, err)
				}
				if err != nil && strings.Contains(err.Error(), "leases") {
					t.Error(err)
				}
			})
		}
		t.Run(w.String()+", an expression that fails on a row", func(t *testing.T) {
			leavesNothing(t)
			_, err := pipeline.Run(context.Background(), pipeline.Job{Inputs: []string{good}, Derive: []string{"d = id // (id - 9000)"}, Select: "d"}, options)
			if class := pipeline.Classify(err); err != nil && class != pipeline.BadData {
				t.Errorf("class %d of %v", class, err)
			}
		})
		t.Run(w.String()+", a full disk", func(t *testing.T) {
			leavesNothing(t)
			full := errors.New("no space left")
			o := options
			o.Rows = rowsTo(func() error { return full })
			_, err := pipeline.Run(context.Background(), pipeline.Job{Inputs: []string{good}}, o)
			if !errors.Is(err, full) || pipeline.Classify(err) != pipeline.Failed {
				t.Errorf("class %d of %v", pipeline.Classify(err), err)
			}
		})
		t.Run(w.String()+", cancelled midway", func(t *testing.T) {
			leavesNothing(t)
			ctx, cancel := context.WithCancel(context.Background())
			o := options
			o.Rows = rowsTo(func() error { cancel(); return nil })
			_, err := pipeline.Run(ctx, pipeline.Job{Inputs: []string{good}}, o)
			if class := pipeline.Classify(err); class != pipeline.Interrupted {
				t.Errorf("class %d of %v", class, err)
			}
		})
	}
}

// rowsTo calls a function for each row of a result.
type rowsTo func() error

func (rowsTo) Columns([]result.Column) error { return nil }
func (f rowsTo) Row([]result.Value) error    { return f() }
func (rowsTo) Close() error                  { return nil }

// leavesNothing fails the test if it ends with more goroutines, descriptors or
// children than there are now.
func leavesNothing(t *testing.T) {
	t.Helper()
	before := holdings()
	t.Cleanup(func() {
		if within(5*time.Second, func() bool { return !holdings().more(before) }) {
			return
		}
		after := holdings()
		stacks := make([]byte, 1<<16)
		stacks = stacks[:runtime.Stack(stacks, true)]
		t.Errorf("before %v\n after %v\n%s", before, after, stacks)
	})
}

type held struct {
	goroutines, children int
	files                []string
}

func (h held) String() string {
	return fmt.Sprintf("%d goroutines, %d children, %d files %q", h.goroutines, h.children, len(h.files), h.files)
}

func (h held) more(than held) bool {
	return h.goroutines > than.goroutines || h.children > than.children || len(h.files) > len(than.files)
}

func holdings() held {
	h := held{goroutines: runtime.NumGoroutine()}
	fds, _ := filepath.Glob("/proc/self/fd/*")
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil {
			h.files = append(h.files, to)
		}
	}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, s := range stats {
		text, _ := os.ReadFile(s)
		if _, rest, ok := strings.Cut(string(text), ") "); ok {
			var state string
			var parent int
			if fmt.Sscan(rest, &state, &parent); parent == os.Getpid() {
				h.children++
			}
		}
	}
	return h
}
