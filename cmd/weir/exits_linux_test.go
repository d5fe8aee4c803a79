package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var allModes = []string{"sequential", "threads", "pipe", "mmap"}

// underWay is a run that a test does something to.
type underWay struct {
	t        *testing.T
	cmd      *exec.Cmd
	errs     bytes.Buffer
	stdin    io.WriteCloser
	stdout   io.ReadCloser
	children []int
	tmp, shm string
}

// start starts a run that will take longer than the test waits, and waits until
// it is under way. Its standard input stays open and nobody reads its output.
func start(t *testing.T, dir string, args ...string) *underWay {
	t.Helper()
	u := &underWay{t: t, tmp: t.TempDir(), shm: fmt.Sprint(names(t, "/dev/shm"))}
	u.cmd = invocation{dir: dir, env: []string{"TMPDIR=" + u.tmp}}.command(t, args...)
	u.stdin, _ = u.cmd.StdinPipe()
	u.stdout, _ = u.cmd.StdoutPipe()
	u.cmd.Stderr = &u.errs
	if err := u.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.cmd.Process.Kill(); u.stdin.Close(); u.stdout.Close() })
	time.Sleep(700 * time.Millisecond)
	u.children = childrenOf(t, u.cmd.Process.Pid)
	return u
}

// end waits for the run's end and checks that nothing is left of it.
func (u *underWay) end() outcome {
	u.t.Helper()
	late := time.AfterFunc(20*time.Second, func() { u.cmd.Process.Kill() })
	state, err := u.cmd.Process.Wait()
	if err != nil {
		u.t.Fatal(err)
	}
	if !late.Stop() {
		u.t.Fatal("the run goes on")
	}
	out, _ := io.ReadAll(u.stdout)
	u.cmd.Wait() // for standard error
	for _, pid := range u.children {
		if err := syscall.Kill(pid, 0); err == nil {
			u.t.Errorf("worker process %d is left", pid)
		}
	}
	if left := names(u.t, u.tmp); len(left) > 0 {
		u.t.Errorf("temporary files are left: %v", left)
	}
	if shm := fmt.Sprint(names(u.t, "/dev/shm")); shm != u.shm {
		u.t.Errorf("/dev/shm held %s and holds %s", u.shm, shm)
	}
	if strings.Contains(u.errs.String(), "DATA RACE") {
		u.t.Error(u.errs.String())
	}
	return outcome{state.ExitCode(), string(out), u.errs.String()}
}

// childrenOf are the processes whose parent is pid.
func childrenOf(t *testing.T, pid int) []int {
	t.Helper()
	var children []int
	for _, name := range names(t, "/proc") {
		child, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		stat, _ := os.ReadFile(filepath.Join("/proc", name, "stat"))
		_, rest, _ := strings.Cut(string(stat), ") ") // past the name
		if f := strings.Fields(rest); len(f) > 1 && f[1] == strconv.Itoa(pid) {
			children = append(children, child)
		}
	}
	return children
}

// A run is interrupted while it computes, while it writes, and while it waits
// for input: it says so with 130, and no process and no file of it is left.
func TestInterrupted(t *testing.T) {
	dir := longFile(t)
	for _, mode := range allModes {
		for _, tt := range []struct {
			name   string
			args   []string
			signal syscall.Signal
		}{
			{"while nobody reads its output", []string{"--format", "csv", "long.csv"}, syscall.SIGINT},
			{"while it computes", []string{"--chunk-rows", "1", "--derive", "u = sqrt(abs(x)) + sin(y)", "-o", "out.csv", "--report", "report.json", "long.csv"}, syscall.SIGINT},
			{"while its input is open", []string{"--agg", "count()", "-o", "out.csv", "-"}, syscall.SIGTERM},
		} {
			t.Run(mode+" "+tt.name, func(t *testing.T) {
				u := start(t, dir, append([]string{"run", "--mode", mode, "--workers", "2", "--timings", "none"}, tt.args...)...)
				if processes := mode == "pipe" || mode == "mmap"; processes && tt.args[len(tt.args)-1] != "-" && len(u.children) != 2 {
					t.Errorf("it has %d worker processes", len(u.children))
				}
				u.cmd.Process.Signal(tt.signal)
				o := u.end()
				if o.code != 130 || o.err != "weir: interrupted\n" {
					t.Errorf("exit code %d, it says %q", o.code, o.err)
				}
				if left := fmt.Sprint(names(t, dir)); left != "[long.csv]" {
					t.Errorf("the directory holds %s", left)
				}
			})
		}
	}
	t.Run("gen", func(t *testing.T) {
		u := start(t, dir, "gen", "--rows", "2000000000", "huge.csv")
		u.cmd.Process.Signal(syscall.SIGINT)
		if o := u.end(); o.code != 130 || o.err != "weir: interrupted\n" {
			t.Errorf("exit code %d, it says %q", o.code, o.err)
		}
		if left := fmt.Sprint(names(t, dir)); left != "[long.csv]" {
			t.Errorf("the directory holds %s", left)
		}
	})
}

