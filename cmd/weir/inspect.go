package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/inspect"
	"github.com/weir-pipeline/weir/pipeline/quantity"
)

func inspectCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "show the columns, files, splits and statistics of a dataset",
		UsageText: "[flags] INPUT...",
		Description: strings.TrimSpace(`
Reads headers and footers only, unless --stats asks for figures over the values.

EXAMPLES
   weir inspect flights.parquet
   weir inspect --splits --format json 'data/*.arrow'
   weir inspect --stats diamonds.csv`),
		CustomHelpTemplate: commandHelp,
		HideHelpCommand:    true,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "splits", Usage: "list the splits"},
			&cli.BoolFlag{Name: "stats", Usage: "read the values: count, nulls, smallest and largest of each column"},
			&cli.StringSliceFlag{Name: "types", Usage: "types of CSV columns, a list of `NAME=TYPE` such as zip=string"},
			&cli.StringFlag{Name: "comma", Usage: "the `CHARACTER` between fields of a CSV; default: found in the file"},
			&cli.StringFlag{Name: "format", Value: "table", Usage: "write as `FORMAT`: table or json"},
			&cli.StringFlag{Name: "log-level", Value: "warn", Usage: "log from `LEVEL` up: debug, info, warn, error"},
			&cli.StringFlag{Name: "log-format", Value: "text", Usage: "log as `FORMAT`: text or json"},
		},
		OnUsageError: usageError,
		Action:       func(c *cli.Context) error { return inspectInputs(c, s) },
	}
}

func inspectInputs(c *cli.Context, s streams) error {
	if c.NArg() == 0 {
		return usagef("no input: name files, directories or globs, or - for standard input")
	}
	if err := oneOf(c, "format", "table", "json"); err != nil {
		return err
	}
	o, err := optionsOf(c, s)
	if err != nil {
		return err
	}
	info, err := inspect.Run(c.Context, c.Args().Slice(), inspect.Options{Run: o, Stats: c.Bool("stats"), Splits: c.Bool("splits")})
	if err != nil {
		return err
	}
	if c.String("format") == "json" {
		encoder := json.NewEncoder(s.out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(info)
	} else {
		err = writeInfo(s.out, info)
	}
	if err != nil {
		return &pipeline.OutputError{Err: err}
	}
	return nil
}

func writeInfo(w io.Writer, info *inspect.Info) error {
	var out bytes.Buffer
	rows := "rows unknown until read"
	if info.Rows >= 0 {
		rows = quantity.Count(info.Rows, "row")
	}
	fmt.Fprintf(&out, "%s, %s, %s, %s, %s\n\n", quantity.Count(int64(len(info.Files)), "file"), quantity.Bytes(info.SizeBytes), rows,
		quantity.Count(int64(len(info.Columns)), "column"), quantity.Count(int64(info.SplitCount), "split"))
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	if info.Columns != nil && info.Columns[0].Stats != nil {
		fmt.Fprintln(table, "column\ttype\tvalues\tnulls\tmin\tmax")
	} else {
		fmt.Fprintln(table, "column\ttype")
	}
	for _, c := range info.Columns {
		fmt.Fprintf(table, "%s\t%s", c.Name, c.Type)
		if st := c.Stats; st != nil {
			fmt.Fprintf(table, "\t%s\t%s\t%s\t%s", quantity.Thousands(st.Values), quantity.Thousands(st.Nulls), st.Min, st.Max)
		}
		fmt.Fprintln(table)
	}
	fmt.Fprintln(table)
	fmt.Fprintln(table, "file\tformat\tsize\trows\tsplits")
	for _, f := range info.Files {
		rows := "?"
		if f.Rows >= 0 {
			rows = quantity.Thousands(f.Rows)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\n", f.Name, f.Format, quantity.Bytes(f.SizeBytes), rows, f.Splits)
	}
	if len(info.Splits) > 0 {
		fmt.Fprintln(table)
		fmt.Fprintln(table, "split\tfile\toffset\tsize\trows")
		for i, sp := range info.Splits {
			rows := "?"
			if sp.Rows >= 0 {
				rows = quantity.Thousands(sp.Rows)
			}
			fmt.Fprintf(table, "%d\t%s\t%d\t%s\t%s\n", i+1, sp.File, sp.Offset, quantity.Bytes(sp.SizeBytes), rows)
		}
	}
	table.Flush()
	_, err := w.Write(out.Bytes())
	return err
}
