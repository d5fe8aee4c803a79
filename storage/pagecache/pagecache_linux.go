package pagecache

import (
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Resident is how much of the file is in the page cache. The error is an
// *UnsupportedError where the kernel does not tell this user: since Linux 5.2
// only those who may write a file, or own it, learn what of it is cached.
func Resident(path string) (Residency, error) {
	f, err := os.Open(path)
	if err != nil {
		return Residency{}, err
	}
	defer f.Close()
	return resident(f, path)
}

func resident(f *os.File, path string) (Residency, error) {
	info, err := f.Stat()
	if err != nil {
		return Residency{}, err
	}
	if !info.Mode().IsRegular() {
		return Residency{}, &UnsupportedError{path, "it is no regular file, and has no pages of its own in the page cache"}
	}
	r := Residency{SizeBytes: info.Size()}
	if r.SizeBytes == 0 {
		return r, nil
	}
	pages, err := byCachestat(f)
	// On overlayfs the pages belong to the file below, of which cachestat knows
	// nothing: it counts none. A mapping is one of the file below.
	if err != nil || pages == 0 {
		if pages, err = byMincore(f, path, r.SizeBytes); err != nil {
			return Residency{}, err
		}
	}
	r.ResidentBytes = min(pages*int64(os.Getpagesize()), r.SizeBytes)
	return r, nil
}

// byCachestat asks cachestat(2), which Linux has since 6.5.
func byCachestat(f *os.File) (pages int64, err error) {
	var stat unix.Cachestat_t
	err = unix.Cachestat(uint(f.Fd()), &unix.CachestatRange{}, &stat, 0)
	return int64(stat.Cache), err
}

// byMincore asks mincore(2) about a mapping of the file, which brings no page
// into memory by itself.
func byMincore(f *os.File, path string, sizeBytes int64) (pages int64, err error) {
	if !tellsTruth(f, path) {
		return 0, &UnsupportedError{path, "the kernel tells what of it is in the page cache only to those who own it or may write it"}
	}
	if int64(int(sizeBytes)) != sizeBytes {
		return 0, &UnsupportedError{path, "it is too large to be mapped"}
	}
	mapping, err := unix.Mmap(int(f.Fd()), 0, int(sizeBytes), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return 0, &UnsupportedError{path, "it cannot be mapped: " + err.Error()}
	}
	defer unix.Munmap(mapping)
	page := os.Getpagesize()
	in := make([]byte, min(1<<16, (len(mapping)+page-1)/page)) // a byte a page
	for at := 0; at < len(mapping); at += len(in) * page {
		part := mapping[at:min(at+len(in)*page, len(mapping))]
		if err := mincore(part, in); err != nil {
			return 0, os.NewSyscallError("mincore", err)
		}
		for _, b := range in[:(len(part)+page-1)/page] {
			pages += int64(b & 1)
		}
	}
	return pages, nil
}

// tellsTruth tells whether mincore answers for the file. To others it says that
// every page is resident.
func tellsTruth(f *os.File, path string) bool {
	var stat unix.Stat_t
	if unix.Fstat(int(f.Fd()), &stat) == nil && int(stat.Uid) == os.Geteuid() {
		return true
	}
	return unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS) == nil
}

// Drop takes the file's pages out of the page cache and checks that they are
// gone. The error is a *KeptError if they are not, and an *UnsupportedError if
// that cannot be told.
func Drop(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Fdatasync(int(f.Fd())); err != nil { // dirty pages stay
		return &os.PathError{Op: "fdatasync", Path: path, Err: err}
	}
	var r Residency
	// A page that some other processor has on one of its lists for a moment, or
	// that is under way to the disk, goes with a later try.
	for pause := time.Millisecond; pause <= 64*time.Millisecond; pause *= 2 {
		if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
			return &os.PathError{Op: "fadvise", Path: path, Err: err}
		}
		if r, err = resident(f, path); err != nil || r.ResidentBytes == 0 {
			return err
		}
		time.Sleep(pause)
	}
	return &KeptError{path, r, whyKept(f)}
}

func whyKept(f *os.File) string {
	var fs unix.Statfs_t
	if unix.Fstatfs(int(f.Fd()), &fs) == nil && (uint32(fs.Type) == unix.TMPFS_MAGIC || uint32(fs.Type) == unix.RAMFS_MAGIC) {
		return "its file system is memory and nothing else; copy it to a disk"
	}
	var stat unix.Cachestat_t
	err := unix.Cachestat(uint(f.Fd()), &unix.CachestatRange{}, &stat, 0)
	if err == nil && stat.Dirty+stat.Writeback > 0 {
		return "somebody is writing it; wait until that has ended"
	}
	return "another process has them mapped, locked or in use (fuser -v shows which); end it"
}

// mincore sets the lowest bit of in[i] if page i of the mapping is resident.
// Package unix has no function for it.
func mincore(mapping, in []byte) error {
	_, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&mapping[0])), uintptr(len(mapping)), uintptr(unsafe.Pointer(&in[0])))
	if errno != 0 {
		return errno
	}
	return nil
}
