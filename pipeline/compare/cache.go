package compare

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/storage/csvfile"
	"github.com/weir-pipeline/weir/storage/open"
	"github.com/weir-pipeline/weir/storage/pagecache"
)

// Cache is what is done to the page cache before each run.
type Cache string

// The states in which runs can find their inputs.
const (
	Warm Cache = "warm"  // the inputs are read first, if they are not in the page cache
	Cold Cache = "cold"  // the inputs' pages are dropped from the page cache; Linux only
	AsIs Cache = "as-is" // nothing is done
)

// Caches are all of them.
func Caches() []Cache { return []Cache{Warm, Cold, AsIs} }

// ParseCache finds a state by its name; "" is Warm.
func ParseCache(name string) (Cache, error) {
	if name == "" {
		return Warm, nil
	}
	var names []string
	for _, c := range Caches() {
		if string(c) == name {
			return c, nil
		}
		names = append(names, string(c))
	}
	return "", fmt.Errorf("unknown state of the page cache %q: use one of %s", name, strings.Join(names, ", "))
}

// NotKnown is the resident fraction where the system does not tell.
const NotKnown = -1

// prepare brings the files into the state that c means. It returns the resident
// fraction of their bytes before and after.
func (c Cache) prepare(ctx context.Context, files []string) (before, after float64, err error) {
	before, err = Resident(files)
	if err != nil || c == AsIs || c == Warm && before == 1 {
		return before, before, err
	}
	for _, f := range files {
		if c == Cold {
			err = pagecache.Drop(f)
		} else {
			err = pagecache.Warm(ctx, f)
		}
		if err != nil {
			return before, before, c.explain(err)
		}
	}
	after, err = Resident(files)
	return before, after, err
}

func (c Cache) explain(err error) error {
	var kept *pagecache.KeptError
	switch {
	case errors.As(err, &kept):
		return fmt.Errorf("a cold cache was asked for: %w, or compare with a warm cache", err)
	case errors.Is(err, errors.ErrUnsupported):
		return &pipeline.UsageError{Err: fmt.Errorf("a cold cache was asked for: %w; compare with a warm cache", err)}
	}
	return err
}

// Resident is how much of the files' bytes is in the page cache now, as a
// fraction, or NotKnown.
func Resident(files []string) (float64, error) {
	var all pagecache.Residency
	for _, f := range files {
		r, err := pagecache.Resident(f)
		if errors.Is(err, errors.ErrUnsupported) {
			return NotKnown, nil
		}
		if err != nil {
			return NotKnown, err
		}
		all.ResidentBytes += r.ResidentBytes
		all.SizeBytes += r.SizeBytes
	}
	return all.Fraction(), nil
}

// Files lists the files that the job reads, which have to be files: what can
// be read once cannot be compared.
func Files(ctx context.Context, job pipeline.Job, o pipeline.Options) ([]string, error) {
	files, err := open.Files(ctx, job.Inputs, open.Options{Formats: open.Builtin(csvfile.Options{Types: o.Types, Comma: o.Comma})})
	var stream *open.StreamError
	if errors.As(err, &stream) {
		return nil, &pipeline.UsageError{Err: fmt.Errorf("a comparison reads its inputs many times, but %w", err)}
	}
	return files, err
}
