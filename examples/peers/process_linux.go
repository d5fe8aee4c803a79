package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Samples are taken at growing distances, so that short runs have some, too.
const (
	firstSamples = time.Millisecond
	sampleEvery  = 10 * time.Millisecond
)

// tick is the unit of /proc/stat; it has been the same on every Linux for long.
const tick = 10 * time.Millisecond

// busy is the processor time that has been used on the machine since it started,
// or that its host has withheld; negative if the system does not say.
func busy() time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return -1
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	var user, nice, system, idle, iowait, irq, softirq, steal int64
	if _, err := fmt.Sscanf(string(line), "cpu %d %d %d %d %d %d %d %d", &user, &nice, &system, &idle, &iowait, &irq, &softirq, &steal); err != nil {
		return -1
	}
	return time.Duration(user+nice+system+irq+softirq+steal) * tick
}

// watchMemory takes samples of pid and its descendants until done is closed.
func watchMemory(pid int, done <-chan struct{}) (peak memory) {
	for pause := firstSamples; ; pause = min(sampleEvery, pause*5/4) {
		var now memory
		for _, p := range tree(pid) {
			m := memoryOf(p)
			now.anonBytes += m.anonBytes
			now.pssBytes += m.pssBytes
		}
		peak.anonBytes = max(peak.anonBytes, now.anonBytes)
		peak.pssBytes = max(peak.pssBytes, now.pssBytes)
		select {
		case <-done:
			return peak
		case <-time.After(pause):
		}
	}
}

// tree is a process and its descendants.
func tree(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		dir := fmt.Sprintf("/proc/%d/task", all[i])
		threads, err := os.ReadDir(dir)
		if err != nil {
			continue // it has ended
		}
		for _, t := range threads {
			text, err := os.ReadFile(dir + "/" + t.Name() + "/children")
			if err != nil {
				continue
			}
			for _, child := range strings.Fields(string(text)) {
				if c, err := strconv.Atoi(child); err == nil {
					all = append(all, c)
				}
			}
		}
	}
	return all
}

// memoryOf is what a process has now; nothing if it has ended.
func memoryOf(pid int) (m memory) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return m
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text()) // Pss: 123 kB
		if len(fields) != 3 {
			continue
		}
		kB, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			continue
		}
		switch fields[0] {
		case "Pss:":
			m.pssBytes += kB << 10
		case "Pss_Anon:", "Pss_Shmem:":
			m.anonBytes += kB << 10
		}
	}
	return m
}
