package main

import (
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/csvfile"
)

// jobFlags say what to compute. run and compare share them.
func jobFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "where", Usage: "keep the rows for which `EXPR` is true"},
		&cli.StringSliceFlag{Name: "derive", Usage: "add a column, `NAME=EXPR`; may be given more than once"},
		&cli.StringFlag{Name: "agg", Usage: "aggregate: a `LIST` such as 'count(), sum(x*x) as s'"},
		&cli.StringFlag{Name: "by", Usage: "group by a `LIST` of columns"},
		&cli.StringFlag{Name: "select", Usage: "without --agg: the `LIST` of columns of the rows; default all"},
		&cli.StringSliceFlag{Name: "types", Usage: "types of CSV columns, a list of `NAME=TYPE` such as zip=string"},
		&cli.StringFlag{Name: "comma", Usage: "the `CHARACTER` between fields of a CSV; default: found in the file"},
	}
}

// limitFlags say how to run.
func limitFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "memory-limit", Usage: "bound the memory of all processes together, a `SIZE` such as 512MB"},
		&cli.BoolFlag{Name: "pin", Usage: "keep each thread or worker on one processor of its own (Linux)"},
		&cli.BoolFlag{Name: "strict-zero-copy", Usage: "fail when a value has to be copied after decoding"},
		&cli.StringFlag{Name: "progress", Value: "auto", Usage: "show a progress bar: `WHEN` is auto (on a terminal), on or off"},
		&cli.StringFlag{Name: "log-level", Value: "warn", Usage: "log from `LEVEL` up: debug, info, warn, error"},
		&cli.StringFlag{Name: "log-format", Value: "text", Usage: "log as `FORMAT`: text or json"},
	}
}

// jobOf is the job that the flags and arguments describe.
func jobOf(c *cli.Context) pipeline.Job {
	return pipeline.Job{
		Inputs: c.Args().Slice(), Where: c.String("where"), Derive: c.StringSlice("derive"),
		Aggregate: c.String("agg"), By: c.String("by"), Select: c.String("select"),
	}
}

// optionsOf reads the flags that run and compare share.
func optionsOf(c *cli.Context, s streams) (o pipeline.Options, err error) {
	if o.MemoryLimitBytes, err = parseSize(c.String("memory-limit")); err != nil {
		return o, usagef("--memory-limit: %w", err)
	}
	if o.Types, err = parseTypes(c.StringSlice("types")); err != nil {
		return o, usagef("--types: %w", err)
	}
	switch comma := c.String("comma"); {
	case comma == `\t` || comma == "tab":
		o.Comma = '\t'
	case len(comma) == 1:
		o.Comma = comma[0]
	case comma != "":
		return o, usagef("--comma: %q is not one character of ASCII", comma)
	}
	o.Pin, o.StrictZeroCopy = c.Bool("pin"), c.Bool("strict-zero-copy")
	o.Stdin = s.in
	o.Logger, err = newLogger(c, s)
	return o, err
}

func newLogger(c *cli.Context, s streams) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.String("log-level"))); err != nil {
		return nil, usagef("--log-level: %q is none of debug, info, warn, error", c.String("log-level"))
	}
	options := &slog.HandlerOptions{Level: level}
	switch f := c.String("log-format"); f {
	case "text":
		return slog.New(slog.NewTextHandler(s.err, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(s.err, options)), nil
	default:
		return nil, usagef("--log-format: %q is neither text nor json", f)
	}
}

// parseSize reads a number of bytes: 512MB, 2GiB, 1.5g. Units are powers of
// 1000 as written with a plain B, of 1024 with iB or a bare letter.
func parseSize(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	s := strings.ToLower(strings.ReplaceAll(text, " ", ""))
	unit := strings.TrimLeft(s, "0123456789.")
	number, err := strconv.ParseFloat(strings.TrimSuffix(s, unit), 64)
	factors := map[string]float64{
		"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
		"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40,
	}
	factor, ok := factors[unit]
	if err != nil || !ok || number*factor > math.MaxInt64/2 || number*factor < 1 {
		return 0, fmt.Errorf("%q is no size: write a number and a unit, such as 512MB or 2GiB", text)
	}
	return int64(number * factor), nil
}

// parseTypes reads NAME=TYPE entries.
func parseTypes(list []string) (map[string]chunk.Type, error) {
	types := map[string]chunk.Type{}
	for _, entry := range typeEntries(list) {
		i := strings.LastIndexByte(entry, '=')
		if i < 1 {
			return nil, fmt.Errorf("%q is not NAME=TYPE", entry)
		}
		t, err := parseType(entry[i+1:])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", entry[:i], err)
		}
		types[entry[:i]] = t
	}
	return types, nil
}

// typeEntries cuts lists at commas, except those of columns' names: what such a
// comma ends has no =.
func typeEntries(lists []string) []string {
	var entries []string
	for _, list := range lists {
		begun := ""
		for _, part := range strings.SplitAfter(list, ",") {
			if begun += part; strings.Contains(part, "=") {
				entries, begun = append(entries, strings.Trim(begun, ", ")), ""
			}
		}
		if begun != "" {
			entries = append(entries, begun)
		}
	}
	return entries
}

// parseType takes the names that people write for a type beside its own.
func parseType(name string) (chunk.Type, error) {
	switch name {
	case "date":
		name = "date32"
	case "int":
		name = "int64"
	case "float":
		name = "float64"
	}
	return csvfile.ParseType(name)
}
