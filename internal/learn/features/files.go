package features

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"labbook/internal/learn/text"
)

// The files of Features: the JSON form, and the vocabularies of text columns.
const (
	File           = "features.json"
	FileVocabulary = "vocabulary.bin" // only where there is a text column
)

// Save writes the files, each with one call of write. Equal Features give equal
// bytes.
func (f *Features) Save(write func(name string, data []byte) error) error {
	fitted, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("features: %w", err)
	}
	if err := write(File, fitted); err != nil {
		return err
	}
	var vocabulary []byte
	for _, t := range f.texts() {
		data, err := t.vectorizer.MarshalBinary()
		if err != nil {
			return fmt.Errorf("features: %w", err)
		}
		vocabulary = append(binary.AppendUvarint(vocabulary, uint64(len(data))), data...)
	}
	if vocabulary == nil {
		return nil
	}
	return write(FileVocabulary, vocabulary)
}

// Load reads what Save wrote; FileVocabulary is asked for only where it is
// needed. It survives any bytes.
func Load(read func(name string) ([]byte, error)) (*Features, error) {
	fitted, err := read(File)
	if err != nil {
		return nil, err
	}
	f := new(Features)
	if err := f.decode(fitted); err != nil {
		return nil, err
	}
	var rest []byte
	for _, t := range f.texts() {
		if rest == nil {
			if rest, err = read(FileVocabulary); err != nil {
				return nil, err
			}
		}
		n, size := binary.Uvarint(rest)
		if size <= 0 || n > uint64(len(rest)-size) {
			return nil, errors.New("features: " + FileVocabulary + " is cut short")
		}
		t.vectorizer = new(text.Vectorizer)
		if err := t.vectorizer.UnmarshalBinary(rest[size:][:n]); err != nil {
			return nil, fmt.Errorf("features: %s: %w", FileVocabulary, err)
		}
		rest = rest[size:][n:]
	}
	if len(rest) > 0 {
		return nil, errors.New("features: " + FileVocabulary + " holds more than the columns need")
	}
	f.seal()
	return f, nil
}

// texts gives the encoders that have vocabularies, view by view.
func (f *Features) texts() []*terms {
	var all []*terms
	for _, e := range f.encoders {
		if t, ok := e.(*terms); ok {
			all = append(all, t)
		}
	}
	for _, v := range f.views {
		all = append(all, v.texts()...)
	}
	return all
}
