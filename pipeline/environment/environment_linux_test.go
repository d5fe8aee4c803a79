package environment

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCPUModel(t *testing.T) {
	for text, want := range map[string]string{
		"processor\t: 0\nmodel name\t: AMD EPYC\n\nprocessor\t: 1\nmodel name\t: other\n": "AMD EPYC",
		"processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n":                    "implementer 0x41 part 0xd0c",
		"processor\t: 0\ncpu\t\t: POWER9\n":                                               "POWER9",
		"":                                                                                "",
		"nonsense without a colon\n":                                                      "",
	} {
		if got := cpuModel([]byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestCgroupLimits(t *testing.T) {
	for _, c := range []struct {
		name       string
		procCgroup string
		files      map[string]string
		cpus       float64
		memory     int64
	}{
		{"version 2, the parent is tighter", "0::/a/b\n", map[string]string{
			"a/b/cpu.max": "max 100000\n", "a/cpu.max": "150000 100000\n", "a/b/memory.max": "4096000\n", "a/memory.max": "1024000\n"}, 1.5, 1024000},
		{"version 2, a container that sees its group as the root", "0::/elsewhere\n", map[string]string{
			"cpu.max": "50000 100000\n", "memory.max": "max\n"}, 0.5, 0},
		{"version 1", "4:memory:/x\n2:cpu,cpuacct:/x\n", map[string]string{
			"memory/x/memory.limit_in_bytes": "2048000\n", "memory/memory.limit_in_bytes": "9223372036854771712\n",
			"cpu/x/cpu.cfs_quota_us": "200000\n", "cpu/x/cpu.cfs_period_us": "100000\n", "cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 2, 2048000},
		{"none", "0::/\n", nil, 0, 0},
		{"nonsense", "x\n:::\n", map[string]string{"cpu.max": "x y z"}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range c.files {
				name = filepath.Join(root, name)
				os.MkdirAll(filepath.Dir(name), 0o755)
				if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if cpus, memory := cgroupLimits([]byte(c.procCgroup), root); cpus != c.cpus || memory != c.memory {
				t.Errorf("%v cores and %d bytes, want %v and %d", cpus, memory, c.cpus, c.memory)
			}
		})
	}
}

func FuzzCgroupLimits(f *testing.F) {
	f.Add([]byte("0::/a/b\n4:memory:/x\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		cpus, memory := cgroupLimits(text, t.TempDir())
		if cpus != 0 || memory != 0 {
			t.Errorf("%v cores, %d bytes of an empty directory", cpus, memory)
		}
	})
}

func FuzzMemoryTotal(f *testing.F) {
	f.Add([]byte("MemTotal:       49368168 kB\nMemFree: 1 kB\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if total := memoryTotal(text); total < 0 {
			t.Errorf("%d bytes", total)
		}
	})
}
