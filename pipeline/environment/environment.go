// Package environment says on what a measurement was made: the machine, the
// system, the limits of the process and the versions of Go and weir.
package environment

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Environment is what a measurement depends on beside the job. What the system
// does not tell is zero or empty.
type Environment struct {
	OS     string `json:"os"`     // as in GOOS
	Arch   string `json:"arch"`   // as in GOARCH
	Kernel string `json:"kernel"` // name and release, such as "Linux 6.18.44"

	CPU         string  `json:"cpu"`              // the model of the processors
	Cores       int     `json:"cores"`            // that the process may run on
	GOMAXPROCS  int     `json:"gomaxprocs"`       // that it uses at once
	CgroupCPUs  float64 `json:"cgroup_cpus"`      // processor time that its control group may use, in cores; 0: no limit
	LoadAverage float64 `json:"load_average_1m"`  // runnable threads on the machine, over the last minute
	Memory      int64   `json:"memory_bytes"`     // of the machine
	CgroupBytes int64   `json:"cgroup_max_bytes"` // memory that its control group may use; 0: no limit

	Go   string `json:"go"`   // version
	Weir string `json:"weir"` // version and revision
}

// Read finds out the environment of this process now.
func Read() Environment {
	e := Environment{
		OS: runtime.GOOS, Arch: runtime.GOARCH,
		Cores: runtime.NumCPU(), GOMAXPROCS: runtime.GOMAXPROCS(0),
		Go: runtime.Version(), Weir: weirVersion(debug.ReadBuildInfo()),
	}
	e.readSystem()
	return e
}

// String is the environment in a line.
func (e Environment) String() string {
	parts := []string{fmt.Sprintf("%d cores", e.Cores)}
	if e.Cores == 1 {
		parts[0] = "1 core"
	}
	if e.CPU != "" {
		parts[0] += " of " + e.CPU
	}
	if e.CgroupCPUs > 0 {
		parts = append(parts, fmt.Sprintf("limited to %.3g", e.CgroupCPUs))
	}
	if e.GOMAXPROCS != e.Cores {
		parts = append(parts, fmt.Sprintf("GOMAXPROCS %d", e.GOMAXPROCS))
	}
	if bytes := e.Memory; bytes > 0 {
		if e.CgroupBytes > 0 {
			bytes = min(bytes, e.CgroupBytes)
		}
		parts = append(parts, fmt.Sprintf("%.3g GB", float64(bytes)/1e9))
	}
	if e.Kernel != "" {
		parts = append(parts, e.Kernel)
	}
	if e.LoadAverage > 0 {
		parts = append(parts, fmt.Sprintf("load %.2g", e.LoadAverage))
	}
	return strings.Join(append(parts, e.Go, "weir "+e.Weir), ", ")
}

const module = "github.com/weir-pipeline/weir"

// weirVersion is the version of weir's module, be it the program's or one that
// the program was built with.
func weirVersion(info *debug.BuildInfo, ok bool) string {
	if !ok {
		return "unknown"
	}
	if info.Main.Path != module {
		for _, d := range info.Deps {
			if d.Path == module {
				return d.Version
			}
		}
		return "unknown"
	}
	version := info.Main.Version
	if version == "" || version == "(devel)" {
		version = "devel"
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12 && !strings.Contains(version, s.Value[:12]):
			version += "+" + s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true" && !strings.Contains(version, "dirty"):
			version += "+dirty"
		}
	}
	return version
}
