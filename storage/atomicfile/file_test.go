package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abort()
	if _, err := f.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
}

func wantContent(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", filepath.Base(path), got, err, want)
	}
}

// wantNames checks that dir holds these names and nothing else, no temporary
// file in particular.
func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("directory holds %q, want %q", got, want)
	}
}

func TestCommitMakesTheFileAppearComplete(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.csv")
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"a,b\n", "1,2\n"} {
		if n, err := f.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before Commit the file is there: %v", err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	f.Abort()
	wantContent(t, path, "a,b\n1,2\n")
	wantNames(t, dir, "out.csv")
}

func TestAnExistingFileStaysUntilCommit(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.csv")
	write(t, path, "old")
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("new"))
	wantContent(t, path, "old")
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	wantContent(t, path, "new")
}

func TestAbortLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.csv")
	write(t, path, "old")
	for _, name := range []string{"out.csv", "other.csv"} {
		f, err := Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte("half of"))
		f.Abort()
		f.Abort()
		if err := f.Commit(); !errors.Is(err, fs.ErrClosed) || !strings.Contains(err.Error(), name) {
			t.Errorf("Commit after Abort = %v", err)
		}
		if _, err := f.Write(nil); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("Write after Abort = %v", err)
		}
	}
	wantContent(t, path, "old")
	wantNames(t, dir, "out.csv")
}

func TestTwoWritersOfOneTargetDoNotMix(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.csv")
	a, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Create(path) // must not take a's temporary file for stale
	if err != nil {
		t.Fatal(err)
	}
	a.Write([]byte("from a"))
	b.Write([]byte("from b"))
	if err := a.Commit(); err != nil {
		t.Fatal(err)
	}
	wantContent(t, path, "from a")
	if err := b.Commit(); err != nil {
		t.Fatal(err)
	}
	wantContent(t, path, "from b")
	wantNames(t, dir, "out.csv")
}

func TestNamesAsLongAsTheSystemAllows(t *testing.T) {
	dir := t.TempDir()
	name := strings.Repeat("n", 255)
	write(t, filepath.Join(dir, name), "x")
	wantNames(t, dir, name)
}

func TestErrorsNameThePathAndLeaveNothing(t *testing.T) {
	dir := t.TempDir()
	chdir(t, dir)
	if err := os.Mkdir("sub", 0o777); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":                "create : the name is empty",
		"sub":             "create sub: is a directory",
		"new/":            "create new/: is the name of a directory",
		"missing/out.csv": "create missing/out.csv: ",
	} {
		f, err := Create(path)
		if err == nil {
			f.Abort()
			t.Errorf("Create(%q) works", path)
		} else if !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "lstat") {
			t.Errorf("Create(%q) = %q, want %q", path, err, want)
		}
	}
	wantNames(t, dir, "sub")
}

// chdir makes dir the working directory for the rest of the test.
func chdir(t *testing.T, dir string) {
	t.Helper()
	before, err := os.Getwd()
	if err == nil {
		err = os.Chdir(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chdir(before) })
}
