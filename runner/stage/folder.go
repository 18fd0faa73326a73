package stage

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// kept are folders of a project that labbook keeps for itself.
var kept = []string{"runs", "reports"}

// Folder gives the folder of the project, cleaned, that labbook may write into beside
// its own; wanted says what is wanted instead of one that it may not, and is "" else.
func Folder(name string) (folder, wanted string) {
	folder = path.Clean(filepath.ToSlash(name))
	top, _, _ := strings.Cut(folder, "/")
	switch {
	case name == "":
		return "", "a folder of the project"
	case folder == "." || !filepath.IsLocal(folder):
		return "", "a folder below that of the project"
	case slices.Contains(kept, top) || strings.HasPrefix(top, "."):
		return "", "a folder that is not kept for something else"
	}
	return folder, ""
}
