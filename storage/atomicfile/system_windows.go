package atomicfile

import "os"

// Windows refuses to remove a file that is open, so there is no need of locks:
// the temporary file of a live writer cannot be removed.

func lock(*os.File) bool { return true }

func removeUnlocked(path string) { os.Remove(path) }

// replace closes the temporary file and renames it, in this order: an open file
// cannot be renamed.
func replace(temp *os.File, target string) error {
	if err := temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), target)
}

func removeOpen(temp *os.File) {
	temp.Close()
	os.Remove(temp.Name())
}

// syncDir has nothing to do: NTFS journals its directories.
func syncDir(string) error { return nil }

func openDescriptor(string) (*os.File, error) { return nil, nil }
