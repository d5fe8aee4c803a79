package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

const (
	quietFor  = 80 * time.Millisecond
	quietIdle = 0.9 // of the processors' time
	quietWait = 10 * time.Minute
)

// quietly calls f when nothing else runs, again and again until nothing else ran
// right after it either.
func quietly(f func() error) error {
	for end := time.Now().Add(quietWait); time.Now().Before(end); {
		if idle, err := idleNow(); err != nil {
			return err
		} else if idle < quietIdle {
			continue
		}
		if err := f(); err != nil {
			return err
		}
		if idle, err := idleNow(); err != nil {
			return err
		} else if idle >= quietIdle {
			return nil
		}
	}
	return fmt.Errorf("other programs have kept the processors busy for %v: leave -quiet out", quietWait)
}

// idleNow is the share of the processors' time in which they are idle.
func idleNow() (float64, error) {
	idleBefore, allBefore, err := processorTime()
	if err != nil {
		return 0, err
	}
	time.Sleep(quietFor)
	idle, all, err := processorTime()
	if err != nil || all == allBefore {
		return 0, err
	}
	return float64(idle-idleBefore) / float64(all-allBefore), nil
}

// processorTime reads the ticks of all processors since the system started.
func processorTime() (idle, all int64, err error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, fmt.Errorf("-quiet needs Linux: %w", err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	var ticks [8]int64 // user nice system idle iowait irq softirq steal
	if _, err := fmt.Sscanf(first, "cpu %d %d %d %d %d %d %d %d", &ticks[0], &ticks[1], &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6], &ticks[7]); err != nil {
		return 0, 0, errors.New("/proc/stat does not begin as it should")
	}
	for _, t := range ticks {
		all += t
	}
	return ticks[3] + ticks[4], all, nil
}
