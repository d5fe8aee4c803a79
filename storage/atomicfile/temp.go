package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// Temporary files are called prefix, random number, suffix. The prefix keeps
// enough of the target's name to be recognised and stays within the 255 bytes
// that a name can have.
const (
	tempSuffix     = ".weir-tmp"
	maxPrefixBytes = 200
)

func tempPrefix(target string) string {
	base := filepath.Base(target)
	return "." + base[:min(len(base), maxPrefixBytes)] + "."
}

// createTemp creates a file beside target and locks it, which tells others
// that it is in use.
func createTemp(target string, perm fs.FileMode) (*os.File, error) {
	dir, prefix := filepath.Dir(target), tempPrefix(target)
	for tries := 0; ; tries++ {
		name := filepath.Join(dir, fmt.Sprintf("%s%016x%s", prefix, rand.Uint64(), tempSuffix))
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		if errors.Is(err, fs.ErrExist) && tries < 100 {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("temporary file in %s: %w", dir, cause(err))
		}
		if lock(file) || tries >= 100 {
			return file, nil
		}
		file.Close() // somebody took it for stale before it was locked
	}
}

// removeStale removes the temporary files of writers of target that were
// killed. It does what it can: a failure here is no reason not to write.
func removeStale(target string) {
	dir, err := os.Open(filepath.Dir(target))
	if err != nil {
		return
	}
	defer dir.Close()
	prefix := tempPrefix(target)
	for {
		names, err := dir.Readdirnames(1024)
		for _, name := range names {
			if strings.HasPrefix(name, prefix) && strings.HasSuffix(name, tempSuffix) {
				removeUnlocked(filepath.Join(dir.Name(), name))
			}
		}
		if err != nil || len(names) == 0 {
			return
		}
	}
}
