package record

import "encoding/json"

// Batch is a batch of predictions that several servers share.
type Batch struct {
	ID    string
	State json.RawMessage // how it stands
	Place string          // the machine and folder that has its bytes; "": the bucket
	Ended bool
	Taken bool // another process works at it
	// Host, PID and Process are of the server that took it last; PID is 0 where none has.
	Host    string
	PID     int
	Process string
}
