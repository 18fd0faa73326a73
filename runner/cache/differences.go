package cache

import (
	"bytes"
	"encoding/json"
)

// Differences lists what differs between two results of one key, in words: files by
// their names. Who made them, when and how fast is none.
func (r *Record) Differences(other *Record) []string {
	var diff []string
	digest := map[string]string{}
	for _, f := range r.Files {
		digest[f.Name] = f.Digest
	}
	for _, f := range other.Files {
		if d, ok := digest[f.Name]; !ok || d != f.Digest {
			diff = append(diff, f.Name)
		}
		delete(digest, f.Name)
	}
	for _, f := range r.Files {
		if _, lacks := digest[f.Name]; lacks {
			diff = append(diff, f.Name)
		}
	}
	for _, part := range []struct {
		name string
		same bool
	}{
		{"its metrics", same(r.Metrics, other.Metrics)},
		{"its warnings", same(r.Warnings, other.Warnings)},
		{"the facts about it", r.Told.Hex() == other.Told.Hex()},
		{"what it set aside", same(r.Aside, other.Aside)},
	} {
		if !part.same {
			diff = append(diff, part.name)
		}
	}
	return diff
}

// same compares what was recorded with what a record would hold.
func same[T any](recorded, again []T) bool {
	a, err := json.Marshal(recorded)
	b, failed := json.Marshal(again)
	return err == nil && failed == nil && len(recorded) == len(again) && (len(again) == 0 || bytes.Equal(a, b))
}
