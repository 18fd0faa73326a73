package tune

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
)

// File is a Store in a file: a line of JSON for each trial. A line that a kill
// cut short is passed over.
type File struct{ Path string }

// Trials implements Store.
func (f File) Trials() ([]Trial, error) {
	data, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var trials []Trial
	for line := range bytes.Lines(data) {
		var t Trial
		if json.Unmarshal(line, &t) == nil && t.State != "" {
			trials = append(trials, t)
		}
	}
	return trials, err
}

// Add implements Store.
func (f File) Add(t Trial) error {
	line, err := json.Marshal(t)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(f.Path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	// A line of its own, whatever the last one was cut to.
	_, err = file.Write(append(append([]byte{'\n'}, line...), '\n'))
	return errors.Join(err, file.Close())
}
