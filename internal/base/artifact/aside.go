package artifact

// Aside is a file that a stage read and left out, because of what is in it. Its JSON
// stands in the cache's records.
type Aside struct {
	// Name is that of a file of the project, or STAGE:FILE of one in the output of
	// a stage in from.
	Name   string `json:"name"`
	Digest string `json:"digest"` // hex SHA-256
	// Folder of the project that a copy belongs into, with the reason beside it.
	// Whoever executes stages sees to that after the run.
	Folder string `json:"folder"`
	Reason string `json:"reason"` // a line for each
}
