package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/weir-pipeline/weir/storage/atomicfile"
)

// report is the file of --report. It is opened before the run, whose time would
// be lost if it could not be. Without the flag, file is nil.
type report struct {
	file *atomicfile.File
}

func newReport(c *cli.Context) (report, error) {
	path := c.String("report")
	if path == "" {
		return report{}, nil
	}
	if !strings.EqualFold(filepath.Ext(path), ".json") {
		return report{}, usagef("--report %s: reports are written as JSON: use a name that ends in .json", path)
	}
	if filepath.Clean(path) == filepath.Clean(c.String("output")) {
		return report{}, usagef("--report and -o name the same file, %s", path)
	}
	file, err := atomicfile.Create(path)
	if err != nil {
		return report{}, fmt.Errorf("--report: %w", err)
	}
	return report{file}, nil
}

// write completes the file with v.
func (r report) write(v any) error {
	if r.file == nil {
		return nil
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		_, err = r.file.Write(append(text, '\n'))
	}
	if err == nil {
		err = r.file.Commit()
	}
	if err != nil {
		return fmt.Errorf("--report: %w", err)
	}
	return nil
}

// abort leaves no file behind unless write has completed it.
func (r report) abort() {
	if r.file != nil {
		r.file.Abort()
	}
}
