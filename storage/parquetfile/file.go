package parquetfile

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"sync"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

const (
	magic          = "PAR1"
	encryptedMagic = "PARE"
	tailBytes      = 8 // footerSize(4) magic(4)
)

var errEncrypted = errors.New("the file is encrypted, which is not supported")

// Sniff tells whether a file that begins with head is a Parquet file.
func Sniff(head []byte) bool {
	return bytes.HasPrefix(head, []byte(magic)) || bytes.HasPrefix(head, []byte(encryptedMagic))
}

// File is an open Parquet file. Its splits are its row groups.
type File struct {
	name   string
	file   *os.File
	foot   *footer
	limit  int64 // where the data ends and the footer begins
	schema chunk.Schema
	stored []leaf // parallel to schema

	firstLeaf []int // column i has the column chunks [firstLeaf[i], firstLeaf[i+1]) of a row group

	mu   sync.Mutex
	idle []*reader // closed readers, for their buffers
}

var (
	_ format.Opener = Open
	_ format.File   = (*File)(nil)
	_ format.Pruner = (*File)(nil)
)

// Open reads the footer of a Parquet file. It is a [format.Opener]; the file
// it returns is a *[File].
func Open(_ context.Context, name string, f *os.File, sizeBytes int64) (format.File, error) {
	file := &File{name: name, file: f}
	err := file.readFooter(sizeBytes)
	if err == nil {
		err = file.check()
	}
	if err != nil {
		if _, ok := err.(*format.Error); !ok {
			err = &format.Error{File: name, Err: err}
		}
		return nil, err
	}
	return file, nil
}

func (f *File) readFooter(size int64) error {
	if size == 0 {
		return format.ErrEmpty
	}
	head := make([]byte, min(size, int64(len(magic))))
	if _, err := f.file.ReadAt(head, 0); err != nil {
		return err
	}
	if !Sniff(head) {
		return fmt.Errorf("not a Parquet file: it does not begin with %s", magic)
	}
	if size < int64(len(magic)+tailBytes) {
		return errors.New("truncated: no footer")
	}
	var tail [tailBytes]byte
	if _, err := f.file.ReadAt(tail[:], size-tailBytes); err != nil {
		return err
	}
	switch string(tail[4:]) {
	case magic:
	case encryptedMagic:
		return errEncrypted
	default:
		return fmt.Errorf("truncated: no footer (the file does not end with %s)", magic)
	}
	n := int64(binary.LittleEndian.Uint32(tail[:4]))
	if f.limit = size - tailBytes - n; f.limit < int64(len(magic)) {
		return fmt.Errorf("corrupted: a footer of %d bytes in a file of %d", n, size)
	}
	buf := make([]byte, n)
	if _, err := f.file.ReadAt(buf, f.limit); err != nil {
		return err
	}
	var err error
	if f.foot, err = parseFooter(buf); err != nil {
		return fmt.Errorf("corrupted footer: %w", err)
	}
	if f.foot.encrypted {
		return errEncrypted
	}
	return nil
}

// check makes sure that schema, row groups and the file's size agree.
func (f *File) check() error {
	schema, stored, firstLeaf, err := buildSchema(f.foot.schema)
	if err != nil {
		return fmt.Errorf("corrupted footer: %w", err)
	}
	f.schema, f.stored, f.firstLeaf = schema, stored, firstLeaf
	leaves := firstLeaf[len(schema)]
	flat := make([]int, leaves) // column of the schema that a leaf is, or -1
	for i := range flat {
		flat[i] = -1
	}
	for i, s := range stored {
		if s.index >= 0 {
			flat[s.index] = i
		}
	}
	rows := int64(0)
	for g := range f.foot.groups {
		group := &f.foot.groups[g]
		fail := func(column string, err error) error {
			return &format.Error{File: f.name, Split: g + 1, Column: column, Err: err}
		}
		if group.rows < 0 || group.rows > math.MaxInt64-rows {
			return fail("", fmt.Errorf("corrupted footer: a row group of %d rows", group.rows))
		}
		rows += group.rows
		if len(group.columns) != leaves {
			return fail("", fmt.Errorf("corrupted footer: %d column chunks for the %d columns of the schema", len(group.columns), leaves))
		}
		for i := range group.columns {
			name := ""
			if flat[i] >= 0 {
				name = schema[flat[i]].Name
			}
			if err := group.columns[i].check(group.rows, f.limit, flat[i] >= 0); err != nil {
				return fail(name, err)
			}
			if flat[i] >= 0 && group.columns[i].physical != stored[flat[i]].physical {
				return fail(name, fmt.Errorf("corrupted footer: stored as %s, but %s in the schema",
					group.columns[i].physical, stored[flat[i]].physical))
			}
		}
	}
	if rows != f.foot.rows && f.foot.rows != 0 { // some writers leave the sum 0
		return fmt.Errorf("corrupted footer: %d rows, but its row groups have %d", f.foot.rows, rows)
	}
	if leaves == 0 && rows > 0 {
		return fmt.Errorf("corrupted footer: %d rows without a column", rows)
	}
	return nil
}

