package machine

import (
	"context"
	"errors"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/weir-pipeline/weir/storage/shm"
)

var (
	errNoInput    = errors.New("no input file was given")
	errEmptyInput = errors.New("the input is empty")
	errNotCached  = errors.New("the input is not in the page cache")
	errNoFaults   = errors.New("the kernel counted no faults")
)

func measureInputFault(ctx context.Context, o Options) (*Fault, error) {
	if o.Input == nil {
		return nil, errNoInput
	}
	info, err := o.Input.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("the input is not a regular file")
	}
	if info.Size() == 0 {
		return nil, errEmptyInput
	}
	const windows = 9
	var t touches
	cached := true
	onThread(func() {
		for p, i := newPace(o.budget(), windows), int64(0); p.another(ctx) && err == nil; i++ {
			offset := max(info.Size()-windowBytes, 0) * i / (windows - 1)
			cached, err = t.window(o.Input, pageStart(offset), min(windowBytes, info.Size()))
		}
	})
	switch {
	case err != nil:
		return nil, err
	case ctx.Err() != nil && len(t.perByte) == 0:
		return nil, ended(ctx)
	case !cached && t.faults == 0:
		return nil, errNotCached
	}
	return t.fault()
}

func pageStart(offset int64) int64 { return offset &^ int64(os.Getpagesize()-1) }

// window adds a sample of the part of f from offset, unless it is not cached.
func (t *touches) window(f *os.File, offset, sizeBytes int64) (cached bool, err error) {
	raw, err := f.SyscallConn() // f.Fd would make it blocking
	if err != nil {
		return false, err
	}
	var pages []byte
	var mapErr error
	if err := raw.Control(func(fd uintptr) {
		pages, mapErr = unix.Mmap(int(fd), offset, int(sizeBytes), unix.PROT_READ, unix.MAP_PRIVATE)
	}); err != nil {
		return false, err
	}
	if mapErr != nil {
		return false, os.NewSyscallError("mmap", mapErr)
	}
	defer unix.Munmap(pages)
	if !resident(pages) {
		return false, nil
	}
	// Somebody may truncate the file.
	return true, shm.GuardFaults(func() error { t.sample(pages, readPages); return nil })
}

// resident tells whether all pages are in memory. The kernel does not tell those
// who may not write to the file, and says yes; a major fault shows it then.
func resident(pages []byte) bool {
	page := os.Getpagesize()
	in := make([]byte, (len(pages)+page-1)/page)
	_, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(unsafe.SliceData(pages))), uintptr(len(pages)), uintptr(unsafe.Pointer(unsafe.SliceData(in))))
	if errno != 0 {
		return false
	}
	for _, flags := range in {
		if flags&1 == 0 {
			return false
		}
	}
	return true
}

func measureArenaFault(ctx context.Context, o Options) (*ArenaFault, error) {
	var reserve series
	var fill, read touches
	var err error
	onThread(func() {
		for p := newPace(o.budget(), 9); p.another(ctx) && err == nil; {
			err = arenaSample(ctx, &reserve, &fill, &read)
		}
	})
	switch {
	case ctx.Err() != nil && len(reserve) == 0:
		return nil, ended(ctx)
	case err != nil && ctx.Err() == nil:
		return nil, err
	}
	a := &ArenaFault{ReserveSecondsPerByte: reserve.figure()}
	for _, part := range []struct {
		t  *touches
		to *Fault
	}{{&fill, &a.Fill}, {&read, &a.Read}} {
		f, err := part.t.fault()
		if err != nil {
			return nil, err
		}
		*part.to = *f
	}
	return a, nil
}

// arenaSample makes an arena, fills it, and reads it as a worker would.
func arenaSample(ctx context.Context, reserve *series, fill, read *touches) error {
	arena, err := shm.NewArena(shm.Options{SizeBytes: arenaBytes, Name: "weir-faults"})
	if err != nil {
		return err
	}
	defer arena.Close()
	began := time.Now()
	lease, err := arena.Lease(ctx, arenaBytes)
	if err != nil {
		return err
	}
	reserve.addTime(time.Since(began), arenaBytes)
	defer lease.Release()
	fill.sample(lease.Alloc(arenaBytes), writePages)
	other, err := shm.MapSegment(arena.File(), arenaBytes)
	if err != nil {
		return err
	}
	defer other.Close()
	read.sample(other.Bytes(), readPages)
	return nil
}

// touches is the samples of one kind of fault. They are taken on one thread.
type touches struct {
	perFault, perByte    series
	pages, faults, bytes int64
	sink                 byte
}

// sample touches pages, which this mapping has not touched yet. A sample that
// waited for a disk does not count.
func (t *touches) sample(pages []byte, touch func(pages []byte, pageBytes int) byte) {
	pageBytes := os.Getpagesize()
	minor, major, _ := threadFaults() // without them no fault is counted, and there is no figure
	began := time.Now()
	t.sink += touch(pages, pageBytes)
	first := time.Since(began)
	minorAfter, majorAfter, _ := threadFaults()
	began = time.Now()
	t.sink += touch(pages, pageBytes)
	again := time.Since(began)

	if faults := minorAfter - minor; majorAfter == major && faults > 0 {
		t.perFault.addTime(first-again, faults)
		t.perByte.addTime(first-again, int64(len(pages)))
		t.pages += int64((len(pages) + pageBytes - 1) / pageBytes)
		t.faults += faults
		t.bytes += int64(len(pages))
	}
}

func readPages(pages []byte, pageBytes int) (sum byte) {
	for i := 0; i < len(pages); i += pageBytes {
		sum += pages[i]
	}
	return sum
}

func writePages(pages []byte, pageBytes int) byte {
	for i := 0; i < len(pages); i += pageBytes {
		pages[i] = 1
	}
	return 0
}

func (t *touches) fault() (*Fault, error) {
	if t.faults == 0 {
		return nil, errNoFaults
	}
	return &Fault{
		SecondsPerFault: t.perFault.figure(), SecondsPerByte: t.perByte.figure(),
		PagesPerFault: float64(t.pages) / float64(t.faults), PageBytes: os.Getpagesize(), Faults: t.faults, Bytes: t.bytes,
	}, nil
}

// threadFaults counts the faults of the calling thread so far: those served from
// memory, and those that waited for a disk.
func threadFaults() (minor, major int64, ok bool) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
		return 0, 0, false
	}
	return int64(u.Minflt), int64(u.Majflt), true
}
