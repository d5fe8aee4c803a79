package open

import (
	"context"
	"fmt"
	"slices"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// Split is a split of one of the dataset's files. The embedded Split is the
// file's own and has its own Index.
type Split struct {
	format.Split
	File  int // position in Files
	Index int // position in the dataset: chunks carry it

	generation int // of the opening of the file that Split.Part belongs to
}

// Splits lists the splits of all files in dataset order. Columns and intervals
// of the request count the dataset's columns.
func (d *Dataset) Splits(req format.Request) ([]Split, error) {
	perFile := make([][]format.Split, len(d.entries))
	generations := make([]int, len(d.entries))
	err := each(len(d.entries), func(i int) error {
		e := d.entries[i]
		file, done, err := d.pool.acquire(e)
		if err != nil {
			return err
		}
		defer done()
		generations[i] = d.pool.generation(e)
		perFile[i], err = file.Splits(d.translate(e, req))
		return err
	})
	if err != nil {
		return nil, err
	}
	var all []Split
	for i, splits := range perFile {
		for _, s := range splits {
			all = append(all, Split{Split: s, File: i, Index: len(all), generation: generations[i]})
		}
	}
	return all, nil
}

// Open starts reading a split that Splits returned for an equal request. The
// chunks carry the split's Index and their position in it.
func (d *Dataset) Open(split Split, req format.Request, mem chunk.Memory, meter format.Meter) (format.Reader, error) {
	e := d.entries[split.File]
	file, done, err := d.pool.acquire(e)
	if err != nil {
		return nil, err
	}
	own := d.translate(e, req)
	part := split.Split
	if d.pool.generation(e) != split.generation {
		// The file was closed in between. What the split says in the format's
		// own words may hang on what is gone, so it is asked for again.
		if part, err = splitAgain(file, e, own, part.Index); err != nil {
			done()
			return nil, err
		}
	}
	inner, err := file.Open(part, own, mem, meter)
	if err != nil {
		done()
		return nil, err
	}
	return &reader{inner: inner, split: split.Index, pool: d.pool, entry: e, done: done}, nil
}

func splitAgain(file format.File, e *entry, req format.Request, index int) (format.Split, error) {
	splits, err := file.Splits(req)
	if err != nil {
		return format.Split{}, err
	}
	for _, s := range splits {
		if s.Index == index {
			return s, nil
		}
	}
	return format.Split{}, fmt.Errorf("%s: split %d was there and is not any more", e.name, index+1)
}

// Pruned counts the splits and rows that req.Prune excludes, in the files that
// can tell.
func (d *Dataset) Pruned(req format.Request) (splits int, rows int64) {
	if len(req.Prune) == 0 {
		return 0, 0
	}
	for _, e := range d.entries {
		file, done, err := d.pool.acquire(e)
		if err != nil {
			continue // reading the file will say so
		}
		if p, ok := file.(format.Pruner); ok {
			s, r := p.Pruned(d.translate(e, req))
			splits += s
			rows += r
		}
		done()
	}
	return splits, rows
}

// translate is a request for the dataset as one for a file: with the file's
// columns, and with its share of the lanes, so that small files are not cut
// into splits for all of them.
func (d *Dataset) translate(e *entry, req format.Request) format.Request {
	if n := int64(max(req.Parallel, 1)); len(d.entries) > 1 && d.size > 0 {
		share := float64(e.info.SizeBytes) / float64(d.size)
		req.Parallel = int(min(n, int64(share*float64(n))+1))
	}
	if e.columns == nil {
		return req
	}
	req.Columns = slices.Clone(req.Columns)
	for k, j := range req.Columns {
		req.Columns[k] = e.columns[j]
	}
	req.Prune = slices.Clone(req.Prune)
	for k := range req.Prune {
		req.Prune[k].Column = e.columns[req.Prune[k].Column]
	}
	return req
}

func (p *pool) generation(e *entry) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return e.generation
}

// reader keeps its file open, and numbers the chunks.
type reader struct {
	inner format.Reader
	split int
	next  int
	pool  *pool
	entry *entry
	done  func()
}

func (r *reader) Next(ctx context.Context, c *chunk.Chunk) error {
	if err := r.inner.Next(ctx, c); err != nil {
		return err
	}
	c.Split, c.Index = r.split, r.next
	r.next++
	if r.pool.bounded {
		// The chunk may point into a mapping of the file.
		r.pool.hold(r.entry)
		c.Hold(pin{r.pool, r.entry})
	}
	return nil
}

func (r *reader) Close() error {
	if r.done == nil {
		return nil
	}
	err := r.inner.Close()
	r.done()
	r.done = nil
	return err
}

// pin is a chunk's hold on its file.
type pin struct {
	pool  *pool
	entry *entry
}

func (p pin) Alloc(int) []byte { panic("open: alloc from a file") }
func (p pin) Trim()            {}
func (p pin) Retain()          { p.pool.hold(p.entry) }
func (p pin) Release()         { p.pool.release(p.entry) }

// hold adds a user to a file that has one.
func (p *pool) hold(e *entry) {
	p.mu.Lock()
	e.users++
	p.mu.Unlock()
}
