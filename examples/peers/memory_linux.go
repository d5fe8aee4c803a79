package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// memory is what a process and its descendants had at their peak.
type memory struct {
	OwnBytes int64 `json:"anon_and_shared_bytes"` // anonymous and shared
	AllBytes int64 `json:"pss_bytes"`             // and pages of files that they map
}

// peakMemory looks every 10 ms until ended is closed.
func peakMemory(pid int, ended <-chan struct{}) memory {
	var peak memory
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		var now memory
		for _, p := range tree(pid) {
			own, all := rollup(p)
			now.OwnBytes += own
			now.AllBytes += all
		}
		peak.OwnBytes, peak.AllBytes = max(peak.OwnBytes, now.OwnBytes), max(peak.AllBytes, now.AllBytes)
		select {
		case <-ended:
			return peak
		case <-tick.C:
		}
	}
}

// tree is a process and all its descendants.
func tree(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		lists, _ := filepath.Glob("/proc/" + strconv.Itoa(all[i]) + "/task/*/children")
		for _, list := range lists {
			text, _ := os.ReadFile(list)
			for _, f := range strings.Fields(string(text)) {
				if child, err := strconv.Atoi(f); err == nil {
					all = append(all, child)
				}
			}
		}
	}
	return all
}

// rollup is the memory of one process; of what it shares, its part.
func rollup(pid int) (own, all int64) {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/smaps_rollup")
	for _, line := range bytes.Split(text, []byte{'\n'}) {
		fields := strings.Fields(string(line))
		if len(fields) < 2 {
			continue
		}
		kilobytes, _ := strconv.ParseInt(fields[1], 10, 64)
		switch fields[0] {
		case "Pss:":
			all += kilobytes << 10
		case "Pss_Anon:", "Pss_Shmem:":
			own += kilobytes << 10
		}
	}
	return own, all
}

// busyCPU is the processor time that all processes of the machine have used.
func busyCPU() time.Duration {
	const tick = 10 * time.Millisecond // USER_HZ is 100 wherever Go runs
	text, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(text), "\n")
	var sum int64
	for i, f := range strings.Fields(line) {
		n, err := strconv.ParseInt(f, 10, 64)
		if err == nil && i != 4 && i != 5 && i <= 8 { // 4 and 5 are idle and waiting
			sum += n
		}
	}
	return time.Duration(sum) * tick
}
