// Package atomicfile writes output that appears under its name complete or not
// at all.
//
//	f, err := atomicfile.Create(path)
//	defer f.Abort()
//	... f.Write ...
//	return f.Commit()
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// File is an output that is being written. It belongs to one goroutine.
//
// The bytes go to a temporary file in the directory of the target,
// ".NAME.*.weir-tmp", which Commit renames. A temporary file that a killed
// process left behind is removed by the next Create for the same target.
//
// Where there is nothing to replace (a pipe, a device, /dev/stdout) the bytes
// go straight to the target, and Abort cannot take them back.
type File struct {
	path   string // as the caller named it; errors do too
	target string // what Commit replaces: path with symbolic links followed
	file   *os.File
	direct bool
	done   bool // committed or aborted
	err    error
}

// Create starts writing the file at path. If it exists, it stays as it is until
// Commit, which keeps its permissions (the new one belongs to who writes it); a
// new file gets 0666 less the umask. A symbolic link stays, and what it points to
// is replaced. It is an error if the existing file may not be written.
func Create(path string) (*File, error) {
	f := &File{path: path}
	if err := f.open(); err != nil {
		return nil, f.fail("create", err)
	}
	return f, nil
}

func (f *File) open() error {
	if f.path == "" {
		return errors.New("the name is empty")
	}
	if os.IsPathSeparator(f.path[len(f.path)-1]) {
		return errors.New("is the name of a directory")
	}
	target, inherited, err := resolve(f.path)
	if err != nil {
		return err
	}
	if inherited != nil {
		f.file, f.direct = inherited, true
		return nil
	}
	f.target = target
	info, err := os.Stat(target)
	if errors.Is(err, fs.ErrNotExist) {
		removeStale(target)
		f.file, err = createTemp(target, 0o666)
		return err
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		return errors.New("is a directory")
	}
	existing, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		f.file, f.direct = existing, true
		return nil
	}
	existing.Close() // nothing was written: it was a question
	return f.openLike(info.Mode())
}

// openLike creates the temporary file with the permissions in mode. Until it
// has them nobody else may open it.
func (f *File) openLike(mode fs.FileMode) error {
	removeStale(f.target)
	file, err := createTemp(f.target, 0o600)
	if err != nil {
		return err
	}
	if err := file.Chmod(mode.Perm()); err != nil {
		removeOpen(file)
		return err
	}
	f.file = file
	return nil
}

// Name is the path as it was given to Create.
func (f *File) Name() string { return f.path }

// Write writes p. After an error, Commit fails too: a caller that overlooks it
// does not publish half of a file.
func (f *File) Write(p []byte) (int, error) {
	if f.done {
		return 0, f.fail("write", fs.ErrClosed)
	}
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.file.Write(p)
	if err != nil {
		f.err = f.fail("write", err)
	}
	return n, f.err
}

// Commit makes the file appear under its name and survive a crash of the
// machine: it syncs the file, renames it and syncs the directory. If it fails,
// the target is as it was before, and the temporary file is removed; only a
// failure to sync the directory comes after the target has been replaced.
func (f *File) Commit() error {
	if f.done {
		return f.fail("commit", fs.ErrClosed)
	}
	defer f.Abort()
	if f.err != nil {
		return f.err
	}
	if f.direct {
		f.done = true
		return f.fail("close", f.file.Close())
	}
	if err := f.file.Sync(); err != nil {
		return f.fail("sync", err)
	}
	if err := replace(f.file, f.target); err != nil {
		return f.fail("replace", err)
	}
	f.done = true
	return f.fail("sync directory of", syncDir(filepath.Dir(f.target)))
}

// Abort gives the output up, unless it has been committed: it removes the
// temporary file. It can be called at any time and more than once.
func (f *File) Abort() {
	if f.done {
		return
	}
	f.done = true
	if !f.direct {
		removeOpen(f.file)
		return
	}
	f.file.Close()
}

// fail names the file in err by the path the caller knows, instead of that of
// the temporary file.
func (f *File) fail(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", doing, f.path, cause(err))
}

// cause is err without the operation and path that package os adds.
func cause(err error) error {
	switch e := err.(type) {
	case *fs.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}
