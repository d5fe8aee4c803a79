package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/weir-pipeline/weir/pipeline/quantity"
	"github.com/weir-pipeline/weir/storage/output"
	"github.com/weir-pipeline/weir/storage/synth"
)

func genCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "gen",
		Usage:     "write a synthetic table, for trying things out and measuring them",
		UsageText: "[flags] FILE...",
		Description: strings.TrimSpace(`
Writes the same table to each FILE, in the format that its name says: .csv, .tsv
(also .gz and .zst), .parquet, .arrow. The table depends on --rows, --seed and
--city alone. Its columns: id, x (normal), y (lognormal), z (normal, 1 % nulls), k
(100 values, some far oftener), ts (milliseconds, ascending), f (float32), price.

EXAMPLES
   weir gen --rows 1000000 sample.csv
   weir gen --rows 50000000 --seed 7 big.arrow big.parquet
   weir gen --rows 100000 --city --compression zstd cities.parquet`),
		CustomHelpTemplate: commandHelp,
		HideHelpCommand:    true,
		Flags: []cli.Flag{
			&cli.Int64Flag{Name: "rows", Value: 1_000_000, Usage: "`N` rows"},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "`N`: tables with the same seed hold the same values"},
			&cli.BoolFlag{Name: "city", Usage: "add a column of text, city, with 50 values"},
			&cli.StringFlag{Name: "compression", Usage: "`NAME`: none, lz4, zstd for Arrow (default none); none, snappy, zstd, gzip for Parquet (default snappy)"},
			&cli.IntFlag{Name: "batch-rows", DefaultText: "131072 for Arrow, 262144 for Parquet", Usage: "`N` rows in a record batch or row group"},
			&cli.BoolFlag{Name: "force", Usage: "replace files that exist"},
			&cli.StringFlag{Name: "progress", Value: "auto", Usage: "show a progress bar: `WHEN` is auto (on a terminal), on or off"},
		},
		OnUsageError: usageError,
		Action:       func(c *cli.Context) error { return generate(c, s) },
	}
}

func generate(c *cli.Context, s streams) error {
	if c.NArg() == 0 {
		return usagef("no file: name what to write, such as sample.csv")
	}
	table := synth.Table{Rows: c.Int64("rows"), Seed: c.Uint64("seed"), Columns: synth.DefaultColumns()}
	if c.Bool("city") {
		table.Columns = append(table.Columns, synth.CityColumn())
	}
	if err := table.Check(); err != nil {
		return usagef("--rows: %w", err)
	}
	options := output.Options{Compression: c.String("compression"), BatchRows: c.Int("batch-rows")}
	if c.IsSet("batch-rows") && options.BatchRows < 1 {
		return usagef("--batch-rows: %d is less than 1", options.BatchRows)
	}
	for _, path := range c.Args().Slice() {
		if err := creatable(path, table, options, c.Bool("force")); err != nil {
			return err
		}
	}
	for _, path := range c.Args().Slice() {
		bar, err := newProgress(c, s)
		if err != nil {
			return err
		}
		err = synth.Write(c.Context, path, table, synth.WriteOptions{
			Options:  options,
			Progress: func(rows int64) { bar.step(int(rows), int(table.Rows), path+", "+quantity.Count(rows, "row")) },
		})
		bar.close()
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.err, "%s: %s, %s\n", path, quantity.Count(table.Rows, "row"), quantity.Bytes(info.Size()))
	}
	return nil
}

// creatable tells whether path can be written, before time is spent on another.
func creatable(path string, table synth.Table, options output.Options, force bool) error {
	if _, err := os.Stat(path); err == nil && !force {
		return fmt.Errorf("%s exists; use --force to replace it", path)
	}
	f, err := output.Create(path, table.Schema(), options)
	var system syscall.Errno
	switch {
	case err == nil:
		f.Abort()
		return nil
	case errors.As(err, &system):
		return err
	}
	return usagef("%w", err) // the name or the compression
}
