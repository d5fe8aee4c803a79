package environment

import "golang.org/x/sys/unix"

func (e *Environment) readSystem() {
	e.Kernel = kernel()
	e.CPU, _ = unix.Sysctl("machdep.cpu.brand_string")
	if memory, err := unix.SysctlUint64("hw.memsize"); err == nil {
		e.Memory = int64(memory)
	}
}
