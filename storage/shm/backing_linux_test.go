package shm

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	mmap "github.com/edsrzf/mmap-go"
	"golang.org/x/sys/unix"
)

// The tests run themselves as workers that attack, and as processes with limits.
func TestMain(m *testing.M) {
	children := map[string]func() error{
		"worker":             workerChild,
		"address space":      addressSpaceChild,
		"file size":          fileSizeChild,
		"small file system":  smallFileSystemChild,
		"nothing left":       nothingLeftChild,
		"writes to a worker": readOnlyFaultChild,
	}
	if name := os.Getenv("WEIR_SHM_CHILD"); name != "" {
		if err := children[name](); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(name string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "WEIR_SHM_CHILD="+name,
		"GORACE=atexit_sleep_ms=0") // the race detector sleeps a second at each exit
	cmd.Stderr = os.Stderr
	return cmd
}

const workerBytes = 1 << 20

// workerChild inherits the arena as descriptor 3, tries to harm it, and prints
// what it sees there whenever it is told to look.
func workerChild() error {
	f := os.NewFile(3, "segment")
	fd := int(f.Fd())
	_, err := unix.Mmap(fd, 0, workerBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	fmt.Println("map writable:", err != nil)
	_, err = unix.Pwrite(fd, []byte("harm"), 0)
	fmt.Println("write:", err != nil)
	fmt.Println("shrink:", unix.Ftruncate(fd, 0) != nil)
	fmt.Println("grow:", unix.Ftruncate(fd, 2*workerBytes) != nil)
	fmt.Println("punch a hole:", unix.Fallocate(fd, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, 4096) != nil)
	_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_WRITE)
	fmt.Println("lock the owner out:", err != nil)
	s, err := MapSegment(f, workerBytes)
	if err != nil {
		return err
	}
	fmt.Println("make the mapping writable:", unix.Mprotect(s.Bytes(), unix.PROT_READ|unix.PROT_WRITE) != nil)
	f.Close()
	in := bufio.NewReader(os.Stdin)
	for {
		if _, err := in.ReadString('\n'); err != nil {
			return s.Close()
		}
		buf, err := s.Slice(64, 5)
		if err != nil {
			return err
		}
		fmt.Printf("sees %s\n", buf)
	}
}

func TestAWorkerCanReadAnArenaAndNothingElse(t *testing.T) {
	refused := []string{"map writable: true", "write: true", "shrink: true", "grow: true",
		"punch a hole: true", "lock the owner out: true", "make the mapping writable: true"}
	for _, c := range []struct {
		name string
		make func() (backing, error)
	}{
		{"sealed memfd", func() (backing, error) { return newShared("test", workerBytes) }},
		{"memfd of a kernel without the seal against writing", func() (backing, error) {
			fd, err := unix.MemfdCreate("test", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
			if err != nil {
				return nil, err
			}
			return newMemfd(os.NewFile(uintptr(fd), "test"), workerBytes, 1<<20) // a seal no kernel knows
		}},
		{"temporary file", func() (backing, error) { return newTempFile(t.TempDir(), workerBytes) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := c.make()
			if err != nil {
				t.Fatal(err)
			}
			defer b.close()
			if err := b.reserve(0, workerBytes); err != nil {
				t.Fatal(err)
			}
			cmd := child("worker")
			cmd.ExtraFiles = []*os.File{b.file()}
			in, _ := cmd.StdinPipe()
			out, _ := cmd.StdoutPipe()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			expect := func(want string) {
				t.Helper()
				if lines.Scan(); lines.Text() != want {
					t.Errorf("worker says %q, want %q", lines.Text(), want)
				}
			}
			for _, want := range refused {
				expect(want)
			}
			for _, text := range []string{"first", "later"} { // written after it was mapped
				copy(b.mapping()[64:], text)
				io.WriteString(in, "look\n")
				expect("sees " + text)
			}
			in.Close()
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

// readOnlyFaultChild writes to a segment, which must kill it.
func readOnlyFaultChild() error {
	s, err := MapSegment(os.NewFile(3, "segment"), workerBytes)
	if err != nil {
		return err
	}
	s.Bytes()[0] = 1
	return nil
}

func TestAWriteThroughASegmentFaultsInTheWorkerAlone(t *testing.T) {
	a := newArena(t, Options{SizeBytes: workerBytes})
	cmd := child("writes to a worker")
	cmd.ExtraFiles = []*os.File{a.File()}
	cmd.Stderr = nil // the trace
	if err := cmd.Run(); err == nil {
		t.Error("the worker has written to the arena")
	}
	if a.Bytes()[0] != 0 {
		t.Error("the arena has changed")
	}
}

func TestAnArenaThatTheMachineCannotHoldIsAClearError(t *testing.T) {
	available, known := Available()
	if !known {
		t.Fatal("Available is not known")
	}
	bothKinds(t, func(t *testing.T, o Options) {
		for _, size := range []int64{4 * available, 1 << 62} {
			o.SizeBytes = size
			_, err := NewArena(o)
			var noSpace *NoSpaceError
			if !errors.Is(err, ErrNoSpace) || !errors.As(err, &noSpace) || noSpace.NeedBytes < size {
				t.Fatalf("NewArena of %d bytes: %v", size, err)
			}
			for _, part := range []string{"not enough memory: need " + formatBytes(size), " available", "use a smaller --memory-limit"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q lacks %q", err, part)
				}
			}
		}
	})
}

// addressSpaceChild lets the kernel refuse the mapping.
func addressSpaceChild() error {
	if err := unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: 2 << 30, Max: 2 << 30}); err != nil {
		return err
	}
	for _, private := range []bool{true, false} {
		_, err := NewArena(Options{SizeBytes: 2 << 30, Private: private})
		fmt.Println(errors.Is(err, ErrNoSpace), errors.Is(err, unix.ENOMEM))
	}
	return nil
}

// fileSizeChild lets the kernel refuse the size of the memfd.
func fileSizeChild() error {
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1 << 20, Max: 1 << 20}); err != nil {
		return err
	}
	_, err := NewArena(Options{SizeBytes: 2 << 20})
	fmt.Println(errors.Is(err, ErrNoSpace), errors.Is(err, unix.EFBIG))
	a, err := NewArena(Options{SizeBytes: 1 << 20})
	if err != nil {
		return err
	}
	return a.Close()
}

// smallFileSystemChild fills an arena that is larger than the file system it is
// on: the reservation fails, not the write.
func smallFileSystemChild() error {
	dir := os.Getenv("WEIR_SHM_DIR")
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	b, err := newTempFile(dir, 64<<20)
	if err != nil {
		return err
	}
	a := &Arena{name: "test", backing: b, bytes: b.mapping(), space: newSpace(64 << 20)}
	_, err = a.Lease(background, 8<<20)
	fmt.Println("8 MiB:", errors.Is(err, ErrNoSpace), errors.Is(err, unix.ENOSPC))
	l, err := a.Lease(background, 1<<20)
	if err != nil {
		return err
	}
	clear(l.Alloc(1 << 20))
	l.Release()
	fmt.Println("1 MiB: written,", a.Outstanding(), "outstanding")
	return a.Close()
}

func TestTheSystemsRefusalIsAClearError(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"address space", "true true\ntrue true\n"},
		{"file size", "true true\n"},
		{"small file system", "8 MiB: true true\n1 MiB: written, 0 outstanding\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := child(c.name)
			if c.name == "small file system" {
				cmd.Env = append(cmd.Env, "WEIR_SHM_DIR="+t.TempDir())
				cmd.SysProcAttr = &syscall.SysProcAttr{
					Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
					UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
					GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
				}
			}
			out, err := cmd.Output()
			if errors.Is(err, unix.EPERM) || bytes.HasPrefix(out, []byte("error: mount:")) {
				t.Skipf("this system lets nobody mount a small file system: %v %s", err, out)
			}
			if err != nil || string(out) != c.want {
				t.Errorf("child says %v\n%s\nwant\n%s", err, out, c.want)
			}
		})
	}
}

