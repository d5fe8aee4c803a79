//go:build unix

package atomicfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The tests run themselves as children that are killed, limited or redirected.
func TestMain(m *testing.M) {
	path := os.Getenv("WEIR_ATOMICFILE_PATH")
	switch os.Getenv("WEIR_ATOMICFILE_CHILD") {
	case "":
		os.Exit(m.Run())
	case "hang":
		f, err := Create(path)
		if err == nil {
			_, err = f.Write([]byte("half of"))
		}
		fmt.Println("written", err)
		select {} // until killed
	case "limit":
		limit := unix.Rlimit{Cur: 1 << 16, Max: 1 << 16}
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Print(writeTooMuch(path))
	case "hello":
		f, err := Create(path)
		if err == nil {
			f.Write([]byte("hello\n"))
			err = f.Commit()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("after")
	default:
		os.Exit(childOther(os.Getenv("WEIR_ATOMICFILE_CHILD"), path))
	}
}

func child(what, path string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "WEIR_ATOMICFILE_CHILD="+what, "WEIR_ATOMICFILE_PATH="+path,
		"GORACE=atexit_sleep_ms=0") // the race detector sleeps a second at each exit
	cmd.Stderr = os.Stderr
	return cmd
}

// writeTooMuch writes 1 MiB over an existing file and tells how it went.
func writeTooMuch(path string) string {
	if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
		return err.Error()
	}
	f, err := Create(path)
	if err != nil {
		return err.Error()
	}
	defer f.Abort()
	var writeErr error
	for range 64 {
		if _, err := f.Write(make([]byte, 1<<14)); err != nil {
			writeErr = err
		}
	}
	commitErr := f.Commit()
	old, _ := os.ReadFile(path)
	names, _ := os.ReadDir(filepath.Dir(path))
	return fmt.Sprintf("write: %v\ncommit: %v\nold: %s, %d names\n", writeErr, commitErr, old, len(names))
}

func TestAWriterThatIsKilledLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.csv")
	write(t, path, "old")
	cmd := child("hang", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	if line != "written <nil>\n" {
		t.Errorf("child says %q", line)
	}
	cmd.Process.Kill()
	cmd.Wait()
	wantContent(t, path, "old")
	if left, _ := filepath.Glob(filepath.Join(dir, ".out.csv.*.weir-tmp")); len(left) != 1 {
		t.Errorf("the child left %q", left)
	}

	// The next writer cleans up, and touches nothing that is not of its target.
	other := filepath.Join(dir, ".other.csv.0000000000000000.weir-tmp")
	if err := os.WriteFile(other, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	write(t, path, "new")
	wantContent(t, path, "new")
	wantNames(t, dir, filepath.Base(other), "out.csv")
}

func TestAFileSizeLimitIsAClearErrorAndLeavesNoPart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.csv")
	got, err := child("limit", path).Output()
	want := fmt.Sprintf("write: write %s: file too large\ncommit: write %[1]s: file too large\nold: old, 1 names\n", path)
	if err != nil || string(got) != want {
		t.Errorf("child says %v\n%s\nwant\n%s", err, got, want)
	}
}

func TestPermissions(t *testing.T) {
	before := syscall.Umask(0o027)
	defer syscall.Umask(before)
	dir := t.TempDir()
	for _, c := range []struct {
		name     string
		existing fs.FileMode // 0: none
		want     fs.FileMode
	}{
		{"a new file gets 0666 less the umask", 0, 0o640},
		{"private stays private", 0o600, 0o600},
		{"public stays public whatever the umask", 0o666, 0o666},
		{"executable stays", 0o755, 0o755},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, strings.ReplaceAll(c.name, " ", "-"))
			if c.existing != 0 {
				if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, c.existing)); err != nil {
					t.Fatal(err)
				}
			}
			write(t, path, "x")
			info, err := os.Stat(path)
			if err != nil || info.Mode() != c.want {
				t.Errorf("mode is %v, %v; want %v", info.Mode(), err, c.want)
			}
		})
	}
}

