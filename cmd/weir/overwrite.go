package main

import (
	"io/fs"
	"os"
	"path/filepath"
)

// refuseInputs is an error if a file that is to be written is one of the
// inputs, which it would replace.
func refuseInputs(flag, path string, inputs []string) error {
	if path == "" {
		return nil
	}
	target, err := os.Stat(path)
	if err != nil || !target.Mode().IsRegular() {
		return nil // there is nothing to lose
	}
	for _, in := range inputs {
		matches, err := filepath.Glob(in)
		if err != nil || len(matches) == 0 {
			matches = []string{in}
		}
		for _, m := range matches {
			if holds(m, target) {
				return usagef("%s %s would replace an input of this run; write to another file", flag, path)
			}
		}
	}
	return nil
}

// holds tells whether the file or directory at path is or has target.
func holds(path string, target fs.FileInfo) bool {
	found := false
	_ = filepath.WalkDir(path, func(at string, _ fs.DirEntry, err error) error {
		if err != nil {
			return nil // the run says so
		}
		// Stat, not the entry's own Info: a link to the target is the target.
		if info, err := os.Stat(at); err == nil && os.SameFile(info, target) {
			found = true
			return fs.SkipAll
		}
		return nil
	})
	return found
}
