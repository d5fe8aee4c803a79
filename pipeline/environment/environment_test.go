package environment

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	e := Read()
	if e.OS != runtime.GOOS || e.Cores < 1 || e.GOMAXPROCS < 1 || !strings.HasPrefix(e.Go, "go") && !strings.HasPrefix(e.Go, "devel") {
		t.Errorf("%+v", e)
	}
	if runtime.GOOS == "linux" && (e.CPU == "" || e.Memory < 64<<20 || !strings.HasPrefix(e.Kernel, "Linux ")) {
		t.Errorf("%+v", e)
	}
	text, err := json.Marshal(e)
	var back Environment
	if err != nil || json.Unmarshal(text, &back) != nil || back != e {
		t.Errorf("%s, %v", text, err)
	}
}

func TestString(t *testing.T) {
	for want, e := range map[string]Environment{
		"2 cores of AMD EPYC, 8.59 GB, Linux 6.18, go1.23, weir v1.0.0": {
			CPU: "AMD EPYC", Cores: 2, GOMAXPROCS: 2, Memory: 8 << 30, Kernel: "Linux 6.18", Go: "go1.23", Weir: "v1.0.0"},
		"1 core, limited to 0.5, GOMAXPROCS 4, 1.07 GB, load 8.7, go1.23, weir devel": {
			Cores: 1, CgroupCPUs: 0.5, GOMAXPROCS: 4, LoadAverage: 8.71, Memory: 8 << 30, CgroupBytes: 1 << 30, Go: "go1.23", Weir: "devel"},
	} {
		if got := e.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWeirVersion(t *testing.T) {
	revision := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.modified", Value: "true"}}
	for _, c := range []struct {
		name, want string
		info       *debug.BuildInfo
	}{
		{"built in its repository", "devel+0123456789ab+dirty", &debug.BuildInfo{Main: debug.Module{Path: module, Version: "(devel)"}, Settings: revision}},
		{"installed", "v1.2.3", &debug.BuildInfo{Main: debug.Module{Path: module, Version: "v1.2.3"}}},
		{"a revision in the version", "v0.0.0-20240101000000-0123456789ab+dirty", &debug.BuildInfo{Main: debug.Module{Path: module, Version: "v0.0.0-20240101000000-0123456789ab+dirty"}, Settings: revision}},
		{"embedded", "v1.1.0", &debug.BuildInfo{Main: debug.Module{Path: "example.com/etl", Version: "v9.0.0"}, Deps: []*debug.Module{{Path: module, Version: "v1.1.0"}}, Settings: revision}},
		{"without information", "unknown", nil},
	} {
		if got := weirVersion(c.info, c.info != nil); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
