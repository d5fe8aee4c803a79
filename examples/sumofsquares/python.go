package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// programs are the versions in Python, so that they can be run wherever this
// program is.
//
//go:embed python/*.py
var programs embed.FS

// noPythonError says that there is no Python to run them.
type noPythonError struct{ tried []string }

func (e *noPythonError) Error() string {
	return fmt.Sprintf("there is no Python of version 3.8 or later (looked for %s in PATH)", strings.Join(e.tried, ", "))
}

// findPython is the path of a Python that can run the programs, and its version.
func findPython(ctx context.Context) (path, version string, err error) {
	names := []string{"python3", "python"}
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		// macOS and Windows have programs of this name that only say how to install
		// Python, so it is run.
		out, err := exec.CommandContext(ctx, path, "-c", "import sys; sys.exit(sys.version_info < (3, 8) or print('Python', sys.version.split()[0]))").Output()
		if err == nil {
			return path, strings.TrimSpace(string(out)), nil
		}
	}
	return "", "", &noPythonError{names}
}

// runPython runs the programs by their run.py, which takes care that none runs
// for ever. The first row is the sequential one.
func runPython(ctx context.Context, dir string, s settings) (rows []row, version string, err error) {
	python, version, err := findPython(ctx)
	if err != nil {
		return nil, "", err
	}
	if err := copyPrograms(dir); err != nil {
		return nil, "", err
	}
	var out, messages bytes.Buffer
	c := exec.CommandContext(ctx, python, filepath.Join(dir, "python", "run.py"), "--json",
		"--items", strconv.FormatInt(s.items, 10), "--single", strconv.FormatInt(s.single, 10))
	c.Stdout, c.Stderr = &out, &messages
	c.Cancel = func() error { // an interrupted run.py ends the processes that it has started
		if err := c.Process.Signal(os.Interrupt); err != nil {
			return c.Process.Kill()
		}
		return nil
	}
	c.WaitDelay = 10 * time.Second
	err = c.Run()
	if ctx.Err() != nil {
		return nil, "", ctx.Err()
	}
	if err != nil {
		return nil, "", fmt.Errorf("run.py: %w\n%s%s", err, out.String(), messages.String())
	}
	rows, err = parseRows(&out)
	if err != nil {
		return nil, "", fmt.Errorf("run.py: %w", err)
	}
	return rows, version, nil
}

func copyPrograms(dir string) error {
	return fs.WalkDir(programs, ".", func(path string, d fs.DirEntry, err error) error {
		to := filepath.Join(dir, filepath.FromSlash(path))
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return os.MkdirAll(to, 0o755)
		}
		text, err := programs.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
}

// pythonRow is a line that run.py --json prints.
type pythonRow struct {
	Way   string   `json:"way"`
	Items int64    `json:"items"`
	Wall  *float64 `json:"wall_s"`
	Sum   *int64   `json:"sum"`
	Error string   `json:"error"`
}

// parseRows reads what run.py has printed, and checks the sums again.
func parseRows(r io.Reader) ([]row, error) {
	var rows []row
	for d := json.NewDecoder(r); ; {
		var p pythonRow
		err := d.Decode(&p)
		switch {
		case errors.Is(err, io.EOF) && len(rows) == 0:
			return nil, errors.New("it printed nothing")
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil:
			return nil, err
		case p.Error != "":
			rows = append(rows, row{way: p.Way, items: p.Items, failed: p.Error})
			continue
		case p.Wall == nil || p.Sum == nil || p.Items < 1:
			return nil, fmt.Errorf("%s has no sum, or no time", p.Way)
		case *p.Sum != sumOfSquares(p.Items):
			return nil, fmt.Errorf("%s gave %d for %d items, not %d", p.Way, *p.Sum, p.Items, sumOfSquares(p.Items))
		}
		wall := time.Duration(*p.Wall * float64(time.Second))
		rows = append(rows, row{way: p.Way, items: p.Items, wall: wall, perItem: true})
	}
}
