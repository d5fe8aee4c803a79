package open

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// entry is one file of a dataset. What is above the line is set while the
// dataset is opened and constant afterwards.
type entry struct {
	source
	info    FileInfo
	warning string
	format  Format
	open    format.Opener // with types as the dataset wants them
	schema  chunk.Schema
	columns []int // position in the file of a column of the dataset; nil: the same
	changed time.Time

	opening sync.Mutex // held while the file is opened

	// Guarded by pool.mu.
	file       format.File // nil while closed
	generation int         // how often it has been opened
	users      int
	older      *entry // neighbours among the idle: older are closed first
	newer      *entry
	idle       bool
}

// pool keeps as many files open as the system allows. Those that nobody uses
// are closed, the one used longest ago first, when others have to be opened.
type pool struct {
	limit   int
	bounded bool // there are more files than may be open: users have to be counted

	mu     sync.Mutex
	opened int
	oldest *entry
	newest *entry
}

func newPool(limit, files int) *pool {
	if limit <= 0 {
		limit = max(8, min(descriptorLimit()/2, 16384))
	}
	return &pool{limit: limit, bounded: files > limit}
}

// first opens a file for the first time and finds out what it is.
func (p *pool) first(ctx context.Context, e *entry, formats []Format) error {
	_, done, err := p.use(e, func(f *os.File, info os.FileInfo) (format.File, error) {
		var err error
		e.changed = info.ModTime()
		e.info = FileInfo{Name: e.name, SizeBytes: info.Size(), Rows: -1}
		if e.format, e.warning, err = identify(e.name, f, info.Size(), formats); err != nil {
			return nil, err
		}
		e.info.Format, e.open = e.format.Name, e.format.Open
		file, err := e.open(ctx, e.name, f, info.Size())
		if err != nil {
			return nil, err
		}
		e.schema = file.Schema()
		if e.format.RowsKnown {
			if e.info.Rows, err = countRows(file); err != nil {
				file.Close()
				return nil, err
			}
		}
		return file, nil
	})
	if err == nil {
		done()
	}
	return err
}

func countRows(file format.File) (int64, error) {
	splits, err := file.Splits(format.Request{MaxRows: 1 << 20})
	if err != nil {
		return 0, err
	}
	var rows int64
	for _, s := range splits {
		if s.Rows < 0 {
			return -1, nil
		}
		rows += s.Rows
	}
	return rows, nil
}

// acquire is the file, open until done has been called.
func (p *pool) acquire(e *entry) (_ format.File, done func(), _ error) {
	return p.use(e, func(f *os.File, info os.FileInfo) (format.File, error) {
		if e.path != "" && (info.Size() != e.info.SizeBytes || !info.ModTime().Equal(e.changed)) {
			return nil, fmt.Errorf("%s: the file was changed while it was read", e.name)
		}
		return e.open(context.Background(), e.name, f, info.Size())
	})
}

// reopen replaces the file by what another Opener makes of it.
func (p *pool) reopen(ctx context.Context, e *entry, open format.Opener) error {
	if err := p.close(e); err != nil {
		return err
	}
	e.open = open
	_, done, err := p.use(e, func(f *os.File, info os.FileInfo) (format.File, error) {
		file, err := open(ctx, e.name, f, info.Size())
		if err == nil {
			e.schema = file.Schema()
		}
		return file, err
	})
	if err == nil {
		done()
	}
	return err
}

type opener func(f *os.File, info os.FileInfo) (format.File, error)

func (p *pool) use(e *entry, open opener) (format.File, func(), error) {
	e.opening.Lock()
	defer e.opening.Unlock()
	p.mu.Lock()
	if e.file == nil {
		var victims []format.File
		for p.opened >= p.limit && p.oldest != nil {
			victims = append(victims, p.evict())
		}
		p.opened++
		p.mu.Unlock()
		for _, v := range victims {
			v.Close()
		}
		file, err := p.openFile(e, open)
		p.mu.Lock()
		if err != nil {
			p.opened--
			p.mu.Unlock()
			return nil, nil, err
		}
		e.file = file
		e.generation++
	}
	p.unlink(e)
	e.users++
	file := e.file
	p.mu.Unlock()
	return file, func() { p.release(e) }, nil
}

func (p *pool) openFile(e *entry, open opener) (format.File, error) {
	f, err := e.descriptor()
	for tooManyOpen(err) && p.closeIdle() {
		f, err = e.descriptor()
	}
	if tooManyOpen(err) {
		return nil, fmt.Errorf("%s: too many open files; the limit is %d, see ulimit -n", e.name, descriptorLimit())
	}
	if err != nil {
		return nil, explain(e.name, err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, explain(e.name, err)
	}
	file, err := open(f, info)
	if err != nil {
		f.Close()
		return nil, err
	}
	return file, nil
}

// descriptor is the file, open for a format that will close it.
func (e *entry) descriptor() (*os.File, error) {
	if e.path != "" {
		return os.Open(e.path)
	}
	// Kept open to the end, and so never closed by the pool; an Opener that is
	// asked a second time, with other types, gets the same one again.
	return duplicate(e.kept)
}

// release drops a user.
func (p *pool) release(e *entry) {
	p.mu.Lock()
	e.users--
	if e.users < 0 {
		panic("open: file released more often than used")
	}
	var victim format.File
	if e.users == 0 && e.file != nil && e.path != "" {
		e.idle, e.older, e.newer = true, p.newest, nil
		if p.newest != nil {
			p.newest.newer = e
		} else {
			p.oldest = e
		}
		p.newest = e
		if p.opened > p.limit { // more were in use at once than should be open
			victim = p.evict()
		}
	}
	p.mu.Unlock()
	if victim != nil {
		victim.Close()
	}
}

// unlink takes e out of the idle ones. p.mu is held.
func (p *pool) unlink(e *entry) {
	if !e.idle {
		return
	}
	if e.older != nil {
		e.older.newer = e.newer
	} else {
		p.oldest = e.newer
	}
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		p.newest = e.older
	}
	e.idle, e.older, e.newer = false, nil, nil
}

// evict gives up the oldest idle file, which the caller closes. p.mu is held.
func (p *pool) evict() format.File {
	e := p.oldest
	p.unlink(e)
	file := e.file
	e.file = nil
	p.opened--
	return file
}

// closeIdle closes one idle file, for descriptors that others took.
func (p *pool) closeIdle() bool {
	p.mu.Lock()
	if p.oldest == nil {
		p.mu.Unlock()
		return false
	}
	file := p.evict()
	p.mu.Unlock()
	file.Close()
	return true
}

func (p *pool) current(e *entry) format.File {
	p.mu.Lock()
	defer p.mu.Unlock()
	return e.file
}

// close closes the file if it is open.
func (p *pool) close(e *entry) error {
	p.mu.Lock()
	file := e.file
	if file != nil {
		p.unlink(e)
		e.file = nil
		p.opened--
	}
	p.mu.Unlock()
	if file == nil {
		return nil
	}
	return file.Close()
}

func errorIs(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}
