package project

import (
	"fmt"
	"os"
	"runtime/debug"
)

// Version is the version of this program: the module's, or the commit that was
// built.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}

// programIdentity tells builds of labbook apart.
func programIdentity() string {
	path, err := os.Executable()
	if err != nil {
		return Version()
	}
	info, err := os.Stat(path)
	if err != nil {
		return Version()
	}
	return fmt.Sprint(Version(), info.Size(), info.ModTime().UnixNano())
}
