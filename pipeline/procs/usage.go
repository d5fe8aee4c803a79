package procs

import "time"

// Usage is what the operating system counted for a process.
type Usage struct {
	CPU                 time.Duration // user and system
	PeakRSSBytes        int64
	MinorFaults         int64 // page faults that found the page in memory
	MajorFaults         int64 // page faults that waited for a device
	VoluntarySwitches   int64 // it waited
	InvoluntarySwitches int64 // another had its turn
}

// Usage is what was counted for the process until it ended. It is zero before.
func (p *Process) Usage() Usage {
	if p.cmd.ProcessState == nil {
		return Usage{}
	}
	return usageOf(p.cmd.ProcessState)
}
