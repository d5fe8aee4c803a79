package environment

import (
	"bytes"
	"os"
	"path"
	"strconv"
	"strings"
)

func (e *Environment) readSystem() {
	e.Kernel = kernel()
	e.CPU = cpuModel(read("/proc/cpuinfo"))
	e.Memory = memoryTotal(read("/proc/meminfo"))
	if load := bytes.Fields(read("/proc/loadavg")); len(load) > 0 {
		e.LoadAverage, _ = strconv.ParseFloat(string(load[0]), 64)
	}
	e.CgroupCPUs, e.CgroupBytes = cgroupLimits(read("/proc/self/cgroup"), "/sys/fs/cgroup")
}

// read is the content of a small file of the kernel, nothing if it is not there.
func read(name string) []byte {
	text, _ := os.ReadFile(name)
	return text
}

// cpuModel is the model of the first processor in /proc/cpuinfo. Processors of
// ARM have no name there, but numbers of who made them and what.
func cpuModel(cpuinfo []byte) string {
	values := map[string]string{}
	for _, line := range strings.Split(string(cpuinfo), "\n") {
		key, value, ok := strings.Cut(line, ":")
		if key = strings.TrimSpace(key); ok && values[key] == "" {
			values[key] = strings.TrimSpace(value)
		}
	}
	for _, key := range []string{"model name", "cpu model", "cpu"} {
		if values[key] != "" {
			return values[key]
		}
	}
	if values["CPU part"] != "" {
		return "implementer " + values["CPU implementer"] + " part " + values["CPU part"]
	}
	return ""
}

func memoryTotal(meminfo []byte) int64 {
	for _, line := range strings.Split(string(meminfo), "\n") {
		if value, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			kib, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 52)
			if err != nil {
				return 0
			}
			return int64(kib) << 10
		}
	}
	return 0
}

// cgroupLimits are the tightest limits of the control groups that the process
// is in, of version 2 or 1. A container may see its own group as the root, so
// the root is always looked at.
func cgroupLimits(procCgroup []byte, root string) (cpus float64, memoryBytes int64) {
	for _, line := range strings.Split(strings.TrimSpace(string(procCgroup)), "\n") {
		fields := strings.SplitN(line, ":", 3) // number:controllers:path
		if len(fields) != 3 {
			continue
		}
		controllers := strings.Split(fields[1], ",")
		for group := path.Clean("/" + fields[2]); ; group = path.Dir(group) {
			for _, c := range controllers {
				cpus = least(cpus, cpuLimit(root, c, group))
				memoryBytes = least(memoryBytes, memoryLimit(root, c, group))
			}
			if group == "/" {
				break
			}
		}
	}
	return cpus, memoryBytes
}

// cpuLimit is the limit of one group in cores, 0 for none.
func cpuLimit(root, controller, group string) float64 {
	var quota, period string
	switch controller {
	case "": // version 2
		quota, period, _ = strings.Cut(strings.TrimSpace(string(read(path.Join(root, group, "cpu.max")))), " ")
	case "cpu":
		quota = strings.TrimSpace(string(read(path.Join(root, "cpu", group, "cpu.cfs_quota_us"))))
		period = strings.TrimSpace(string(read(path.Join(root, "cpu", group, "cpu.cfs_period_us"))))
	}
	q, err := strconv.ParseFloat(quota, 64)
	p, err2 := strconv.ParseFloat(period, 64)
	if err != nil || err2 != nil || q <= 0 || p <= 0 { // "max", -1
		return 0
	}
	return q / p
}

// memoryLimit is the limit of one group in bytes, 0 for none.
func memoryLimit(root, controller, group string) int64 {
	name := ""
	switch controller {
	case "":
		name = path.Join(root, group, "memory.max")
	case "memory":
		name = path.Join(root, "memory", group, "memory.limit_in_bytes")
	default:
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(read(name))), 10, 64)
	// Version 1 shows no limit as the largest number of whole pages.
	if err != nil || n <= 0 || n >= 1<<62 {
		return 0
	}
	return n
}

// least is the tighter of two limits, of which 0 is none.
func least[T int64 | float64](a, b T) T {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
