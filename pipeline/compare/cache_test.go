package compare_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/storage/pagecache"
)

func TestCacheStates(t *testing.T) {
	for _, c := range []struct {
		cache   compare.Cache
		cold    bool // the inputs, to begin with
		least   float64
		most    float64
		touched bool // Found differs from Resident at the first run
	}{
		{compare.Warm, false, 1, 1, false},
		{compare.Warm, true, 1, 1, true},
		{compare.Cold, false, 0, 0, true},
		{compare.AsIs, false, 1, 1, false},
	} {
		t.Run(string(c.cache), func(t *testing.T) {
			dir := filepath.Dir(table(t, 20_000))
			if err := pagecache.Drop(filepath.Join(dir, "t.parquet")); err != nil {
				t.Skip(err)
			}
			if !c.cold {
				if err := pagecache.Warm(context.Background(), filepath.Join(dir, "t.parquet")); err != nil {
					t.Fatal(err)
				}
			}
			var found float64
			got, err := compare.Run(context.Background(), pipeline.Job{Inputs: []string{dir}, Aggregate: "sum(x)"}, compare.Options{
				Trials: 2, Cache: c.cache, Modes: []pipeline.Mode{pipeline.Sequential, pipeline.Mmap},
				Progress: func(done, _ int, _ compare.Way) {
					if r, err := pagecache.Resident(filepath.Join(dir, "t.parquet")); err != nil {
						t.Error(err)
					} else if done == 0 {
						found = r.Fraction()
					}
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			if least, most := got.Resident(); least != c.least || most != c.most {
				t.Errorf("%v to %v are resident, want %v to %v", least, most, c.least, c.most)
			}
			if (found != c.least) != c.touched {
				t.Errorf("%v was resident before the first run", found)
			}
		})
	}
}

func TestColdCacheOfAMemoryFileSystemIsAnError(t *testing.T) {
	dir, err := os.MkdirTemp("/dev/shm", "compare-test-")
	if err != nil {
		t.Skip(err)
	}
	defer os.RemoveAll(dir)
	text, err := os.ReadFile(table(t, 1000))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "t.parquet")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = compare.Run(context.Background(), pipeline.Job{Inputs: []string{path}, Aggregate: "count()"}, compare.Options{Cache: compare.Cold})
	var kept *pagecache.KeptError
	if !errors.As(err, &kept) || kept.Path != path {
		t.Errorf("error is %v", err)
	}
}

func TestColdCacheWhereItCannotBeHad(t *testing.T) {
	if runtime.GOOS == "linux" {
		t.Skip("here it can")
	}
	_, err := compare.Run(context.Background(), pipeline.Job{Inputs: []string{table(t, 10)}, Aggregate: "count()"}, compare.Options{Cache: compare.Cold})
	if pipeline.Classify(err) != pipeline.Usage {
		t.Errorf("error is %v", err)
	}
}
