package runner

import (
	"path"
	"strings"

	"labbook/runner/pipeline"
)

// Watched gives the files outside the cache that the stages of these pipelines read,
// as far as they are known now, each once: paths as people know them. What labbook
// itself writes there, for a stage that publishes, is none of them.
func Watched(project string, pipelines []*pipeline.Pipeline) map[string]bool {
	known, files := newGlobs(project), map[string]bool{}
	var published []string
	for _, p := range pipelines {
		for _, s := range p.Stages {
			if s.Publish != "" {
				published = append(published, path.Clean(s.Publish)+"/")
			}
			for _, pattern := range s.Files {
				found, err := known.expand(pattern)
				if err != nil {
					continue // a run says so
				}
				for _, name := range found {
					files[name] = true
				}
			}
		}
	}
	for name := range files {
		for _, folder := range published {
			if strings.HasPrefix(path.Clean(name), folder) {
				delete(files, name)
			}
		}
	}
	return files
}
