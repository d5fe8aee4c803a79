package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// The packages, in the versions that the scripts were written for.
const (
	duckdbPackage = "@duckdb/node-api@1.5.6-r.1"
	polarsPackage = "nodejs-polars"
	polarsVersion = "0.26.1"
)

// npmInstall is the command that installs the packages into dir. The native half
// of Polars is named where it is for Linux, because it asks for Node 22, so that
// npm would leave it out, silently, with Node 20, with which it works.
func npmInstall(dir string) []string {
	args := []string{"npm", "install", "--prefix", dir, "--no-audit", "--no-fund", duckdbPackage, polarsPackage + "@" + polarsVersion}
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	if runtime.GOOS == "linux" && arch != "" {
		args = append(args, fmt.Sprintf("%s-linux-%s-gnu@%s", polarsPackage, arch, polarsVersion))
	}
	return args
}

func installPeers(ctx context.Context, dir string, messages io.Writer) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	args := npmInstall(dir)
	fmt.Fprintln(messages, strings.Join(args, " "))
	if _, err := exec.LookPath(args[0]); err != nil {
		return fmt.Errorf("there is no npm in PATH: install Node, or leave -install out")
	}
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Stdout, c.Stderr = messages, messages
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	return nil
}
