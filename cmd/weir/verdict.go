package main

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/pipeline/reportpage"
	"github.com/weir-pipeline/weir/pipeline/verdict"
)

// residentBefore is how much of the inputs is in the page cache, nil if that is
// not known.
func residentBefore(ctx context.Context, job pipeline.Job, o pipeline.Options) *float64 {
	files, err := compare.Files(ctx, job, o)
	if err != nil {
		return nil // the run says what is wrong with them
	}
	if f, err := compare.Resident(files); err == nil && f != compare.NotKnown {
		return &f
	}
	return nil
}

// adviser gives the commands that follow an advice: weir run with the flags
// that were given, the way that the advice is for, and what it changes.
func adviser(c *cli.Context) func(*verdict.Advice) [][]string {
	return func(a *verdict.Advice) [][]string {
		if a.Change.Warm {
			return nil // is no matter of a command
		}
		inputs := c.Args().Slice()
		var commands [][]string
		if a.Change.Arrow {
			decoded := decodedName(inputs[0])
			convert := append([]string{"weir", "run", "-o", decoded}, given(c, "types", "comma")...)
			if len(a.Columns) > 0 {
				convert = append(convert, "--select", verdict.ColumnList(a.Columns))
			}
			commands, inputs = append(commands, append(convert, inputs...)), []string{decoded}
		}
		flags := []string{"where", "derive", "agg", "by", "select", "types", "comma", "pin", "strict-zero-copy"}
		if a.Change.Arrow {
			flags = slices.DeleteFunc(flags, func(f string) bool { return f == "types" || f == "comma" })
		}
		if c.Command.Name == "run" {
			flags = append(flags, "format", "output")
		}
		if !a.Change.NoMemoryLimit {
			flags = append(flags, "memory-limit")
		}
		run := append([]string{"weir", "run"}, wayFlags(c, a)...)
		run = append(run, given(c, flags...)...)
		return append(commands, append(run, inputs...))
	}
}

// wayFlags are the flags of an advice's way: what was asked for, and what is
// changed. The mode is always said where several were compared.
func wayFlags(c *cli.Context, a *verdict.Advice) (words []string) {
	way := a.Base
	if c.Command.Name == "run" && !c.IsSet("mode") {
		way.Mode = "" // auto
	}
	if way.Codec == "raw" {
		way.Codec = ""
	}
	if !c.IsSet("workers") {
		way.Workers = 0
	}
	if !c.IsSet("chunk-rows") || a.Change.Arrow { // what suits a mapped file is another size
		way.ChunkRows = 0
	}
	o := a.Change.Apply(pipeline.Options{Mode: way.Mode, Codec: way.Codec, Workers: way.Workers, ChunkRows: way.ChunkRows})
	if o.Mode != "" {
		words = append(words, "--mode", string(o.Mode))
	}
	if o.Codec != "" {
		words = append(words, "--codec", o.Codec)
	}
	if o.Workers > 0 && o.Mode != pipeline.Sequential {
		words = append(words, "--workers", strconv.Itoa(o.Workers))
	}
	if o.ChunkRows > 0 {
		words = append(words, "--chunk-rows", strconv.Itoa(o.ChunkRows))
	}
	return words
}

// given are those of the flags that were given, with their values.
func given(c *cli.Context, flags ...string) (words []string) {
	for _, name := range flags {
		if !c.IsSet(name) {
			continue
		}
		switch v := c.Value(name).(type) {
		case bool:
			if v {
				words = append(words, "--"+name)
			}
		case cli.StringSlice:
			for _, s := range v.Value() {
				words = append(words, "--"+name, s)
			}
		default:
			words = append(words, "--"+name, c.String(name))
		}
	}
	return words
}

// decodedName is the Arrow file that an input can be decoded to, in the working
// directory.
func decodedName(input string) string {
	name := filepath.Base(strings.TrimRight(input, `/\`))
	if i := strings.IndexAny(name, ".*?["); i > 0 {
		name = name[:i]
	}
	return strings.Trim(name, "*?[]-") + "-decoded.arrow"
}

// verdictWidth is the most columns that a line of the verdict takes.
const verdictWidth = 100

// writeVerdict writes what a verdict says, one statement after the other.
func writeVerdict(out *bytes.Buffer, v *verdict.Verdict, advise func(*verdict.Advice) [][]string) {
	if len(v.Statements) == 0 {
		return
	}
	out.WriteString("\nverdict\n")
	for _, s := range v.Statements {
		out.WriteString("\n")
		writeWrapped(out, "", s.Heading)
		writeWrapped(out, "  ", s.Text)
		if s.Advice != nil {
			for _, command := range advise(s.Advice) {
				out.WriteString("  $ " + reportpage.ShellLine(command) + "\n") // not wrapped: it is to be copied
			}
		}
	}
}

// writeWrapped breaks text at spaces into indented lines.
func writeWrapped(out *bytes.Buffer, indent, text string) {
	column := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case column == 0:
			out.WriteString(indent)
			column = len(indent)
		case column+1+n > verdictWidth:
			out.WriteString("\n" + indent)
			column = len(indent)
		default:
			out.WriteString(" ")
			column++
		}
		out.WriteString(word)
		column += n
	}
	if column > 0 {
		out.WriteString("\n")
	}
}
