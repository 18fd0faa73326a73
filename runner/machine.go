package runner

import (
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

// machine names the architecture and the level of it that the program was
// compiled for, as the toolchain noted it: "amd64 v1".
var machine = sync.OnceValue(func() string {
	info, _ := debug.ReadBuildInfo()
	if info != nil {
		for _, s := range info.Settings {
			if s.Key == "GO"+strings.ToUpper(runtime.GOARCH) {
				return runtime.GOARCH + " " + s.Value
			}
		}
	}
	return runtime.GOARCH
})
