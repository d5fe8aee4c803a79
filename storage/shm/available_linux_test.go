package shm

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

// tree writes files below a new directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestRoomInControlGroups(t *testing.T) {
	const none = math.MaxInt64
	for _, c := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"no groups", nil, none},
		{"version 2", map[string]string{
			"self":                     "0::/user/weir\n",
			"user/weir/memory.max":     "1000\n",
			"user/weir/memory.current": "600\n",
		}, 400},
		{"version 2, page cache can be dropped", map[string]string{
			"self":                "0::/weir\n",
			"weir/memory.max":     "1000\n",
			"weir/memory.current": "900\n",
			"weir/memory.stat":    "anon 400\nfile 500\ninactive_file 300\nactive_file 200\n",
		}, 600},
		{"version 2, no limit", map[string]string{
			"self":                "0::/weir\n",
			"weir/memory.max":     "max\n",
			"weir/memory.current": "900\n",
		}, none},
		{"the tightest group counts", map[string]string{
			"self":                       "0::/outer/inner\n",
			"outer/memory.max":           "500\n",
			"outer/memory.current":       "450\n",
			"outer/inner/memory.max":     "900\n",
			"outer/inner/memory.current": "10\n",
		}, 50},
		{"over the limit", map[string]string{
			"self":                "0::/weir\n",
			"weir/memory.max":     "100\n",
			"weir/memory.current": "120\n",
		}, 0},
		{"a container sees its group as the root", map[string]string{
			"self":           "0::/../../docker/abc\n",
			"memory.max":     "1000\n",
			"memory.current": "100\n",
		}, 900},
		{"version 1", map[string]string{
			"self":                             "9:name=systemd:/\n4:cpu,memory:/job\n0::/\n",
			"memory/job/memory.limit_in_bytes": "1000\n",
			"memory/job/memory.usage_in_bytes": "700\n",
			"memory/job/memory.stat":           "inactive_file 1\ntotal_inactive_file 100\ntotal_active_file 50\n",
		}, 450},
		{"nonsense", map[string]string{
			"self":                "x\n\n0::/weir\n:::\n",
			"weir/memory.max":     "lots\n",
			"weir/memory.current": "-1\n",
		}, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := tree(t, c.files)
			if got := groupAvailable(filepath.Join(root, "self"), root, none); got != c.want {
				t.Errorf("room is %d, want %d", got, c.want)
			}
		})
	}
}

func TestMemoryOfTheMachine(t *testing.T) {
	root := tree(t, map[string]string{
		"good": "MemTotal:       24684084 kB\nMemAvailable:    2000 kB\nSwapFree:        500 kB\n",
		"old":  "MemTotal:       24684084 kB\nMemFree: 2000 kB\n",
		"bad":  "MemAvailable: 99999999999999999999 kB\n",
	})
	if got, ok := machineAvailable(filepath.Join(root, "good")); got != 2500<<10 || !ok {
		t.Errorf("available is %d, %t", got, ok)
	}
	for _, name := range []string{"old", "bad", "missing"} {
		if got, ok := machineAvailable(filepath.Join(root, name)); got != math.MaxInt64 || ok {
			t.Errorf("%s: available is %d, %t", name, got, ok)
		}
	}
	if got, ok := Available(); !ok || got <= 0 {
		t.Errorf("available here is %d, %t", got, ok)
	}
}

func BenchmarkAvailable(b *testing.B) {
	for range b.N {
		Available()
	}
}
