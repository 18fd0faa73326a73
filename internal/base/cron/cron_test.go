package cron

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNext(t *testing.T) {
	for _, c := range []struct{ text, zone, after, want string }{
		{"0 6 * * *", "UTC", "2026-11-27T05:59:59Z", "2026-11-27T06:00:00Z"},
		{"0 6 * * *", "UTC", "2026-11-27T06:00:00Z", "2026-11-28T06:00:00Z"},
		{"*/15 6-18 * * 1-5", "UTC", "2026-11-27T18:45:00Z", "2026-11-30T06:00:00Z"}, // Friday to Monday
		{"0 0 29 2 *", "UTC", "2026-11-27T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"0 0 13 * 5", "UTC", "2026-11-27T00:00:00Z", "2026-12-04T00:00:00Z"}, // Friday or the 13th
		{"0 0 * * 7", "UTC", "2026-11-27T00:00:00Z", "2026-11-29T00:00:00Z"},
		{"0 6 * * *", "Europe/Berlin", "2026-07-01T00:00:00Z", "2026-07-01T04:00:00Z"},
		{"0 6 * * *", "Europe/Berlin", "2026-12-01T00:00:00Z", "2026-12-01T05:00:00Z"},
		// 29 March 2026, 2:00 to 3:00 is left out; 25 October, 2:00 to 3:00 is twice.
		{"30 2 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T01:30:00Z"},
		{"30 2 * * *", "Europe/Berlin", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"},
		{"30 2 * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z"},
		{"30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		require.NoError(t, err)
		times, err := Parse(c.text, zone)
		require.NoError(t, err)
		after, err := time.Parse(time.RFC3339, c.after)
		require.NoError(t, err)
		assert.Equal(t, c.want, times.Next(after).UTC().Format(time.RFC3339), "%s in %s after %s", c.text, c.zone, c.after)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "5/2 * * * *", "0 0 30 2 *", "a * * * *", "-1 * * * *", "1,, * * * *"} {
		_, err := Parse(text, time.UTC)
		assert.Error(t, err, text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("*/15 6-18 * * 1-5")
	f.Fuzz(func(t *testing.T, text string) {
		times, err := Parse(text, time.UTC)
		if err != nil {
			return
		}
		at := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
		assert.True(t, times.Next(at).After(at))
	})
}
