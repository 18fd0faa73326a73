package project

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/runner/bucket"
	"labbook/runner/temporal"
)

// FuzzFarm reads any farm.yaml: what is taken has addresses that can be used, and what
// is not is told with its place.
func FuzzFarm(f *testing.F) {
	f.Add("lab: {engine: \"temporal://a:7233/x?tls=off\", cache: \"s3://team/p?endpoint=b:9000\", database: $DB, wait: 10m}\nother: {cache: s3://x}\n")
	f.Add("lab: {engine: temporal://a}")
	f.Add("lab: {database: \"postgres://me:hunter2@a/b\"}")
	f.Add("- lab")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		places, err := parsePlaces([]byte(text))
		if err != nil {
			list, ok := err.(diag.List)
			if !ok {
				var one *diag.Error
				require.ErrorAs(t, err, &one)
				list.Add(one)
			}
			for _, e := range list {
				require.Equal(t, farmFile, e.File, "%v", err)
			}
			return
		}
		for name, p := range places {
			if p.Engine != "" {
				_, err = temporal.ParseAddress(name, p.Engine)
				require.NoError(t, err)
				require.NotEmpty(t, p.Cache)
			}
			if p.Cache != "" {
				_, err = bucket.ParseAddress(name, p.Cache)
				require.NoError(t, err)
			}
			require.NotEmpty(t, p.Cache+p.Database, "there is nothing at %q", name)
			require.GreaterOrEqual(t, p.Wait, time.Duration(0))
		}
	})
}
