package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

func completionCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the completion script of a shell",
		UsageText: "bash|zsh|fish",
		Description: strings.TrimSpace(`
EXAMPLES
   source <(weir completion bash)
   weir completion zsh > "${fpath[1]}/_weir"
   weir completion fish > ~/.config/fish/completions/weir.fish`),
		CustomHelpTemplate: commandHelp,
		HideHelpCommand:    true,
		Action: func(c *cli.Context) error {
			script, ok := map[string]func(*cli.App) string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[c.Args().First()]
			if !ok || c.NArg() != 1 {
				return usagef("completion for which shell? bash, zsh or fish")
			}
			_, err := fmt.Fprint(s.out, script(c.App))
			return err
		},
	}
}

// flagValues are the flags with a fixed set of values.
var flagValues = map[string]string{
	"mode": "auto sequential threads pipe mmap", "codec": "raw arrow gob json", "format": "table json csv",
	"cache": "warm cold as-is", "timings": "table json none", "progress": "auto on off", "log-level": "debug info warn error", "log-format": "text json",
}

// valuesOf is the set of values of a command's flag, or "".
func valuesOf(c *cli.Command, flag string) string {
	switch {
	case flag == "format" && c.Name == "compare":
		return "table json csv gobench"
	case flag == "format" && c.Name != "run":
		return "table json"
	}
	return flagValues[flag]
}

func longFlags(c *cli.Command) []string {
	var names []string
	for _, name := range longNames(c) {
		names = append(names, "--"+name)
	}
	return append(names, "--help")
}

func bashCompletion(app *cli.App) string {
	var b strings.Builder
	b.WriteString("# bash completion for weir\n_weir() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n\tcase \"${COMP_WORDS[1]} $prev\" in\n")
	for _, c := range app.Commands {
		for _, name := range longNames(c) {
			if values := valuesOf(c, name); values != "" {
				fmt.Fprintf(&b, "\t'%s --%s') COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return ;;\n", c.Name, name, values)
			}
		}
	}
	b.WriteString("\tesac\n\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n")
	fmt.Fprintf(&b, "\t\tCOMPREPLY=($(compgen -W '%s --help --version' -- \"$cur\")); return\n\tfi\n\tcase ${COMP_WORDS[1]} in\n", strings.Join(commandNames(app), " "))
	for _, c := range app.Commands {
		fmt.Fprintf(&b, "\t%s) words='%s' ;;\n", c.Name, strings.Join(longFlags(c), " "))
	}
	b.WriteString("\tesac\n\tcase $cur in\n\t-*) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n\t*) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n\tesac\n}\ncomplete -F _weir weir\n")
	return b.String()
}

func zshCompletion(app *cli.App) string {
	var b strings.Builder
	b.WriteString("#compdef weir\n_weir() {\n\tif (( CURRENT == 2 )); then\n\t\tlocal -a commands=(\n")
	for _, c := range app.Commands {
		fmt.Fprintf(&b, "\t\t\t'%s:%s'\n", c.Name, zshText(c.Usage))
	}
	b.WriteString("\t\t)\n\t\t_describe command commands\n\t\treturn\n\tfi\n\tcase $words[2] in\n")
	for _, c := range app.Commands {
		fmt.Fprintf(&b, "\t%s) _arguments", c.Name)
		for _, f := range c.Flags {
			name := f.Names()[0]
			usage := zshText(strings.ReplaceAll(usageOf(f), "`", ""))
			switch values := valuesOf(c, name); {
			case isBool(f):
				fmt.Fprintf(&b, " \\\n\t\t'--%s[%s]'", name, usage)
			case values != "":
				fmt.Fprintf(&b, " \\\n\t\t'--%s[%s]:value:(%s)'", name, usage, values)
			default:
				fmt.Fprintf(&b, " \\\n\t\t'--%s[%s]:value:_files'", name, usage)
			}
		}
		b.WriteString(" \\\n\t\t'*:input:_files' ;;\n")
	}
	b.WriteString("\tesac\n}\n_weir \"$@\"\n")
	return b.String()
}

func zshText(s string) string {
	return strings.NewReplacer("'", "", "[", "(", "]", ")", ":", ";").Replace(s)
}

func fishCompletion(app *cli.App) string {
	var b strings.Builder
	quote := func(s string) string {
		return "'" + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), "'", `\'`) + "'"
	}
	for _, c := range app.Commands {
		fmt.Fprintf(&b, "complete -c weir -n __fish_use_subcommand -f -a %s -d %s\n", c.Name, quote(c.Usage))
		for _, f := range c.Flags {
			name := f.Names()[0]
			fmt.Fprintf(&b, "complete -c weir -n '__fish_seen_subcommand_from %s' -l %s -d %s", c.Name, name, quote(strings.ReplaceAll(usageOf(f), "`", "")))
			switch values := valuesOf(c, name); {
			case isBool(f):
			case values != "":
				fmt.Fprintf(&b, " -x -a %s", quote(values))
			default:
				b.WriteString(" -r")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func usageOf(f cli.Flag) string {
	if d, ok := f.(cli.DocGenerationFlag); ok {
		return d.GetUsage()
	}
	return ""
}

func isBool(f cli.Flag) bool { _, ok := f.(*cli.BoolFlag); return ok }
