package archive

// Run is a run as others can make it again: what was asked, and what came out.
type Run struct {
	ID       string            `json:"id"`
	Pipeline string            `json:"pipeline"`
	File     string            `json:"file"`     // that declares it, a part as all that it includes
	Variants []string          `json:"variants"` // that were run, where some were left out
	Params   map[string]string `json:"params"`
	Versions map[string]string `json:"versions"` // of labbook, go and the machine's kind
	Commit   string            `json:"commit,omitempty"`
	Dirty    bool              `json:"dirty,omitempty"`
	// Data are the files that stages read. Those that are no parts are to be where
	// the run is made again.
	Data   []Part  `json:"data"`
	Stages []Stage `json:"stages"`
}

// Stage is what a stage of the run was asked, and what it left.
type Stage struct {
	Name   string     `json:"name"`
	Kind   string     `json:"kind"`
	Key    string     `json:"key"`    // the text
	Output string     `json:"output"` // digest of the tree
	Files  []Artifact `json:"files"`  // empty where they are no longer kept
}

// Artifact is a file that a stage left.
type Artifact struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}
