package open

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Files names what Open opens, in the same order.
func TestFilesAreThoseOfTheDataset(t *testing.T) {
	lay(t, map[string]string{"a/1.csv": "table:1", "a/b/2.csv": "table:1", "a/_left-out.csv": "table:1", "c.csv": "table:1", "d.csv": "table:1"})
	for _, inputs := range [][]string{{"a"}, {"c.csv", "a"}, {"?.csv"}, {"**/*.csv", "c.csv"}, {"d.csv", "d.csv"}} {
		got, err := Files(context.Background(), inputs, Options{Formats: Builtin(CSV{})})
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, f := range dataset(t, inputs, Options{}).Files() {
			want = append(want, f.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q are %q, want %q", inputs, got, want)
		}
	}
}

func TestFilesRefusesWhatCanBeReadOnce(t *testing.T) {
	for _, input := range []string{"-", os.DevNull} {
		var stream *StreamError
		if _, err := Files(context.Background(), []string{input}, Options{}); !errors.As(err, &stream) || stream.Input != input {
			t.Errorf("%s: error is %v", input, err)
		}
	}
	if _, err := Files(context.Background(), []string{filepath.Join(t.TempDir(), "missing")}, Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: error is %v", err)
	}
}
