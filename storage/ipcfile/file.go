// Package ipcfile reads Arrow IPC files (Feather V2) and streams.
//
// The file is mapped and the columns of uncompressed batches point into the
// mapping: nothing is copied, and another process can read them by mapping the
// file itself. If format.Request.Read asks for it, their rows are read into
// leases instead, a little at a time. Compressed bodies (LZ4, zstd) are decompressed into leases, the
// requested columns only. Metadata is read by code of this package that checks
// every offset, for a file is not to be trusted.
//
// A mapped file must not shrink while it is read: the system then ends the
// process when it touches what is gone.
package ipcfile

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"

	"github.com/edsrzf/mmap-go"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// file implements format.File and format.Mapped. Nothing but dictionary caches
// and decompressors changes after Open.
type file struct {
	name    string
	f       *os.File
	mapping mmap.MMap
	layout  *layout
	schema  chunk.Schema
	batches []batch
	rows    int64

	compressed    bool // some batch or dictionary is
	decompressors decompressors
}

// Open opens an Arrow IPC file or stream. It maps it and walks the messages'
// metadata; values are not touched.
func Open(_ context.Context, name string, f *os.File, sizeBytes int64) (format.File, error) {
	if sizeBytes == 0 {
		return nil, &format.Error{File: name, Err: format.ErrEmpty}
	}
	if sizeBytes != int64(int(sizeBytes)) {
		return nil, &format.Error{File: name, Err: fmt.Errorf("%d bytes cannot be mapped on this machine", sizeBytes)}
	}
	// Note: MADV_SEQUENTIAL made no difference to a file in the page cache, and
	// MADV_WILLNEED or MADV_POPULATE_READ ahead of the reader took longer than the
	// faults they avoid (3 to 6 GB/s against 7 to 8). So it is with windows of 32
	// KiB to 1 MiB that are mapped, populated and unmapped again one by one.
	mapping, err := mmap.MapRegion(f, int(sizeBytes), mmap.RDONLY, 0, 0)
	if err != nil {
		return nil, &format.Error{File: name, Err: fmt.Errorf("cannot be mapped: %w", err)}
	}
	file := &file{name: name, f: f, mapping: mapping}
	if err := file.walk(); err != nil {
		var positioned *format.Error
		if !errors.As(err, &positioned) {
			err = &format.Error{File: name, Err: err}
		}
		if unmap := mapping.Unmap(); unmap != nil {
			err = errors.Join(err, unmap)
		}
		return nil, err
	}
	for i := range file.layout.fields {
		file.schema = append(file.schema, file.layout.fields[i].Field)
	}
	return file, nil
}

// Schema is the columns of the file.
func (f *file) Schema() chunk.Schema { return f.schema }

// Mapping is the whole file, or nil if any of it is compressed.
func (f *file) Mapping() []byte {
	if f.compressed {
		return nil
	}
	return f.mapping
}

// Descriptor is the file that is mapped.
func (f *file) Descriptor() *os.File { return f.f }

// piecesPerLane is how many splits each lane gets where there are rows enough,
// so that a slow lane does not hold up the others.
const piecesPerLane = 4

// Splits cuts the batches. A mapped batch can begin anywhere, so it is cut into
// row ranges; a compressed one is decompressed as a whole.
func (f *file) Splits(req format.Request) ([]format.Split, error) {
	if err := format.Supported(f.name, f.schema, req); err != nil {
		return nil, err
	}
	splits := make([]format.Split, 0, len(f.batches))
	piece, unit := f.pieceRows(req)
	for i := range f.batches {
		b := &f.batches[i]
		if b.rows == 0 {
			continue
		}
		sizeBytes, loads := f.requestedBytes(b, req)
		step := b.rows
		if !loads {
			// As many pieces as fit, of whole chunks, so that only the batch's last
			// chunk is smaller.
			step = max(b.rows/max(1, b.rows/piece)/unit*unit, piece)
			if b.rows < piece {
				step = b.rows
			}
		}
		for from := int64(0); from < b.rows; from += step {
			to := min(from+step, b.rows)
			splits = append(splits, format.Split{
				Index: len(splits), Rows: to - from, Offset: b.at,
				SizeBytes: int64(float64(sizeBytes) * (float64(to-from) / float64(b.rows))),
				Part:      part{batch: i, from: int(from), to: int(to)},
			})
		}
	}
	return splits, nil
}

// pieceRows is the least rows of a piece of a batch, and what the rows of a piece
// are a multiple of.
func (f *file) pieceRows(req format.Request) (piece, unit int64) {
	maxRows := int64(max(1, min(req.MaxRows, math.MaxInt64/2)))
	if unit = maxRows; unit%64 != 0 {
		unit = 64
	}
	even := f.rows / int64(max(1, req.Parallel)*piecesPerLane) / unit * unit
	return max(even, roundUp(maxRows, 64)), unit
}

// requestedBytes is the stored size of the requested columns of a batch, and
// whether they have to be loaded as a whole.
func (f *file) requestedBytes(b *batch, req format.Request) (sizeBytes int64, loads bool) {
	loads = f.compressed && len(req.Columns) > 0
	for _, at := range req.Columns {
		c := column{field: &f.layout.fields[at], file: f, batch: b}
		if c.locate() == nil { // Open reports the error
			sizeBytes += int64(len(c.validity) + len(c.offsets) + len(c.values))
		}
	}
	return sizeBytes, loads
}

func roundUp(n, unit int64) int64 { return (n + unit - 1) / unit * unit }

// Open starts reading a split.
func (f *file) Open(split format.Split, req format.Request, mem chunk.Memory, meter format.Meter) (format.Reader, error) {
	if err := format.Supported(f.name, f.schema, req); err != nil {
		return nil, err
	}
	p, ok := split.Part.(part)
	if !ok || p.batch < 0 || p.batch >= len(f.batches) || p.from < 0 || p.to < p.from || int64(p.to) > f.batches[p.batch].rows {
		return nil, &format.Error{File: f.name, Err: fmt.Errorf("split %d is of another file", split.Index)}
	}
	if info, err := f.f.Stat(); err != nil {
		return nil, &format.Error{File: f.name, Err: err}
	} else if info.Size() < int64(len(f.mapping)) {
		return nil, &format.Error{File: f.name, Err: fmt.Errorf("shrank from %d to %d bytes while it was read", len(f.mapping), info.Size())}
	}
	r, err := newReader(f, p, req, mem, meter)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Close unmaps and closes the file.
func (f *file) Close() error {
	if f.decompressors.zstd != nil {
		f.decompressors.zstd.Close()
	}
	return errors.Join(f.mapping.Unmap(), f.f.Close())
}

var (
	_ format.File   = (*file)(nil)
	_ format.Mapped = (*file)(nil)
)