func TestALinkStaysAndItsTargetIsReplaced(t *testing.T) {
	for _, c := range []struct {
		name, link, content string // link: what "link" contains
		real                string // where the output has to appear
		make                func(t *testing.T)
	}{
		{name: "to a file", link: "real.csv", real: "real.csv",
			make: func(t *testing.T) { os.WriteFile("real.csv", []byte("old"), 0o666) }},
		{name: "to a file that is not there yet", link: "real.csv", real: "real.csv",
			make: func(t *testing.T) {}},
		{name: "into another directory", link: "sub/real.csv", real: "sub/real.csv",
			make: func(t *testing.T) { os.Mkdir("sub", 0o777) }},
		{name: "to a link", link: "second", real: "real.csv",
			make: func(t *testing.T) { os.Symlink("real.csv", "second") }},
		{name: "upwards, through a linked directory", link: "sub/there/up.csv", real: "a/real.csv",
			make: func(t *testing.T) {
				os.MkdirAll("a/b", 0o777)
				os.Mkdir("sub", 0o777)
				os.Symlink("../a/b", "sub/there")       // sub/there is a/b,
				os.Symlink("../real.csv", "a/b/up.csv") // so .. is a and not sub
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			chdir(t, t.TempDir())
			c.make(t)
			if err := os.Symlink(c.link, "link"); err != nil {
				t.Fatal(err)
			}
			write(t, "link", "new")
			if got, err := os.Readlink("link"); got != c.link {
				t.Errorf("the link is %q, %v", got, err)
			}
			if info, err := os.Lstat(c.real); err != nil || !info.Mode().IsRegular() {
				t.Errorf("%s is no regular file: %v", c.real, err)
			}
			wantContent(t, c.real, "new")
		})
	}
	t.Run("in a circle is an error", func(t *testing.T) {
		chdir(t, t.TempDir())
		os.Symlink("b", "a")
		os.Symlink("a", "b")
		if _, err := Create("a"); err == nil || !strings.HasPrefix(err.Error(), "create a: ") {
			t.Errorf("error is %v", err)
		}
	})
}

func TestAPipeIsWrittenDirectly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		content, err := os.ReadFile(path)
		read <- fmt.Sprint(string(content), err)
	}()
	write(t, path, "through")
	if got := <-read; got != "through<nil>" {
		t.Errorf("reader got %q", got)
	}
	wantNames(t, dir, "pipe")
}

func TestADeviceIsWrittenDirectly(t *testing.T) {
	write(t, os.DevNull, "gone")
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode()&fs.ModeDevice == 0 {
		t.Errorf("the device has been replaced: %v, %v", info, err)
	}
}

func TestDevStdoutIsTheInheritedDescriptor(t *testing.T) {
	for _, name := range []string{"/dev/stdout", "/dev/fd/1"} {
		t.Run(name+" is a pipe", func(t *testing.T) {
			got, err := child("hello", name).Output()
			if err != nil || string(got) != "hello\nafter\n" {
				t.Errorf("output is %q, %v", got, err)
			}
		})
		t.Run(name+" is redirected to a file", func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "out.csv")
			out, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			io.WriteString(out, "before\n")
			cmd := child("hello", name)
			cmd.Stdout = out
			if err := cmd.Run(); err != nil {
				t.Fatal(err)
			}
			wantContent(t, path, "before\nhello\nafter\n")
			wantNames(t, dir, "out.csv")
		})
	}
}

func TestAFileThatMayNotBeWrittenIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.csv")
	if err := os.WriteFile(path, []byte("old"), 0o444); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		t.Skip("root may write any file")
	}
	if _, err := Create(path); !errors.Is(err, fs.ErrPermission) || !strings.HasPrefix(err.Error(), "create "+path) {
		t.Errorf("error is %v", err)
	}
	wantContent(t, path, "old")
	wantNames(t, dir, "out.csv")
}

func TestAPlantedTemporaryNameIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	write(t, victim, "precious")
	planted := filepath.Join(dir, ".out.csv.1.weir-tmp")
	if err := os.Symlink(victim, planted); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, ".out.csv.2.weir-tmp"), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "out.csv"), "x") // must not hang at the pipe
	wantContent(t, victim, "precious")
	if content, err := os.ReadFile(filepath.Join(dir, "out.csv")); err != nil || !bytes.Equal(content, []byte("x")) {
		t.Errorf("output is %q, %v", content, err)
	}
}
