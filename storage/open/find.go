package open

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// source is a file to be read.
type source struct {
	name string   // as errors call it
	path string   // what to open; "" if it is open for good
	kept *os.File // standard input or what was spooled
	drop func()   // removes what was spooled; may be nil
}

// findings are the files that inputs mean.
type findings struct {
	sources      []source
	warnings     []string
	spooledBytes int64

	opts      Options
	filesOnly bool            // streams are errors
	seen      map[string]bool // absolute paths in sources
}

// Files lists the files that the inputs mean, in dataset order, without opening
// them. Standard input, a named pipe and the like are a *StreamError: they have
// no name under which they could be read again.
func Files(ctx context.Context, inputs []string, opts Options) ([]string, error) {
	f := &findings{opts: opts, filesOnly: true, seen: map[string]bool{}}
	for _, input := range inputs {
		if err := f.add(ctx, input); err != nil {
			return nil, err
		}
	}
	paths := make([]string, len(f.sources))
	for i, s := range f.sources {
		paths[i] = s.path
	}
	return paths, nil
}

// StreamError says that an input can be read only once.
type StreamError struct{ Input string }

func (e *StreamError) Error() string {
	name := e.Input
	if name == "-" {
		name = "standard input"
	}
	return name + " can be read once: save it to a file"
}

// find lists the files that the inputs mean. What it opened is closed on an
// error.
func find(ctx context.Context, inputs []string, opts Options) (_ *findings, err error) {
	f := &findings{opts: opts, seen: map[string]bool{}}
	defer func() {
		if err != nil {
			for _, s := range f.sources {
				s.close()
			}
		}
	}()
	for _, input := range inputs {
		if err := f.add(ctx, input); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (s source) close() {
	if s.kept != nil {
		s.kept.Close()
	}
	if s.drop != nil {
		s.drop()
	}
}

func (f *findings) add(ctx context.Context, input string) error {
	switch {
	case input == "":
		return errors.New("an input is the empty string; is a variable unset?")
	case input == "-" && f.filesOnly:
		return &StreamError{input}
	case input == "-":
		return f.stdin(ctx)
	}
	info, err := os.Stat(input)
	switch {
	case errors.Is(err, fs.ErrNotExist) && isGlob(input):
		return f.glob(ctx, input)
	case err != nil:
		return explain(input, err)
	case info.IsDir():
		return f.directory(input)
	case !info.Mode().IsRegular() && f.filesOnly:
		return &StreamError{input}
	case !info.Mode().IsRegular():
		return f.stream(ctx, input)
	}
	f.file(input)
	return nil
}

func (f *findings) file(path string) {
	key := path
	if abs, err := filepath.Abs(path); err == nil {
		key = abs
	}
	if f.seen[key] {
		f.warnings = append(f.warnings, fmt.Sprintf("%s is among the inputs more than once; it is read once", path))
		return
	}
	f.seen[key] = true
	f.sources = append(f.sources, source{name: path, path: path})
}

func (f *findings) glob(ctx context.Context, pattern string) error {
	matches, err := expand(pattern)
	if err != nil {
		return err
	}
	if len(matches) == 0 {
		return explainGlob(pattern)
	}
	for _, m := range matches {
		if err := f.add(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// directory adds the data files below dir. Elsewhere content decides on the
// format, here the name does whether a file is data at all: directories hold
// read-me files, checksums and markers too.
func (f *findings) directory(dir string) error {
	files, others, example := 0, 0, ""
	root := dir
	if info, err := os.Lstat(dir); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		root += string(filepath.Separator) // WalkDir then goes through the link
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return explain(path, err)
		}
		name := d.Name()
		if path != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		regular := d.Type().IsRegular()
		if d.Type()&fs.ModeSymlink != 0 && path != root {
			info, err := os.Stat(path)
			regular = err == nil && info.Mode().IsRegular()
		}
		if !regular {
			return nil
		}
		if _, known := byName(name, f.opts.Formats); !known {
			others++
			example = name
			return nil
		}
		files++
		f.file(path)
		return nil
	})
	switch {
	case err != nil:
		return err
	case files == 0 && others == 0:
		return fmt.Errorf("%s: no data files in the directory", dir)
	case files == 0:
		return fmt.Errorf("%s: no data files in the directory; the %d other files, such as %s, end in none of %s",
			dir, others, example, strings.Join(extensions(f.opts.Formats), " "))
	}
	return nil
}

func extensions(formats []Format) []string {
	var all []string
	for _, f := range formats {
		all = append(all, f.Extensions...)
	}
	return all
}
