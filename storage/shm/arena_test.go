package shm

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
)

var background = context.Background()

// newArena makes an arena whose leases must all be released at the end of the
// test, and which then must be in one piece.
func newArena(t testing.TB, o Options) *Arena {
	t.Helper()
	a, err := NewArena(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.space.oneFree(a.CapacityBytes()); err != nil {
			t.Error(err)
		}
		if s := a.Stats(); s.InUseBytes != 0 {
			t.Errorf("%d bytes in use at the end", s.InUseBytes)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func mustLease(t testing.TB, a *Arena, sizeBytes int64) chunk.Lease {
	t.Helper()
	l, err := a.Lease(background, sizeBytes)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// bothKinds runs a test on a private and on a shared arena.
func bothKinds(t *testing.T, test func(t *testing.T, o Options)) {
	t.Run("private", func(t *testing.T) { test(t, Options{Private: true}) })
	if runtime.GOOS == "windows" {
		return // has no shared arenas
	}
	t.Run("shared", func(t *testing.T) { test(t, Options{}) })
}

// wantPanic runs f, which must panic with a message that contains want.
func wantPanic(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if r := recover(); r == nil || !strings.Contains(fmt.Sprint(r), want) {
			t.Errorf("panic is %v, want %q", r, want)
		}
	}()
	f()
}

func TestLeaseCutsAlignedBuffersThatDoNotOverlap(t *testing.T) {
	bothKinds(t, func(t *testing.T, o Options) {
		a := newArena(t, o)
		l := mustLease(t, a, 1000)
		defer l.Release()
		var end uintptr
		for _, size := range []int{1, 0, 64, 65, 200, 64} {
			buf := l.Alloc(size)
			at := uintptr(unsafe.Pointer(unsafe.SliceData(buf)))
			if len(buf) != size || at%chunk.Align != 0 || at < end {
				t.Errorf("Alloc(%d) = %d bytes at %#x, after %#x", size, len(buf), at, end)
			}
			if padded := int(chunk.AlignUp(int64(size))); cap(buf) != padded {
				t.Errorf("Alloc(%d) has capacity %d, want its padding up to %d", size, cap(buf), padded)
			}
			end = at + uintptr(cap(buf))
			clear(buf[:cap(buf)])
		}
		wantPanic(t, "alloc of 513 bytes in a lease that has 448 left", func() { l.Alloc(513) })
		wantPanic(t, "alloc of -1 bytes", func() { l.Alloc(-1) })
		l.Alloc(448)
	})
}

func TestTrimReturnsTheTail(t *testing.T) {
	a := newArena(t, Options{SizeBytes: 1 << 20, Private: true})
	l := mustLease(t, a, 1<<20)
	buf := l.Alloc(100)
	l.Trim()
	if got := a.Stats().InUseBytes; got != 128 {
		t.Errorf("%d bytes in use, want 128", got)
	}
	wantPanic(t, "alloc of 1 bytes in a lease that has 0 left", func() { l.Alloc(1) })
	rest := mustLease(t, a, 1<<20-128)
	copy(buf, "kept")
	clear(rest.Alloc(1<<20 - 128))
	if string(buf[:4]) != "kept" {
		t.Error("the tail overlaps what was allocated")
	}
	rest.Release()
	l.Trim()
	l.Release()

	empty := mustLease(t, a, 1000)
	empty.Trim()
	if got := a.Stats().InUseBytes; got != 0 {
		t.Errorf("%d bytes in use by a lease trimmed to nothing", got)
	}
	if a.Outstanding() != 1 {
		t.Errorf("%d leases outstanding, want 1", a.Outstanding())
	}
	empty.Release()
}

func TestReferencesAreCounted(t *testing.T) {
	a := newArena(t, Options{Private: true})
	l := mustLease(t, a, 10)
	l.Retain()
	l.Release()
	if a.Outstanding() != 1 {
		t.Errorf("%d leases outstanding, want 1", a.Outstanding())
	}
	l.Release()
	if a.Outstanding() != 0 {
		t.Errorf("%d leases outstanding, want 0", a.Outstanding())
	}
	wantPanic(t, "lease released more often than it was retained", l.Release)
	// Not even when someone else has the extent now.
	other := mustLease(t, a, 10)
	wantPanic(t, "lease released more often than it was retained", l.Release)
	wantPanic(t, "lease retained after its last release", l.Retain)
	if a.Outstanding() != 1 {
		t.Errorf("%d leases outstanding, want 1", a.Outstanding())
	}
	other.Release()
}

func TestALeaseThatCanNeverFitIsAnErrorAtOnce(t *testing.T) {
	a := newArena(t, Options{SizeBytes: 1 << 20, Private: true})
	for _, size := range []int64{1<<20 + 1, 1 << 40, 1<<63 - 1} {
		_, err := a.Lease(background, size)
		var tooLarge *TooLargeError
		if !errors.As(err, &tooLarge) || tooLarge.NeedBytes != size || tooLarge.CapacityBytes != 1<<20 {
			t.Errorf("Lease(%d) = %v", size, err)
		}
	}
	_, err := a.Lease(background, 3<<20)
	want := "a chunk needs 3.0 MiB (3145728 bytes) of memory and at most 1.0 MiB (1048576 bytes) is available for it; " +
		"use fewer rows per chunk (--chunk-rows) or a larger --memory-limit"
	if err.Error() != want {
		t.Errorf("error is %q\nwant %q", err, want)
	}
	mustLease(t, a, 1<<20).Release()
}

// waiting blocks until n leases wait.
func waiting(t *testing.T, a *Arena, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(100 * time.Microsecond) {
		a.mu.Lock()
		count := 0
		for w := a.waiting.first; w != nil; w = w.next {
			count++
		}
		a.mu.Unlock()
		if count == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d leases wait, want %d", count, n)
		}
	}
}

type result struct {
	lease chunk.Lease
	err   error
}

// leaseLater leases in the background and returns once that waits as the n-th.
func leaseLater(t *testing.T, ctx context.Context, a *Arena, sizeBytes int64, n int) <-chan result {
	t.Helper()
	got := make(chan result, 1)
	go func() {
		l, err := a.Lease(ctx, sizeBytes)
		got <- result{l, err}
	}()
	waiting(t, a, n)
	return got
}

func TestAFullArenaBlocksUntilARelease(t *testing.T) {
	a := newArena(t, Options{SizeBytes: 1 << 20, Private: true})
	first := mustLease(t, a, 1<<20)
	second := leaseLater(t, background, a, 10, 1)
	time.Sleep(2 * time.Millisecond)
	first.Release()
	r := <-second
	if r.err != nil {
		t.Fatal(r.err)
	}
	r.lease.Release()
	if got := a.Stats(); got.WaitedTotal < 2*time.Millisecond || got.PeakBytes != 1<<20 || got.Leases != 2 {
		t.Errorf("stats are %+v", got)
	}
}

func TestATrimWakesWhoFits(t *testing.T) {
	a := newArena(t, Options{SizeBytes: 1 << 20, Private: true})
	first := mustLease(t, a, 1<<20)
	second := leaseLater(t, background, a, 1<<19, 1)
	first.Alloc(1 << 19)
	first.Trim()
	r := <-second
	if r.err != nil {
		t.Fatal(r.err)
	}
	r.lease.Release()
	first.Release()
}

func TestALargeLeaseIsNotOvertakenBySmallOnes(t *testing.T) {
	a := newArena(t, Options{SizeBytes: 1 << 20, Private: true})
	half := mustLease(t, a, 1<<19)
	large := leaseLater(t, background, a, 1<<20, 1)
	small := leaseLater(t, background, a, 64, 2) // would fit now
	if _, ok := a.TryLease(64); ok {
		t.Error("TryLease overtakes those who wait")
	}
	half.Release()
	r := <-large
	if r.err != nil {
		t.Fatal(r.err)
	}
	waiting(t, a, 1)
	r.lease.Release()
	r = <-small
	if r.err != nil {
		t.Fatal(r.err)
	}
	r.lease.Release()
}

func TestCancelEndsTheWait(t *testing.T) {
	a := newArena(t, Options{SizeBytes: 1 << 20, Private: true})
	half := mustLease(t, a, 1<<19)
	ctx, cancel := context.WithCancel(background)
	large := leaseLater(t, ctx, a, 1<<20, 1)
	small := leaseLater(t, background, a, 64, 2)
	cancel()
	if r := <-large; !errors.Is(r.err, context.Canceled) || r.lease != nil {
		t.Errorf("cancelled lease is %v, %v", r.lease, r.err)
	}
	r := <-small // no longer held up
	if r.err != nil {
		t.Fatal(r.err)
	}
	r.lease.Release()
	if _, err := a.Lease(ctx, 64); !errors.Is(err, context.Canceled) {
		t.Errorf("lease with a context that has ended: %v", err)
	}
	half.Release()
}

func TestTryLeaseDoesNotWait(t *testing.T) {
	a := newArena(t, Options{SizeBytes: 1 << 20, Private: true})
	l, ok := a.TryLease(1 << 20)
	if !ok {
		t.Fatal("an empty arena refuses")
	}
	for _, size := range []int64{0, 64, 1 << 30} {
		if _, ok := a.TryLease(size); ok {
			t.Errorf("a full arena leases %d bytes", size)
		}
	}
	l.Release()
}

func TestCloseEndsTheWaitAndTellsOfLeaks(t *testing.T) {
	a, err := NewArena(Options{SizeBytes: 1 << 20, Private: true, Name: "chunks"})
	if err != nil {
		t.Fatal(err)
	}
	held := mustLease(t, a, 1<<20)
	blocked := leaseLater(t, background, a, 64, 1)
	if err := a.Close(); err == nil || err.Error() != "close chunks: 1 leases are not released" {
		t.Errorf("Close = %v", err)
	}
	if r := <-blocked; !errors.Is(r.err, ErrClosed) {
		t.Errorf("blocked lease ends with %v", r.err)
	}
	if _, err := a.Lease(background, 64); !errors.Is(err, ErrClosed) {
		t.Errorf("lease after Close: %v", err)
	}
	held.Release()
	if err := a.Close(); err != nil {
		t.Errorf("second Close = %v", err)
	}
}

func TestLocate(t *testing.T) {
	a := newArena(t, Options{SizeBytes: 1 << 20, Private: true})
	all := a.Bytes()
	for _, c := range []struct {
		name   string
		buf    []byte
		offset int64
		ok     bool
	}{
		{"all of it", all, 0, true},
		{"a part", all[4096:5000], 4096, true},
		{"nothing, in the middle", all[64:64], 64, true},
		{"the last byte", all[len(all)-1:], int64(len(all) - 1), true},
		{"the heap", make([]byte, 10), 0, false},
		{"nil", nil, 0, false},
		{"one byte too many", unsafe.Slice(&all[100], len(all)-99), 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if offset, ok := a.Locate(c.buf); offset != c.offset || ok != c.ok {
				t.Errorf("Locate = %d, %t; want %d, %t", offset, ok, c.offset, c.ok)
			}
		})
	}
}

func TestPagesAreReservedAsTheyAreUsed(t *testing.T) {
	bothKinds(t, func(t *testing.T, o Options) {
		o.SizeBytes = 64 << 20
		a := newArena(t, o)
		if got := a.Stats().ReservedBytes; got != 0 {
			t.Errorf("%d bytes reserved before the first lease", got)
		}
		l := mustLease(t, a, 1000)
		if got := a.Stats().ReservedBytes; got != minStepBytes {
			t.Errorf("%d bytes reserved, want %d", got, minStepBytes)
		}
		l.Release()
		l = mustLease(t, a, 64<<20)
		if got := a.Stats().ReservedBytes; got != 64<<20 {
			t.Errorf("%d bytes reserved, want all", got)
		}
		clear(l.Alloc(64 << 20))
		l.Release()
	})
}

func TestOptions(t *testing.T) {
	a := newArena(t, Options{Private: true})
	if got := a.CapacityBytes(); got != DefaultSizeBytes {
		t.Errorf("default size is %d", got)
	}
	if a.File() != nil {
		t.Error("a private arena has a descriptor")
	}
	a = newArena(t, Options{Private: true, SizeBytes: 1})
	if got := a.CapacityBytes(); got < 4096 || int64(len(a.Bytes())) != got {
		t.Errorf("size 1 is rounded up to %d, mapped %d", got, len(a.Bytes()))
	}
	if _, err := NewArena(Options{SizeBytes: -1}); err == nil {
		t.Error("a negative size is accepted")
	}
}

// Whoever holds a lease fills it with a number of its own: overlapping extents
// would show.
func TestManyGoroutinesNeverShareAnExtent(t *testing.T) {
	bothKinds(t, func(t *testing.T, o Options) {
		o.SizeBytes = 1 << 20
		a := newArena(t, o)
		var all sync.WaitGroup
		for g := range 8 {
			all.Add(1)
			go func() {
				defer all.Done()
				random := rand.New(rand.NewPCG(uint64(g), 7))
				for i := range 400 {
					if err := useOne(a, random, uint64(g)<<32|uint64(i)); err != nil {
						t.Error(err)
						return
					}
				}
			}()
		}
		all.Wait()
		s := a.Stats()
		if a.Outstanding() != 0 || s.Leases == 0 || s.PeakBytes > 1<<20 {
			t.Errorf("%d outstanding, %+v", a.Outstanding(), s)
		}
	})
}

// useOne leases, fills part, trims, hands a reference to another goroutine, and
// checks at each end that nobody wrote there.
func useOne(a *Arena, random *rand.Rand, mark uint64) error {
	size := 8 * (1 + random.IntN(1<<random.IntN(17)))
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	if random.IntN(4) == 0 {
		time.AfterFunc(time.Duration(random.IntN(200))*time.Microsecond, cancel)
	}
	l, err := a.Lease(ctx, int64(size))
	if errors.Is(err, context.Canceled) {
		return nil
	} else if err != nil {
		return err
	}
	buf := l.Alloc(8 * (1 + random.IntN(size/8)))
	words := chunk.View[uint64](buf)
	for i := range words {
		words[i] = mark
	}
	if random.IntN(2) == 0 {
		l.Trim()
	}
	if random.IntN(8) == 0 {
		runtime.Gosched()
	}
	verify := func() error {
		for i := 0; i < len(buf); i += 8 {
			if got := binary.LittleEndian.Uint64(buf[i:]); got != mark {
				return fmt.Errorf("a lease of %d bytes holds %#x, want %#x", size, got, mark)
			}
		}
		return nil
	}
	if random.IntN(4) == 0 {
		l.Retain()
		done := make(chan error)
		go func() {
			err := verify()
			l.Release()
			done <- err
		}()
		l.Release()
		return <-done
	}
	defer l.Release()
	return verify()
}

func BenchmarkLeaseAndRelease(b *testing.B) {
	run := func(name string, held int, sizeBytes func(i int) int64) {
		b.Run(name, func(b *testing.B) {
			a := newArena(b, Options{Private: true})
			// Free extents between leased ones, as in a run.
			var holes, keep []chunk.Lease
			for i := range held {
				holes = append(holes, mustLease(b, a, sizeBytes(i)))
				keep = append(keep, mustLease(b, a, 64))
			}
			for _, l := range holes {
				l.Release()
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				l, err := a.Lease(background, sizeBytes(i))
				if err != nil {
					b.Fatal(err)
				}
				l.Alloc(64)
				l.Trim()
				l.Release()
			}
			b.StopTimer()
			for _, l := range keep {
				l.Release()
			}
		})
	}
	run("empty", 0, func(int) int64 { return 1 << 20 })
	run("100 holes of one size", 100, func(int) int64 { return 1 << 20 })
	run("100 holes of many sizes", 100, func(i int) int64 { return 64 * int64(1+i*7919%10007) })
}
