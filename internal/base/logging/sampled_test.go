package logging

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestAStormIsAFewLinesAndANumber(t *testing.T) {
	var out bytes.Buffer
	var over []func()
	h := NewSampled(slog.NewTextHandler(&out, nil), func(_ time.Duration, f func()) { over = append(over, f) })
	log := slog.New(h)
	for range 1000 {
		log.Error("not recorded", "request", "x")
		log.With("a", 1).Error("not recorded")
		log.Debug("not recorded")
	}
	log.Error("something else")
	assert.Equal(t, Most, strings.Count(out.String(), `msg="not recorded"`))
	assert.Contains(t, out.String(), "something else", "what is rare passes beside what is not")
	assert.Len(t, over, 2)
	for _, f := range over {
		f()
	}
	assert.Contains(t, out.String(), `msg="not recorded, and more like it" more=1980`)
	assert.NotContains(t, out.String(), `else, and more`)
	out.Reset()
	log.Error("not recorded")
	assert.Equal(t, 1, strings.Count(out.String(), "not recorded"), "after that, it is new again")
}
