//go:build !linux

package main

import "time"

// busy is unknown.
func busy() time.Duration { return -1 }

// watchMemory has nothing to take samples from.
func watchMemory(_ int, done <-chan struct{}) memory {
	<-done
	return memory{}
}
