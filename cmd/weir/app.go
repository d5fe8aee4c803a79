package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/exec"
	"github.com/weir-pipeline/weir/stages/expr"
	"github.com/weir-pipeline/weir/storage/spelling"
)

// streams are what a command reads and writes.
type streams struct {
	in       *os.File
	out, err *os.File
}

// run is the whole program: it returns the exit code.
func run(args []string, in, out, errs *os.File) int {
	// A reader that closes our output early shows as an error of the write, so
	// that workers and temporary files are cleaned up as after any error.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends weir at once

	app := newApp(streams{in, out, errs})
	tell := func(err error) { fmt.Fprintf(errs, "weir: %s\n", message(err)) }
	app.ExitErrHandler = func(c *cli.Context, err error) {
		if err != nil && c.String("log-format") == "json" { // then every line is
			tell = func(err error) {
				slog.New(slog.NewJSONHandler(errs, nil)).Error(message(err), "exit_code", exitCode(err))
			}
		}
	}
	args, err := flagsFirst(app, args)
	if err == nil {
		err = app.RunContext(ctx, args)
	}
	if err != nil {
		tell(err)
	}
	return exitCode(err)
}

func newApp(s streams) *cli.App {
	return &cli.App{
		Name:    "weir",
		Usage:   "compute over large numeric files, in parallel, and account for every second",
		Version: version(),
		Description: strings.TrimSpace(`
weir reads a dataset (CSV, Parquet, Arrow), fans its chunks out to threads or
worker processes, reduces what they return, and says where the time went. The
result is the same, bit for bit, in every mode.`),
		CustomAppHelpTemplate: appHelp,
		Commands:              []*cli.Command{runCommand(s), compareCommand(s), explainCommand(s), inspectCommand(s), genCommand(s), completionCommand(s)},
		Reader:                s.in, Writer: s.out, ErrWriter: s.err,
		HideHelpCommand: true,
		Suggest:         true,
		CommandNotFound: func(c *cli.Context, name string) {},
		Action: func(c *cli.Context) error {
			if name := c.Args().First(); name != "" {
				if near := spelling.Nearest(name, commandNames(c.App)); near != "" {
					return usagef("there is no command %q; did you mean %s?", name, near)
				}
				return usagef("there is no command %q; see weir --help", name)
			}
			return cli.ShowAppHelp(c)
		},
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return usagef("%w", err) },

		DisableSliceFlagSeparator: true, // --derive 'r = if(a, b, c)' is one value
	}
}

const appHelp = `{{.Name}}: {{.Usage}}

{{.Description}}

USAGE
   weir COMMAND [flags] INPUT...      flags may stand before or after inputs

COMMANDS{{range .VisibleCommands}}
   {{join .Names ", "}}{{"\t"}}{{.Usage}}{{end}}

   weir COMMAND --help      flags, examples and exit codes of a command

INPUTS
   Files, directories, globs ("data/**/*.parquet"), or - for standard input. All
   inputs together are one dataset. Formats are told by content: CSV and TSV
   (also .gz and .zst), Parquet, Arrow IPC.

EXAMPLES
   weir run --agg 'count(), mean(delay)' --by origin flights.parquet
   weir run --where 'price > 100' --select carat,price diamonds.csv -o dear.csv
   weir compare --agg 'sum(x*x)' data.arrow
` + exitCodes

const exitCodes = `
EXIT CODES
   0 done   1 failed   2 usage   3 bad input data   4 a worker failed for good
   5 limit (memory, space)   130 interrupted
`

const commandHelp = `weir {{.Name}}: {{.Usage}}

USAGE
   weir {{.Name}}{{if .UsageText}} {{.UsageText}}{{else}} [flags]{{end}}
{{if .Description}}
{{.Description}}
{{end}}
FLAGS{{range .VisibleFlags}}
   {{.}}{{end}}
` + exitCodes

func commandNames(app *cli.App) []string {
	var names []string
	for _, c := range app.Commands {
		names = append(names, c.Name)
	}
	return names
}

// version is the module's version as the build recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "devel"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 && !strings.Contains(v, s.Value[:12]) {
			v += "+" + s.Value[:12]
		}
	}
	return v + " " + info.GoVersion
}

// usageError says which command an error of the flag package is about.
func usageError(c *cli.Context, err error, _ bool) error {
	return usagef("%w; see weir %s --help", err, c.Command.Name)
}

func usagef(format string, args ...any) error {
	return &pipeline.UsageError{Err: fmt.Errorf(format, args...)}
}

// message is what the user reads of an error.
func message(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.Is(err, syscall.EPIPE):
		return "writing the result: whoever read it has closed the pipe"
	case errors.Is(err, syscall.ENOSPC) && !strings.Contains(err.Error(), "--"):
		return err.Error() + ": free some space or write elsewhere"
	}
	return withCaret(err)
}

// caretLine is the line of an error that points into the line before it.
var caretLine = regexp.MustCompile(`\n *\^$`)

// withCaret is the text of err. If an expression is at fault, it stands on a
// line of its own with the caret below the place, however much is said before.
func withCaret(err error) string {
	var (
		parsed *expr.Error
		remote *exec.WorkerError
		about  string // "EXPRESSION: what is wrong\n    ^"
	)
	switch {
	case errors.As(err, &parsed):
		about = parsed.Error()
	case errors.As(err, &remote):
		about = remote.Err.Error()
	}
	text, caret, _ := strings.Cut(about, "\n")
	before, after, found := strings.Cut(caretLine.ReplaceAllString(err.Error(), ""), text)
	if !found || !caretLine.MatchString("\n"+caret) {
		return err.Error()
	}
	// The expression ends at the first colon after the caret: it has none itself
	// but in quotes.
	runes := []rune(text)
	at := min(len(caret)-1, len(runes))
	rest, what, _ := strings.Cut(string(runes[at:]), ": ")
	return before + what + after + "\n  " + string(runes[:at]) + rest + "\n  " + caret
}

func exitCode(err error) int {
	var exit cli.ExitCoder
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	for _, limit := range []syscall.Errno{syscall.ENOSPC, syscall.EFBIG, syscall.EDQUOT, syscall.ENOMEM} {
		if errors.Is(err, limit) {
			return int(pipeline.Limit)
		}
	}
	return int(pipeline.Classify(err))
}
