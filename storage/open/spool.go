package open

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// stdin adds standard input: directly if it is a whole file, else spooled.
func (f *findings) stdin(ctx context.Context) error {
	const name = "standard input"
	if f.seen["-"] {
		return errors.New("- (standard input) is given twice; it can be read once")
	}
	f.seen["-"] = true
	in := f.opts.Stdin
	if in == nil {
		in = os.Stdin
	}
	info, err := in.Stat()
	if err != nil {
		return fmt.Errorf("%s: %w", name, cause(err))
	}
	if info.IsDir() {
		return fmt.Errorf("%s: is a directory", name)
	}
	if term.IsTerminal(int(in.Fd())) {
		return fmt.Errorf("%s: is a terminal; pipe data into it or name a file", name)
	}
	if info.Mode().IsRegular() {
		// Part of it may have been read by another program before.
		if pos, err := in.Seek(0, io.SeekCurrent); err == nil && pos == 0 {
			if kept, err := duplicate(in); err == nil {
				f.sources = append(f.sources, source{name: name, kept: kept})
				return nil
			}
		}
	}
	return f.spool(ctx, name, in)
}

// stream adds an input that is no regular file: a named pipe, a process
// substitution.
func (f *findings) stream(ctx context.Context, path string) error {
	in, err := os.Open(path)
	if err != nil {
		return explain(path, err)
	}
	defer in.Close()
	return f.spool(ctx, path, in)
}

// spool copies a stream to a temporary file, for every format is read from
// several places at once. On Unix the file has no name, so that nothing is
// left of it however the process ends.
func (f *findings) spool(ctx context.Context, name string, in *os.File) error {
	if f.opts.Spooling != nil {
		defer f.opts.Spooling()()
	}
	kept, drop, err := temporary(f.opts.TempDir)
	if err != nil {
		return fmt.Errorf("%s: a file to keep it in while it is read: %w", name, err)
	}
	s := source{name: name, kept: kept, drop: drop}
	n, err := copyAll(ctx, kept, in)
	f.spooledBytes += n
	if err != nil {
		s.close()
		return fmt.Errorf("%s: after %d bytes: %w", name, n, err)
	}
	if drop != nil { // it has a name to open it by
		s.path, s.kept = kept.Name(), nil
		if err := kept.Close(); err != nil {
			drop()
			return fmt.Errorf("%s: %w", name, cause(err))
		}
	}
	f.sources = append(f.sources, s)
	return nil
}

func temporary(dir string) (*os.File, func(), error) {
	file, err := os.CreateTemp(dir, "weir-input-*")
	if err != nil {
		return nil, nil, err
	}
	if err := os.Remove(file.Name()); err != nil { // Windows does not remove open files
		return file, func() { os.Remove(file.Name()) }, nil
	}
	return file, nil, nil
}

// copyAll copies in to out in blocks of a megabyte until ctx ends. A read that
// waits for a writer cannot be interrupted everywhere: it then stays behind,
// with a buffer of its own, and what it reads is dropped.
func copyAll(ctx context.Context, out, in *os.File) (int64, error) {
	type block struct {
		data []byte
		err  error
	}
	const size = 1 << 20
	filled, free := make(chan block), make(chan []byte, 2)
	free <- make([]byte, size)
	free <- make([]byte, size)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			var buf []byte
			select {
			case buf = <-free:
			case <-stop:
				return
			}
			n, err := in.Read(buf)
			select {
			case filled <- block{buf[:n], err}:
			case <-stop:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	var total int64
	for {
		select {
		case <-ctx.Done():
			return total, ctx.Err()
		case b := <-filled:
			n, err := out.Write(b.data)
			total += int64(n)
			switch {
			case err != nil:
				return total, fmt.Errorf("writing to %s: %w", out.Name(), cause(err))
			case b.err == io.EOF:
				return total, nil
			case b.err != nil:
				return total, cause(b.err)
			}
			free <- b.data[:size]
		}
	}
}
