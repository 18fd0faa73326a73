package pipeline_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSchedule(t *testing.T) {
	p, err := load(t, `
name: demo
schedule: {at: "30 6 * * 1-5", zone: Europe/Berlin, catch_up: none, overlap: queue}
stages: {a: {uses: command, with: {run: "true"}}}
`)
	require.NoError(t, err)
	s := p.Schedule
	assert.False(t, s.CatchUp)
	assert.True(t, s.Queue)
	friday := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	assert.Equal(t, "2026-11-30 06:30 CET", s.Next(friday).Format("2006-01-02 15:04 MST"))
	assert.True(t, s.Due(friday, friday.AddDate(0, 0, 2)).IsZero(), "the weekend")
	thursday := time.Date(2026, 12, 3, 5, 31, 0, 0, time.UTC)
	assert.Equal(t, "2026-12-03", s.Due(friday, thursday).Format(time.DateOnly), "the last of several")
	assert.Equal(t, "2026-11-30", s.Due(friday, thursday.Add(2*time.Hour)).Format(time.DateOnly), "long ago")
	assert.True(t, s.Due(friday, friday.AddDate(0, 0, -9)).IsZero(), "a clock that was set back")

	for text, want := range map[string]string{
		"0 25 * * *":                       `"25" is no hour from 0 to 23`,
		"{at: 0 6 * * *, zone: Mars/Base}": "there is no zone Mars/Base",
		"{at: 0 6 * * *, overlap: both}":   "skip",
		"daily":                            "has 1 fields",
	} {
		_, err := load(t, "name: demo\nschedule: "+text+"\nstages: {a: {uses: command, with: {run: 'true'}}}\n")
		assert.ErrorContains(t, err, want, text)
	}
}
