package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/weir-pipeline/weir/pipeline/htmlreport"
	"github.com/weir-pipeline/weir/storage/atomicfile"
)

// report is the file of --report. It is opened before the run, whose time would
// be lost if it could not be. Without the flag, file is nil.
type report struct {
	file *atomicfile.File
	html bool
}

func newReport(c *cli.Context, inputs []string) (report, error) {
	path := c.String("report")
	if path == "" {
		return report{}, nil
	}
	html := false
	switch strings.ToLower(filepath.Ext(path)) {
	case ".json":
	case ".html", ".htm":
		html = true
	default:
		return report{}, usagef("--report %s: reports are written as JSON or as an HTML page: use a name that ends in .json or .html", path)
	}
	if err := refuseInputs("--report", path, inputs); err != nil {
		return report{}, err
	}
	if filepath.Clean(path) == filepath.Clean(c.String("output")) {
		return report{}, usagef("--report and -o name the same file, %s", path)
	}
	file, err := atomicfile.Create(path)
	if err != nil {
		return report{}, fmt.Errorf("--report: %w", err)
	}
	return report{file, html}, nil
}

// wanted tells whether runs are to be recorded.
func (r report) wanted() bool { return r.file != nil }

// write completes the file, with data or with the page.
func (r report) write(data any, page func() (htmlreport.Page, error)) error {
	if r.file == nil {
		return nil
	}
	var err error
	if r.html {
		var p htmlreport.Page
		if p, err = page(); err == nil {
			err = htmlreport.Write(r.file, p)
		}
	} else {
		var text []byte
		if text, err = json.MarshalIndent(data, "", "  "); err == nil {
			_, err = r.file.Write(append(text, '\n'))
		}
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
