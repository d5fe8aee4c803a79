//go:build !linux

package machine

import "time"

// processCPUOf is not known of a process that still runs.
func processCPUOf(int) (time.Duration, bool) { return 0, false }
