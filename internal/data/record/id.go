package record

import (
	"encoding/base32"
	"fmt"
	"io"
	"strings"
	"time"
)

// NewRunID gives an id that sorts by time (to the second, UTC) and ends in 30
// random bits: 20261121-223105-k3f9c2.
func NewRunID(now time.Time, random io.Reader) (string, error) {
	var bits [5]byte
	if _, err := io.ReadFull(random, bits[:]); err != nil {
		return "", fmt.Errorf("random source: %w", err)
	}
	// Crockford's letters: none can be mistaken for a digit.
	letters := base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").EncodeToString(bits[:])
	return now.UTC().Format("20060102-150405-") + strings.ToLower(letters[:6]), nil
}

// IsRunID reports whether a text has the form of NewRunID's.
func IsRunID(text string) bool {
	const moment = "20060102-150405-"
	if len(text) != len(moment)+6 || strings.Trim(text[len(moment):], "0123456789abcdefghjkmnpqrstvwxyz") != "" {
		return false
	}
	_, err := time.Parse(moment, text[:len(moment)])
	return err == nil
}
