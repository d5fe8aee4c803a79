package shm

import (
	"bytes"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
)

// Available is how much memory the process could still get without pushing the
// machine or its control group over the limit. It is false if unknown.
func Available() (sizeBytes int64, known bool) {
	machine, known := machineAvailable("/proc/meminfo")
	return groupAvailable("/proc/self/cgroup", "/sys/fs/cgroup", machine), known
}

// machineAvailable reads /proc/meminfo. MemAvailable counts page cache that can
// be dropped.
func machineAvailable(meminfo string) (int64, bool) {
	data, err := os.ReadFile(meminfo)
	if err != nil {
		return math.MaxInt64, false
	}
	available, ok := findKey(data, "MemAvailable:", 1024)
	if !ok {
		return math.MaxInt64, false
	}
	swap, _ := findKey(data, "SwapFree:", 1024)
	return available + swap, true
}

// groupAvailable is the least of enough and of the room in any of the memory
// control groups that the process is in, of version 2 or 1. A group without a
// limit, or one that cannot be read, does not count. A container may see its own
// group as the root, whatever procCgroup says; so the root is always looked at.
func groupAvailable(procCgroup, root string, enough int64) int64 {
	data, err := os.ReadFile(procCgroup)
	if err != nil {
		return enough
	}
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		fields := strings.SplitN(line, ":", 3) // number:controllers:path
		if len(fields) != 3 {
			continue
		}
		g := memoryGroup{root, "memory.max", "memory.current", ""}
		if fields[1] != "" {
			if !strings.Contains(","+fields[1]+",", ",memory,") {
				continue
			}
			g = memoryGroup{root + "/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_"}
		}
		for p := path.Clean("/" + fields[2]); ; p = path.Dir(p) {
			enough = min(enough, g.room(p, enough))
			if p == "/" {
				break
			}
		}
	}
	return enough
}

// memoryGroup names the files of a version of control groups.
type memoryGroup struct{ root, limit, usage, statPrefix string }

// room is how much the group may still take, page cache that can be dropped
// included. The kernel has to add up memory.stat over all cores; it is not
// asked where there is enough without it.
func (g memoryGroup) room(group string, enough int64) int64 {
	dir := g.root + group
	limit, ok := readNumber(path.Join(dir, g.limit))
	if !ok || limit >= unlimited {
		return math.MaxInt64
	}
	usage, ok := readNumber(path.Join(dir, g.usage))
	if !ok {
		return math.MaxInt64
	}
	if limit-usage >= enough {
		return limit - usage
	}
	stat, _ := os.ReadFile(path.Join(dir, "memory.stat"))
	inactive, _ := findKey(stat, g.statPrefix+"inactive_file", 1)
	active, _ := findKey(stat, g.statPrefix+"active_file", 1)
	return max(0, limit-max(0, usage-inactive-active))
}

// unlimited is less than what version 1 shows for no limit: the largest number
// of whole pages.
const unlimited = 1 << 62

// readNumber reads a file that holds a number of bytes; "max" is none.
func readNumber(name string) (int64, bool) {
	data, err := os.ReadFile(name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(data)), 10, 64)
	return n, err == nil && n >= 0
}

// findKey finds the line "key number ...".
func findKey(data []byte, key string, unit int64) (int64, bool) {
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		if !bytes.HasPrefix(line, []byte(key)) {
			continue
		}
		if fields := bytes.Fields(line); len(fields) >= 2 && string(fields[0]) == key {
			n, err := strconv.ParseInt(string(fields[1]), 10, 64)
			return n * unit, err == nil && n >= 0 && n <= math.MaxInt64/unit
		}
	}
	return 0, false
}