// nothingLeftChild counts what arenas and segments leave in this process.
func nothingLeftChild() error {
	look := func() (string, error) {
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			return "", err
		}
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			return "", err
		}
		names := 0
		entries, _ := os.ReadDir("/dev/shm")
		for _, e := range entries {
			if strings.Contains(e.Name(), "leak-test") {
				names++
			}
		}
		mapped := strings.Count(string(maps), "leak-test")
		return fmt.Sprintf("%d descriptors, %d names, %d mappings", len(fds), names, mapped), nil
	}
	use := func(b backing, err error) error {
		if err != nil {
			return err
		}
		if err := b.reserve(0, 1<<20); err != nil {
			return err
		}
		s, err := MapSegment(b.file(), 1<<20)
		if err != nil {
			return err
		}
		during, _ := look()
		if strings.HasSuffix(during, " 0 mappings") {
			return fmt.Errorf("during: %s", during)
		}
		return errors.Join(s.Close(), b.close())
	}
	dir, err := os.MkdirTemp("", "leak-test")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var before string
	for round := range 3 {
		if err := use(newShared("leak-test", 1<<20)); err != nil {
			return err
		}
		if err := use(newTempFile(dir, 1<<20)); err != nil {
			return err
		}
		r, w, err := os.Pipe()
		if err != nil {
			return err
		}
		w.Close()
		if _, err := newMemfd(r, 1<<20, 0); err == nil { // has to close its file when it fails half-way
			return errors.New("a pipe serves as an arena")
		}
		after, err := look()
		left, _ := os.ReadDir(dir)
		if err != nil || round > 0 && after != before || len(left) > 0 {
			return fmt.Errorf("before: %s, after: %s and %d files, %v", before, after, len(left), err)
		}
		before = after // the first round also opens what the runtime keeps
	}
	fmt.Println("nothing left")
	return nil
}

func TestNothingIsLeftAfterClose(t *testing.T) {
	out, err := child("nothing left").Output()
	if err != nil || string(out) != "nothing left\n" {
		t.Errorf("%v: %s", err, out)
	}
}

func TestAMemfdWithoutANameSurvivesItsMappingsOnly(t *testing.T) {
	b, err := newShared("test", 4096)
	if err != nil {
		t.Fatal(err)
	}
	info, err := b.file().Stat()
	if err != nil {
		t.Fatal(err)
	}
	if links := info.Sys().(*syscall.Stat_t).Nlink; links != 0 {
		t.Errorf("the file has %d names", links)
	}
	other, err := mmap.MapRegion(b.file(), 4096, mmap.RDONLY, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	b.mapping()[0] = 7
	if err := b.close(); err != nil {
		t.Error(err)
	}
	if other[0] != 7 {
		t.Error("a mapping that is still there has lost its bytes")
	}
	other.Unmap()
}
