package open

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/weir-pipeline/weir/storage/spelling"
)

// inputError is an input that cannot be opened. It reads like a sentence about
// the input and unwraps to the system's error.
type inputError struct {
	text string
	err  error
}

func (e *inputError) Error() string { return e.text }
func (e *inputError) Unwrap() error { return e.err }

// cause is err without the operation and path that package os adds.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// explain says why an input cannot be opened and what else was perhaps meant.
func explain(name string, err error) error {
	var already *inputError
	if errors.As(err, &already) {
		return err
	}
	text := fmt.Sprintf("%s: %v", name, cause(err))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text = name + ": no such file" + suggestion(name)
	case errors.Is(err, fs.ErrPermission):
		text = name + ": permission denied"
		if info, statErr := os.Stat(name); statErr == nil {
			text = fmt.Sprintf("%s (its mode is %s)", text, info.Mode())
		}
	}
	return &inputError{text, err}
}

// suggestion names what is there instead of a file that is not.
func suggestion(name string) string {
	dir, base := filepath.Split(filepath.Clean(name))
	entries, err := os.ReadDir(orDot(dir))
	if err != nil {
		for parent := filepath.Clean(dir); parent != ""; {
			up := filepath.Dir(parent)
			if info, err := os.Stat(up); err == nil {
				if info.IsDir() {
					return fmt.Sprintf("; there is no directory %s", parent)
				}
				return fmt.Sprintf("; %s is no directory", up)
			}
			if up == parent {
				break
			}
			parent = up
		}
		return ""
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if best := spelling.Nearest(base, names); best != "" {
		return fmt.Sprintf("; did you mean %s?", filepath.Join(dir, best))
	}
	return ""
}

// explainGlob says why a pattern matches nothing, as far as that is known.
func explainGlob(pattern string) error {
	fixed := pattern[:strings.IndexAny(pattern, "*?[")]
	dir := filepath.Dir(fixed + "x")
	text := pattern + ": no file matches"
	if _, err := os.Stat(dir); err != nil {
		text = fmt.Sprintf("%s: no file matches; there is no directory %s", pattern, dir)
	} else if entries, err := os.ReadDir(dir); err == nil {
		text = fmt.Sprintf("%s; %s has %d entries", text, dir, len(entries))
		if len(entries) > 0 {
			text += ", such as " + entries[0].Name()
		}
	}
	return &inputError{text, fs.ErrNotExist}
}
