//go:build !linux

package pagecache

import "os"

// Resident is how much of the file is in the page cache, which this system does
// not tell: the error is an *UnsupportedError.
func Resident(path string) (Residency, error) {
	if _, err := os.Stat(path); err != nil {
		return Residency{}, err
	}
	return Residency{}, &UnsupportedError{path, "what is in the page cache is known on Linux only"}
}

// Drop takes the file's pages out of the page cache, which this system does not
// offer: the error is an *UnsupportedError.
func Drop(path string) error {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	return &UnsupportedError{path, "a file's pages can be dropped from the page cache on Linux only"}
}
