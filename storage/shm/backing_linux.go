package shm

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	mmap "github.com/edsrzf/mmap-go"
	"golang.org/x/sys/unix"
)

// memfd is a shared mapping of an anonymous file in memory. Its seals let
// whoever inherits the descriptor map it for reading and nothing else.
type memfd struct {
	pages mmap.MMap
	owned *os.File
	given *os.File // what workers get: owned, or a read-only twin of it
}

func newShared(name string, sizeBytes int64) (backing, error) {
	// Executable memfds are refused where vm.memfd_noexec is 2; older kernels do
	// not know the flag.
	flags := unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate(name, flags|unix.MFD_NOEXEC_SEAL)
	if errors.Is(err, unix.EINVAL) {
		fd, err = unix.MemfdCreate(name, flags)
	}
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) { // a sandbox
		return newTempFile(os.TempDir(), sizeBytes)
	}
	if err != nil {
		return nil, mapError(sizeBytes, os.NewSyscallError("memfd_create", err))
	}
	return newMemfd(os.NewFile(uintptr(fd), name), sizeBytes, unix.F_SEAL_FUTURE_WRITE)
}

func newMemfd(f *os.File, sizeBytes int64, writeSeal int) (b backing, err error) {
	m := &memfd{owned: f, given: f}
	defer func() {
		if err != nil {
			m.close()
		}
	}()
	if err = f.Truncate(sizeBytes); err != nil {
		return nil, mapError(sizeBytes, err)
	}
	if m.pages, err = mmap.MapRegion(f, int(sizeBytes), mmap.RDWR, 0, 0); err != nil {
		return nil, mapError(sizeBytes, err)
	}
	if err = m.seal(writeSeal); err != nil {
		return nil, err
	}
	return m, nil
}

// seal fixes the size and forbids new writable mappings and write(2). Kernels
// before 5.1 and some sandboxes lack the latter; then workers get a descriptor
// opened for reading only.
func (m *memfd) seal(writeSeal int) error {
	size := unix.F_SEAL_SHRINK | unix.F_SEAL_GROW
	_, err := unix.FcntlInt(m.owned.Fd(), unix.F_ADD_SEALS, size|writeSeal|unix.F_SEAL_SEAL)
	if err == nil {
		return nil
	}
	if _, err := unix.FcntlInt(m.owned.Fd(), unix.F_ADD_SEALS, size); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	m.given, err = os.Open("/proc/self/fd/" + strconv.Itoa(int(m.owned.Fd())))
	if err != nil {
		m.given = m.owned
		return fmt.Errorf("open for reading: %w", err)
	}
	return nil
}

func (m *memfd) mapping() []byte { return m.pages }
func (m *memfd) file() *os.File  { return m.given }

func (m *memfd) reserve(offset, sizeBytes int64) error {
	for {
		err := unix.Fallocate(int(m.owned.Fd()), 0, offset, sizeBytes)
		if !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("fallocate", err)
		}
	}
}

func (m *memfd) close() error {
	var err error
	if m.pages != nil {
		err = m.pages.Unmap()
	}
	if m.given != m.owned {
		err = errors.Join(err, m.given.Close())
	}
	return errors.Join(err, m.owned.Close())
}
