package environment

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

func (e *Environment) readSystem() {
	v := windows.RtlGetVersion()
	e.Kernel = fmt.Sprintf("Windows %d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
	e.CPU = os.Getenv("PROCESSOR_IDENTIFIER")
}
