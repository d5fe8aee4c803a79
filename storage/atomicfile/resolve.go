package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// maxLinks is how many symbolic links in a row Linux follows, too.
const maxLinks = 40

// resolve follows path's symbolic links to the file that writing to path would
// write to, which need not exist. If that is an open descriptor of this process
// (/dev/stdout), it returns a duplicate instead: opening it anew would start at
// the beginning of what the shell redirected it to.
func resolve(path string) (target string, inherited *os.File, err error) {
	for range maxLinks {
		// The directory first: a link's ".." is relative to where the link really
		// lies.
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return "", nil, err
		}
		target = filepath.Join(dir, filepath.Base(path))
		if inherited, err := openDescriptor(target); inherited != nil || err != nil {
			return "", inherited, err
		}
		info, err := os.Lstat(target)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode()&fs.ModeSymlink == 0 {
			return target, nil, nil
		}
		if err != nil {
			return "", nil, err
		}
		if path, err = os.Readlink(target); err != nil {
			return "", nil, err
		}
		if !filepath.IsAbs(path) {
			path = dir + string(filepath.Separator) + path
		}
	}
	return "", nil, errors.New("too many symbolic links")
}
