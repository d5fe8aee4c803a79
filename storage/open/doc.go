// Package open makes one dataset of many files: it finds the files that the
// inputs of a command mean, tells their formats, checks that they have the same
// columns and lists their splits in one order.
//
// An input is a file, a directory (its data files at any depth; names that
// begin with a dot or an underscore are left out, symbolic links to
// directories not followed), a glob (*, ?, [..], and ** for any number of
// directories), or - for standard input. Inputs are read in the order given,
// the files of a directory or glob sorted by name. A file that is named twice,
// say by two globs, is read once, and a warning says so.
package open

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// Options say how to open a dataset.
type Options struct {
	Formats []Format // the formats that files may have, see Builtin
	Stdin   *os.File // what the input - means; nil is os.Stdin. It stays the caller's.
	TempDir string   // where an input that is no file is kept while it is read; "" is os.TempDir()
	MaxOpen int      // most files kept open at once; 0 is half of what the system allows

	// Spooling is called when a stream is about to be copied to a temporary file,
	// and what it returns when that is done. nil: nobody is told.
	Spooling func() (done func())
}

// Dataset is files of the same columns. It is safe for concurrent use.
type Dataset struct {
	schema   chunk.Schema
	entries  []*entry
	pool     *pool
	warnings []string
	spooled  int64
	size     int64
}

// FileInfo describes a file of a dataset.
type FileInfo struct {
	Name      string // as the user named it, or found it
	Format    string // name of the Format
	SizeBytes int64
	Rows      int64 // -1 when only reading will tell
}

// Open opens the files that the inputs mean. Close the dataset after use.
func Open(ctx context.Context, inputs []string, opts Options) (*Dataset, error) {
	if len(inputs) == 0 {
		return nil, errors.New("no input: name files, directories, globs or - for standard input")
	}
	found, err := find(ctx, inputs, opts)
	if err != nil {
		return nil, err
	}
	d := &Dataset{pool: newPool(opts.MaxOpen, len(found.sources)), warnings: found.warnings, spooled: found.spooledBytes}
	for _, s := range found.sources {
		d.entries = append(d.entries, &entry{source: s})
	}
	if err := d.open(ctx, opts.Formats); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *Dataset) open(ctx context.Context, formats []Format) error {
	err := each(len(d.entries), func(i int) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return d.pool.first(ctx, d.entries[i], formats)
	})
	if err != nil {
		return err
	}
	for _, e := range d.entries {
		d.size += e.info.SizeBytes
		if e.warning != "" {
			d.warnings = append(d.warnings, e.warning)
		}
	}
	return d.unify(ctx)
}

// Schema is the columns of the dataset, in the order of its first file. The
// caller must not change it.
func (d *Dataset) Schema() chunk.Schema { return d.schema }

// Files describes the files in dataset order.
func (d *Dataset) Files() []FileInfo {
	infos := make([]FileInfo, len(d.entries))
	for i, e := range d.entries {
		infos[i] = e.info
	}
	return infos
}

// SizeBytes is the size of all files.
func (d *Dataset) SizeBytes() int64 { return d.size }

// SpooledBytes is how much of the inputs was no file and had to be written to
// one first.
func (d *Dataset) SpooledBytes() int64 { return d.spooled }

// Warnings says in a line each what the user should know about the inputs.
func (d *Dataset) Warnings() []string { return d.warnings }

// File is file i as it is open now, for callers that ask whether it is
// format.Mapped. A dataset of more files than may be open at once closes those
// that nobody reads, and File is nil for them: it is certain while a reader of
// the file is open or a chunk from it is held.
func (d *Dataset) File(i int) format.File { return d.pool.current(d.entries[i]) }

// Close closes the files. No reader is open and no chunk is held any more.
func (d *Dataset) Close() error {
	var errs []error
	for _, e := range d.entries {
		errs = append(errs, d.pool.close(e))
		e.source.close()
	}
	return errors.Join(errs...)
}

// each calls f for 0 to n-1 on several goroutines and returns the error of the
// lowest number, so that a message does not depend on who came first.
func each(n int, f func(i int) error) error {
	var (
		next   atomic.Int64
		mu     sync.Mutex
		lowest = n
		first  error
		done   sync.WaitGroup
	)
	work := func() {
		defer done.Done()
		for {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			if err := f(i); err != nil {
				mu.Lock()
				if i < lowest {
					lowest, first = i, err
				}
				mu.Unlock()
				next.Store(int64(n)) // those below i are under way already
			}
		}
	}
	lanes := min(n, runtime.GOMAXPROCS(0))
	done.Add(lanes)
	for range lanes {
		go work()
	}
	done.Wait()
	return first
}

// bad is an error about the content of a file.
func bad(name, text string, args ...any) error {
	return &format.Error{File: name, Err: fmt.Errorf(text, args...)}
}
