package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/weir-pipeline/weir/storage/spelling"
)

// flagsFirst moves the flags of a command in front of its inputs, because the
// flag package stops at the first argument that is none. What follows -- stays
// where it is. Flags that cannot be meant are errors here, which can tell more
// than the flag package does.
func flagsFirst(app *cli.App, args []string) ([]string, error) {
	if len(args) < 2 {
		return args, nil
	}
	if args[1] == "help" {
		return append(append([]string{args[0]}, args[2:]...), "--help"), nil
	}
	command := app.Command(args[1])
	if command == nil {
		if name, _, is := flagName(args[1]); is && !slices.Contains([]string{"help", "h", "version", "v"}, name) {
			return nil, usagef("%s stands where the command should: weir COMMAND [flags] INPUT...; see weir --help", args[1])
		}
		return args, nil
	}
	known := map[string]cli.Flag{}
	for _, f := range command.Flags {
		for _, name := range f.Names() {
			known[name] = f
		}
	}
	known["help"], known["h"] = cli.HelpFlag, cli.HelpFlag

	flags, inputs := []string{}, []string{}
	rest := args[2:]
	for i := 0; i < len(rest); i++ {
		a := rest[i]
		if a == "--" {
			inputs = append(inputs, rest[i+1:]...)
			break
		}
		name, value, is := flagName(a)
		if !is {
			inputs = append(inputs, a)
			continue
		}
		f := known[name]
		if f == nil {
			return nil, usagef("%s has no flag %s%s", command.Name, strings.SplitN(a, "=", 2)[0], nearestFlag(command, name))
		}
		if f == cli.HelpFlag {
			return []string{args[0], args[1], "--help"}, nil
		}
		flags = append(flags, a)
		if isBool(f) {
			continue
		}
		if !strings.Contains(a, "=") {
			if i+1 == len(rest) {
				return nil, usagef("%s needs a value", a)
			}
			i++
			value = rest[i]
			if next, _, is := flagName(value); value == "--" || is && known[next] != nil {
				return nil, usagef("%s needs a value, but %s follows; if that is the value, write %s=%s", a, value, a, value)
			}
			flags = append(flags, value)
		}
		if err := checkNumber(f, a, value); err != nil {
			return nil, err
		}
	}
	out := append([]string{args[0], args[1]}, flags...)
	if len(inputs) > 0 {
		out = append(append(out, "--"), inputs...)
	}
	return out, nil
}

// flagName takes --name, --name=value, -name and -name=value apart.
func flagName(arg string) (name, value string, is bool) {
	name, dashed := strings.CutPrefix(arg, "-")
	if !dashed || name == "" {
		return "", "", false
	}
	name, value, _ = strings.Cut(strings.TrimPrefix(name, "-"), "=")
	return name, value, true
}

// checkNumber refuses a value that a flag of numbers cannot take.
func checkNumber(f cli.Flag, arg, value string) error {
	name, _, _ := strings.Cut(arg, "=")
	var err error
	switch f.(type) {
	case *cli.IntFlag, *cli.Int64Flag:
		_, err = strconv.ParseInt(value, 0, 64)
	case *cli.Uint64Flag:
		_, err = strconv.ParseUint(value, 0, 64)
		if err != nil {
			return usagef("%s: %q is no whole number of at least 0", name, value)
		}
	}
	if err != nil {
		return usagef("%s: %q is no whole number", name, value)
	}
	return nil
}

// nearestFlag offers the flag that name was meant to be, or the help.
func nearestFlag(command *cli.Command, name string) string {
	if near := spelling.Nearest(name, longNames(command)); near != "" {
		return "; did you mean --" + near + "?"
	}
	return "; see weir " + command.Name + " --help"
}

func longNames(c *cli.Command) []string {
	var names []string
	for _, f := range c.Flags {
		names = append(names, f.Names()[0])
	}
	return names
}