// Schema is the file's columns.
func (f *File) Schema() chunk.Schema { return f.schema }

// Close closes the file.
func (f *File) Close() error {
	f.mu.Lock()
	f.idle = nil
	f.mu.Unlock()
	return f.file.Close()
}

// Splits lists the row groups that may have rows inside req.Prune. Where the
// page index rules some of their pages out, these are not read.
//
// Note: a file with fewer row groups than lanes leaves lanes idle. Cutting a
// row group by rows would have each lane decompress the pages of the others.
func (f *File) Splits(req format.Request) ([]format.Split, error) {
	if err := format.Supported(f.name, f.schema, req); err != nil {
		return nil, err
	}
	var splits []format.Split
	for g := range f.foot.groups {
		if f.excluded(g, req.Prune) {
			continue
		}
		group := &f.foot.groups[g]
		s := format.Split{Index: g, Rows: group.rows, Offset: f.limit}
		for i := range group.columns {
			s.Offset = min(s.Offset, group.columns[i].start())
		}
		pick := f.selection(g, req)
		if pick != nil {
			if s.Rows = pick.rows(); s.Rows == 0 {
				continue
			}
			s.Part = pick
		}
		for _, i := range req.Columns {
			c := &group.columns[f.stored[i].index]
			if pick == nil {
				s.SizeBytes += c.compressed
			} else {
				s.SizeBytes += pick.sizeBytes(c, pick.pages[i])
			}
		}
		splits = append(splits, s)
	}
	return splits, nil
}

// Pruned counts what is left out because of req.Prune: row groups, and rows of
// these and of pages.
func (f *File) Pruned(req format.Request) (splits int, rows int64) {
	for g := range f.foot.groups {
		whole, left := f.foot.groups[g].rows, int64(0)
		if !f.excluded(g, req.Prune) {
			pick := f.selection(g, format.Request{Prune: req.Prune, MaxRows: req.MaxRows})
			if pick == nil {
				continue
			}
			left = pick.rows()
		}
		if left == 0 {
			splits++
		}
		rows += whole - left
	}
	return splits, rows
}

// Open starts reading a row group. The buffers that the reader needs beside
// mem (for each column a block of the file, the dictionary, and the page being
// decoded or a part of it) are reused by the next one.
func (f *File) Open(split format.Split, req format.Request, mem chunk.Memory, meter format.Meter) (format.Reader, error) {
	if split.Index < 0 || split.Index >= len(f.foot.groups) {
		return nil, fmt.Errorf("%s: there is no split %d", f.name, split.Index)
	}
	if err := format.Supported(f.name, f.schema, req); err != nil {
		return nil, err
	}
	if meter == nil {
		meter = format.NoMeter{}
	}
	f.mu.Lock()
	var r *reader
	if n := len(f.idle); n > 0 {
		r, f.idle = f.idle[n-1], f.idle[:n-1]
	} else {
		r = new(reader)
	}
	f.mu.Unlock()
	pick, _ := split.Part.(*selection)
	r.reset(f, split.Index, pick, req, mem, meter)
	return r, nil
}

// recycle keeps a closed reader's buffers for the next split of the same run.
func (f *File) recycle(r *reader) {
	f.mu.Lock()
	if len(f.idle) < max(r.parallel, 1) {
		f.idle = append(f.idle, r)
	}
	f.mu.Unlock()
}
