package garbage

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestPercent(t *testing.T) {
	for _, tt := range []struct {
		sizeBytes, liveBytes int64
		want                 int
	}{
		{16 << 20, 0, 400}, {32 << 20, 1 << 20, 800}, {16 << 20, 4 << 20, 300}, {16 << 20, 8 << 20, 100}, {16 << 20, 1 << 30, 100},
		{1 << 20, 0, 100},
	} {
		if got := percentFor(tt.sizeBytes, tt.liveBytes); got != tt.want {
			t.Errorf("%d MiB of which %d are live: %d percent, want %d", tt.sizeBytes>>20, tt.liveBytes>>20, got, tt.want)
		}
	}
}

var sink []byte

// Collections are counted in a process of its own, as the setting is a process's.
func TestSmallHeapsAreCollectedLess(t *testing.T) {
	if os.Getenv("COUNT_COLLECTIONS") != "" {
		if os.Getenv("COUNT_COLLECTIONS") == "delayed" {
			CollectFrom(32 << 20)
		}
		for range 4 {
			for range 100 {
				sink = make([]byte, 1<<20)
			}
			time.Sleep(20 * time.Millisecond) // for the finalizer
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		os.Stdout.WriteString("collections " + strconv.Itoa(int(m.NumGC)) + "\n")
		return
	}
	count := func(how string, env ...string) int {
		cmd := exec.Command(os.Args[0], "-test.run=^TestSmallHeapsAreCollectedLess$")
		cmd.Env = append(append(os.Environ(), "GOGC=", "COUNT_COLLECTIONS="+how), env...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		_, after, _ := strings.Cut(string(out), "collections ")
		line, _, _ := strings.Cut(after, "\n")
		n, err := strconv.Atoi(line)
		if err != nil {
			t.Fatalf("%s", out)
		}
		return n
	}
	plain, delayed := count("plain"), count("delayed")
	if delayed < 4 || delayed*2 > plain {
		t.Errorf("400 MiB of garbage are collected %d times, %d without delay", delayed, plain)
	}
	if by := count("delayed", "GOGC=20"); by <= plain {
		t.Errorf("with GOGC=20 there are %d collections, with 100 %d", by, plain)
	}
}
