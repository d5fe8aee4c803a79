package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var shellBlock = regexp.MustCompile("(?ms)^```(sh|console)\n(.*?)^```")

// Every command of the README that begins with weir works, on small files with
// the names that the README uses.
func TestReadmeCommandsWork(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	readme := read(t, filepath.Join("..", "..", "README.md"))
	dir := t.TempDir()
	makeReadmeFiles(t, dir)
	ran := 0
	// Blocks of console show what commands print; they may stand before the
	// block of sh that makes their files.
	blocks := shellBlock.FindAllStringSubmatch(readme, -1)
	slices.SortStableFunc(blocks, func(a, b []string) int { return strings.Compare(b[1], a[1]) })
	for _, block := range blocks {
		for _, line := range commandLines(block[2]) {
			if !strings.HasPrefix(line, "weir ") {
				continue
			}
			ran++
			c := exec.Command(bash, "-c", "PATH="+filepath.Dir(program)+":$PATH\n"+line)
			c.Dir = dir
			if o := finish(t, c); o.code != 0 {
				t.Errorf("%s\nexit code %d\n%s", line, o.code, o.err)
			}
		}
	}
	if ran == 0 {
		t.Error("the README has no command of weir in a block of sh")
	}
}

// commandLines are the commands of a block: prompts and comments go, lines that
// end in a backslash or in the middle of a quote are joined with the next, and
// in a block with prompts what has none is output.
func commandLines(block string) []string {
	var commands []string
	prompts := strings.HasPrefix(block, "$ ")
	pending := ""
	for _, line := range strings.Split(block, "\n") {
		if pending == "" && prompts {
			command, is := strings.CutPrefix(line, "$ ")
			if !is {
				continue
			}
			line = command
		}
		pending += line
		if kept, joined := strings.CutSuffix(pending, `\`); joined {
			pending = kept
			continue
		}
		if strings.Count(pending, "'")%2 == 1 {
			pending += "\n"
			continue
		}
		if command := strings.TrimSpace(pending); command != "" && !strings.HasPrefix(command, "#") {
			commands = append(commands, command)
		}
		pending = ""
	}
	return commands
}

// makeReadmeFiles makes flights.parquet, diamonds.csv and data.arrow, small but
// with the columns of the real ones.
func makeReadmeFiles(t *testing.T, dir string) {
	t.Helper()
	write(t, filepath.Join(dir, "diamonds.csv"), `carat,cut,color,clarity,depth,table,price,x,y,z
0.23,Ideal,E,SI2,61.5,55,326,3.95,3.98,2.43
0.21,Premium,E,SI1,59.8,61,326,3.89,3.84,2.31
2.29,Premium,I,VS2,60.8,60,18823,8.5,8.47,5.16
1.51,Good,G,IF,61.7,55,18806,7.37,7.41,4.56
`)
	flights := write(t, filepath.Join(dir, "flights.csv"), `date,delay,distance,origin,destination
2001-01-01 06:20:00,-4,1587,ATL,BOS
2001-01-01 06:25:00,93,370,ORD,ATL
2001-01-02 23:55:00,12,546,ATL,ORD
`)
	weir(t, dir, "run", "--timings", "none", "-o", "flights.parquet", flights)
	weir(t, dir, "gen", "--rows", "2000", "--city", "data.arrow")
}

func TestCommandLines(t *testing.T) {
	for block, want := range map[string]string{
		"weir run x.csv\n": "weir run x.csv",
		"# first\nweir run a.csv\n\nweir run b.csv\n": "weir run a.csv|weir run b.csv",
		"weir run \\\n  a.csv\n":                      "weir run   a.csv",
		"weir run --agg 'count(),\n  sum(x)' a.csv\n": "weir run --agg 'count(),\n  sum(x)' a.csv",
		"$ weir run a.csv\ncount()\n5\n$ make test\n": "weir run a.csv|make test",
	} {
		if got := strings.Join(commandLines(block), "|"); got != want {
			t.Errorf("%q has commands %q, want %q", block, got, want)
		}
	}
}
