package query

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/testdata/testpostgres"
)

// BenchmarkPostgres asks for a million rows of ten columns, beside psql's \copy to a
// file, in turns.
func BenchmarkPostgres(b *testing.B) {
	pg, s, conn := server(b)
	_, err := conn.Exec(b.Context(), `create table m as select g as id, g * 7 % 1000 as qty, sin(g) as x, cos(g)::float4 as y, (g * 1.25)::numeric(12, 2) as price,
		g % 2 = 0 as paid, 'level ' || g % 7 as name, md5(g::text) as code, date '2020-01-01' + g % 2000 as day, timestamptz '2020-01-01 00:00+00' + g * interval '1 second' as at
		from generate_series(1, 1000000) g; analyze m`)
	require.NoError(b, err)
	file := filepath.Join(b.TempDir(), "m")
	for _, c := range []struct {
		name string
		run  func() error
	}{
		{"psql", func() error {
			cmd := exec.Command("psql", "-q", "-h", pg.Folder, "-U", "postgres", "-c", `\copy (select * from m order by id) to '`+file+`' csv header`, "postgres")
			cmd.Env = append(os.Environ(), "PGPASSWORD="+testpostgres.Password)
			return cmd.Run()
		}},
		{"labbook", func() error {
			f, err := os.Create(file)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = s.Ask(b.Context(), "select * from m order by id", io.Writer(f), nil)
			return err
		}},
		{"labbook, in any order", func() error {
			_, err := s.Ask(b.Context(), "select * from m", io.Discard, nil)
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, c.run())
			}
		})
	}
}
