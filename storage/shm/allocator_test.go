package shm

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// dirty fills the arena with ones: what is leased next is not zero.
func dirty(t *testing.T, a *Arena) {
	t.Helper()
	l := mustLease(t, a, a.CapacityBytes())
	buf := l.Alloc(int(a.CapacityBytes()))
	for i := range buf {
		buf[i] = 0xff
	}
	l.Release()
}

// build makes a record of the types that chunks have, with nulls.
func build(mem memory.Allocator, rows int) arrow.Record {
	b := array.NewRecordBuilder(mem, arrow.NewSchema([]arrow.Field{
		{Name: "i", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "f", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
		{Name: "b", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		{Name: "s", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "d", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}, Nullable: true},
	}, nil))
	defer b.Release()
	for r := range rows {
		if r%7 == 3 {
			for _, f := range b.Fields() {
				f.AppendNull()
			}
			continue
		}
		b.Field(0).(*array.Int64Builder).Append(int64(r))
		b.Field(1).(*array.Float64Builder).Append(float64(r) / 3)
		b.Field(2).(*array.BooleanBuilder).Append(r%3 == 0)
		b.Field(3).(*array.StringBuilder).Append(fmt.Sprint("row ", r))
		b.Field(4).(*array.BinaryDictionaryBuilder).AppendString(fmt.Sprint("key ", r%5))
	}
	return b.NewRecord()
}

// located counts a record's buffers, without dictionaries, and how many of them
// lie in the arena.
func located(a *Arena, r arrow.Record) (in, all int) {
	for _, c := range r.Columns() {
		for _, b := range c.Data().Buffers() {
			if b == nil || b.Len() == 0 {
				continue
			}
			all++
			if _, ok := a.Locate(b.Bytes()); ok {
				in++
			}
		}
	}
	return in, all
}

func TestArrowBuildersWriteIntoTheArena(t *testing.T) {
	for _, rows := range []int{0, 1, 100, 20000} {
		t.Run(fmt.Sprint(rows, " rows"), func(t *testing.T) {
			want := build(memory.NewGoAllocator(), rows)
			defer want.Release()
			check := func(t *testing.T, a *Arena, mem *Allocator) {
				t.Helper()
				checked := memory.NewCheckedAllocator(mem)
				got := build(checked, rows)
				if !array.RecordEqual(got, want) {
					t.Errorf("record is %v\nwant %v", got, want)
				}
				if in, all := located(a, got); in != all {
					t.Errorf("%d of %d buffers lie in the arena", in, all)
				}
				if mem.FallbackBytes() != 0 {
					t.Errorf("%d bytes came from the heap", mem.FallbackBytes())
				}
				got.Release()
				checked.AssertSize(t, 0)
			}
			t.Run("over one lease", func(t *testing.T) {
				a := newArena(t, Options{SizeBytes: 16 << 20, Private: true})
				dirty(t, a)
				l := mustLease(t, a, 8<<20)
				check(t, a, NewLeaseAllocator(l, 8<<20))
				l.Release()
			})
			t.Run("over the arena", func(t *testing.T) {
				a := newArena(t, Options{SizeBytes: 16 << 20, Private: true})
				dirty(t, a)
				check(t, a, NewMemoryAllocator(background, a))
				if a.Outstanding() != 0 {
					t.Errorf("%d leases outstanding", a.Outstanding())
				}
			})
		})
	}
}

func TestAnExhaustedAllocatorFallsBackToTheHeap(t *testing.T) {
	want := build(memory.NewGoAllocator(), 5000)
	defer want.Release()
	a := newArena(t, Options{SizeBytes: 1 << 20, Private: true})
	lease := mustLease(t, a, 10000)
	defer lease.Release()
	blocked, cancel := context.WithCancel(background)
	cancel()
	for name, mem := range map[string]*Allocator{
		"over one lease":                       NewLeaseAllocator(lease, 10000),
		"over the arena":                       NewMemoryAllocator(background, fullBut(t, 64<<10)),
		"over a memory that is not waited for": NewMemoryAllocator(blocked, refusing{}),
	} {
		t.Run(name, func(t *testing.T) {
			checked := memory.NewCheckedAllocator(mem)
			got := build(checked, 5000)
			if !array.RecordEqual(got, want) {
				t.Error("the record is wrong")
			}
			if mem.FallbackBytes() == 0 {
				t.Error("no bytes came from the heap")
			}
			got.Release()
			checked.AssertSize(t, 0)
		})
	}
}

// fullBut is an arena with room for sizeBytes.
func fullBut(t *testing.T, sizeBytes int64) *Arena {
	a, err := NewArena(Options{SizeBytes: 1 << 20, Private: true})
	if err != nil {
		t.Fatal(err)
	}
	l := mustLease(t, a, 1<<20-sizeBytes)
	t.Cleanup(func() {
		l.Release()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// refusing is a memory whose leases always end with the context.
type refusing struct{}

func (refusing) CapacityBytes() int64 { return 1 << 40 }
func (refusing) Lease(ctx context.Context, sizeBytes int64) (chunk.Lease, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestReallocate(t *testing.T) {
	a := newArena(t, Options{SizeBytes: 1 << 20, Private: true})
	lease := mustLease(t, a, 4096)
	mem := NewLeaseAllocator(lease, 4096)
	text := []byte("contents")

	b := mem.Allocate(len(text))
	copy(b, text)
	start := unsafe.SliceData(b)
	b = mem.Reallocate(1000, b)
	if unsafe.SliceData(b) != start || len(b) != 1000 || !bytes.HasPrefix(b, text) {
		t.Error("the latest buffer does not grow in place")
	}
	other := mem.Allocate(64)
	b = mem.Reallocate(2000, b)
	if unsafe.SliceData(b) == start || len(b) != 2000 || !bytes.HasPrefix(b, text) {
		t.Error("a buffer with another after it is not moved")
	}
	if b = mem.Reallocate(3, b); string(b) != "con" {
		t.Errorf("shortened to %q", b)
	}
	start = unsafe.SliceData(b)
	if b = mem.Reallocate(8, b); unsafe.SliceData(b) != start || string(b) != "contents" {
		t.Errorf("lengthened within its capacity to %q", b)
	}
	b = mem.Reallocate(5000, b) // more than there is
	if _, ok := a.Locate(b); ok || len(b) != 5000 || !bytes.HasPrefix(b, text) {
		t.Error("an exhausted lease does not fall back to the heap")
	}
	b = mem.Reallocate(6000, b)
	if got := mem.FallbackBytes(); got != 11000 || !bytes.HasPrefix(b, text) {
		t.Errorf("%d bytes came from the heap, want 11000", got)
	}
	mem.Free(b)
	mem.Free(other)
	mem.Free(nil)
	if b = mem.Reallocate(10, nil); len(b) != 10 {
		t.Errorf("Reallocate(10, nil) has %d bytes", len(b))
	}
	wantPanic(t, "allocation of -1 bytes", func() { mem.Allocate(-1) })
	lease.Release()
}

func TestHeapMemoryServesTheAllocator(t *testing.T) {
	mem := NewMemoryAllocator(background, chunk.Heap{})
	b := mem.Reallocate(1<<20, append(mem.Allocate(3)[:0], "abc"...))
	if string(b[:3]) != "abc" || mem.FallbackBytes() != 0 {
		t.Errorf("buffer begins %q, %d bytes fell back", b[:3], mem.FallbackBytes())
	}
	mem.Free(b)
}