// A worker that is killed ends the run with 4 and its name; an old result is
// left as it was.
func TestKilledWorker(t *testing.T) {
	dir := longFile(t)
	for _, mode := range []string{"pipe", "mmap"} {
		t.Run(mode, func(t *testing.T) {
			write(t, filepath.Join(dir, "out.csv"), "old")
			u := start(t, dir, "run", "--mode", mode, "--workers", "2", "--chunk-rows", "1", "--timings", "none", "-o", "out.csv", "long.csv")
			if len(u.children) != 2 {
				t.Fatalf("it has %d worker processes\n%s", len(u.children), u.errs.String())
			}
			syscall.Kill(u.children[1], syscall.SIGKILL)
			o := u.end()
			if want := regexp.MustCompile(`^weir: .*worker [12] \(pid \d+\) died: signal: killed\n$`); o.code != 4 || !want.MatchString(o.err) {
				t.Errorf("exit code %d, it says %q", o.code, o.err)
			}
			if read(t, filepath.Join(dir, "out.csv")) != "old" {
				t.Error("the old result is gone")
			}
		})
	}
}

// longFile is a directory with a file that takes long in small chunks.
func longFile(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	weir(t, dir, "gen", "--rows", "1500000", "long.csv")
	return dir
}

// A reader that closes the pipe early ends the run with a message and 1.
func TestClosedPipe(t *testing.T) {
	for _, mode := range allModes {
		for _, format := range []string{"csv", "table", "json"} {
			t.Run(mode+" "+format, func(t *testing.T) {
				tmp := t.TempDir()
				c := invocation{env: []string{"TMPDIR=" + tmp}}.command(t, "run", "--mode", mode, "--timings", "none", "--format", format, sample("s.csv"))
				r, w, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				c.Stdout = w
				r.Close() // as head does when it has enough
				o := finish(t, c)
				w.Close()
				if o.code != 1 || o.err != "weir: writing the result: whoever read it has closed the pipe\n" {
					t.Errorf("exit code %d\n%s", o.code, o.err)
				}
				if left := names(t, tmp); len(left) > 0 {
					t.Errorf("temporary files are left: %v", left)
				}
			})
		}
	}
}

// A disk that is full is exit code 5, and what was there before is still there.
func TestFullDisk(t *testing.T) {
	const script = `mount -t tmpfs -o size=128k none "$1" || exit 99
cd "$1" && echo old > out.csv
"$2" run --timings none -o out.csv "$3"
echo "exit code $?, $(ls -A | tr '\n' ' ')holds $(cat out.csv)"`
	dir := t.TempDir()
	c := exec.Command("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", dir, program, sample("s.csv"))
	out, err := c.CombinedOutput()
	if err != nil && c.ProcessState == nil || bytes.Contains(out, []byte("unshare")) || c.ProcessState.ExitCode() == 99 {
		t.Skipf("this system lets no user mount a file system: %v %s", err, out)
	}
	want := "weir: writing the result: write out.csv: no space left on device: free some space or write elsewhere\nexit code 5, out.csv holds old\n"
	if got := string(out); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	c = invocation{}.command(t, "run", "--timings", "none", sample("s.csv"))
	c.Stdout = full
	if o := finish(t, c); o.code != 5 || !strings.Contains(o.err, "no space left on device") {
		t.Errorf("standard output: exit code %d\n%s", o.code, o.err)
	}
}

// An arena that cannot be had is exit code 5 before anything is read.
func TestArenaBeyondTheLimit(t *testing.T) {
	c := exec.Command("sh", "-c", `ulimit -f 100; exec "$0" "$@"`, program, "run", "--mode", "mmap", "--agg", "count()", sample("s.csv"))
	o := finish(t, c)
	if o.code != 5 || !strings.HasPrefix(o.err, "weir: weir-arena: not enough memory: need ") {
		t.Errorf("exit code %d\n%s", o.code, o.err)
	}
}
