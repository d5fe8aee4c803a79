package pagecache_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/weir-pipeline/weir/storage/pagecache"
)

func TestAMissingFileIsAnError(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	_, err := pagecache.Resident(missing)
	for name, err := range map[string]error{
		"Resident": err,
		"Warm":     pagecache.Warm(context.Background(), missing),
		"Drop":     pagecache.Drop(missing),
	} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWarmReadsWhereverItRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 3<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := pagecache.Warm(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	r, err := pagecache.Resident(path)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil || r.Fraction() != 1 || r.SizeBytes != 3<<20 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestFraction(t *testing.T) {
	for r, want := range map[pagecache.Residency]float64{
		{}:                                    1,
		{SizeBytes: 10}:                       0,
		{ResidentBytes: 5, SizeBytes: 10}:     0.5,
		{ResidentBytes: 10, SizeBytes: 10}:    1,
		{ResidentBytes: 4096, SizeBytes: 1e6}: 4096e-6,
	} {
		if got := r.Fraction(); got != want {
			t.Errorf("%+v is %v resident, want %v", r, got, want)
		}
	}
}
