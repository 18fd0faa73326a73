package query

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/internal/data/formats"
	"labbook/internal/data/table"
	"labbook/internal/testdata"
	"labbook/internal/testdata/testpostgres"
)

func noEnv(string) (string, bool) { return "", false }

// answer asks and reads what was written.
func answer(t *testing.T, s *Server, text string) (*table.Table, *Answer, error) {
	var out bytes.Buffer
	a, err := s.Ask(t.Context(), text, &out, nil)
	if err != nil {
		return nil, nil, err
	}
	r, ok, err := formats.ReadBytes(out.Bytes(), formats.Options{Name: "answer"})
	require.True(t, ok)
	require.NoError(t, err)
	assert.Equal(t, a.Rows, r.Table.Rows())
	return r.Table, a, nil
}

// rowsOf gives a table as people read it, with the types of its columns.
func rowsOf(t *table.Table) []string {
	lines := []string{""}
	for _, c := range t.Columns {
		kind := string(c.Type)
		if c.Type == table.Category {
			kind += fmt.Sprint(c.Levels)
		}
		lines[0] += c.Name + ":" + kind + " "
	}
	for row := range t.Rows() {
		line := ""
		for _, c := range t.Columns {
			if c.IsMissing(row) {
				line += "– "
			} else {
				line += c.String(row) + " "
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func TestOrdered(t *testing.T) {
	for text, ordered := range map[string]bool{
		"select * from a order by b":                              true,
		"select * from a ORDER\n\tBY b":                           true,
		"select * from (select * from a order by b) x":            false,
		"select array_agg(a order by b) from c":                   false,
		"select 'order by' from c":                                false,
		"select 'it''s order by' from c":                          false,
		`select "order by" from c`:                                false,
		"select a from c -- order by a":                           false,
		"select a from c /* order by /* x */ order by */":         false,
		"select $x$ order by $x$ from c":                          false,
		"select a from c order /* not yet */ by a":                true,
		"with x as (select 1) select * from x order by 1 limit 3": true,
		"select reorder, by_x from c":                             false,
		"select a from c where b = $1 order by a":                 true,
		"select (1": false, "'": false, "$": false, "/*": false,
	} {
		assert.Equal(t, ordered, Ordered(text), text)
	}
}

func TestFirst(t *testing.T) {
	for _, c := range []struct {
		text, first string
		more        bool
	}{
		{"select 1", "select 1", false}, {"select 1;", "select 1", false}, {"select ';' ; -- done; \n ;", "select ';' ", false},
		{"select 1; drop table x", "select 1", true}, {"", "", false},
	} {
		text, more := first(c.text)
		assert.Equal(t, c.first, text)
		assert.Equal(t, c.more, more, c.text)
	}
}

func FuzzScan(f *testing.F) {
	f.Add("select 'a' /* b */ $c$ d $c$ -- e\n order by (f)")
	f.Fuzz(func(t *testing.T, text string) {
		last := -1
		scan(text, func(word string, at int) {
			if at <= last || at+len(word) > len(text) || text[at:at+len(word)] != word {
				t.Fatalf("%q at %d of %q", word, at, text)
			}
			last = at
		})
		statement, _ := first(text)
		if !strings.HasPrefix(text, statement) {
			t.Fatalf("%q does not begin with %q", text, statement)
		}
	})
}

// Whatever may hold a password is refused without being repeated.
func TestNoPasswordIsWritten(t *testing.T) {
	for _, from := range []string{
		"postgres://ada:sesame@db/shop", "postgresql://ada:sesame@db/shop", "postgres://db/shop?password=sesame", "postgres://db/shop?sslpassword=sesame",
		"postgres://ada:ses%ame@db/shop", "postgres://ada:sesame:9/x@db:x/shop", "mysql://ada:sesame@db/shop", "host=db password=sesame", " password = sesame",
	} {
		err := Check(from)
		var e *diag.Error
		if assert.ErrorAs(t, err, &e, from) {
			assert.True(t, e.Secret, from)
			assert.NotContains(t, err.Error(), "sesame")
			assert.NotContains(t, err.Error(), "ses%")
		}
	}
	for _, address := range []string{"postgres://ada:sesame/9@db/shop", "postgres://ada:sesame@db:x/shop", "sesame"} {
		_, err := Of(t.TempDir(), "$DB", func(string) (string, bool) { return address, true })
		if assert.Error(t, err, address) {
			assert.NotContains(t, err.Error(), "sesame")
		}
	}
	for _, from := range []string{"", "$", "$A-B", "/etc/x.db", "../x.db"} {
		assert.Error(t, Check(from), from)
	}
	for _, from := range []string{"data/x.db", "$DATABASE_URL", "postgres://db/shop", "postgres://ada@db:5433/shop?sslmode=require"} {
		assert.NoError(t, Check(from), from)
	}
}

func TestServersAreToldApart(t *testing.T) {
	seen := map[string]string{}
	for _, from := range []string{"postgres://db/shop", "postgres://db/other", "postgres://db:5433/shop", "postgres://ada@db/shop", "postgres://db/shop?options=-csearch_path%3Dx", "data/shop.db"} {
		s, err := Of("/project", from, noEnv)
		require.NoError(t, err)
		assert.Empty(t, seen[s.ID], from)
		seen[s.ID] = from
		assert.NotContains(t, s.Name, "ada")
	}
	with, err := Of("/project", "$A", func(string) (string, bool) { return "postgres://ada:sesame@db/shop", true })
	require.NoError(t, err)
	assert.Equal(t, "postgres://ada@db/shop", seen[with.ID], "a password is no part of who answers")
	assert.Equal(t, "postgres://db/shop", with.Name)
}

// sqlite makes a file of a project by statements.
func sqlite(t *testing.T, statements ...string) (s *Server, db *sql.DB) {
	project := t.TempDir()
	db, err := sql.Open("sqlite3", filepath.Join(project, "a.db"))
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	for _, statement := range statements {
		_, err := db.Exec(statement)
		require.NoError(t, err)
	}
	s, err = Of(project, "a.db", noEnv)
	require.NoError(t, err)
	return s, db
}

func TestSQLiteTypes(t *testing.T) {
	s, _ := sqlite(t, `create table v (n integer, x real, mixed, texts, flag boolean, odd boolean, day date, at datetime, zoned timestamp, noday date, big integer, empty)`,
		`insert into v values (1, 1.5, 1, 'a', 1, 2, '2026-11-27', '2026-11-27 10:00:00.25', '2026-11-27T10:00:00+02:00', 'soon', 9007199254740993, null)`,
		`insert into v values (null, null, 2.5, 7, 0, 1, null, '2026-11-27T11:00', '2026-11-27 10:00:00Z', '2026-11-27', 1, null)`,
		`insert into v values (3, 2, null, 2.25, null, null, '1999-12-31', null, null, null, null, null)`)
	got, a, err := answer(t, s, "select * from v order by rowid;")
	require.NoError(t, err)
	assert.Empty(t, a.Set)
	assert.Equal(t, []string{
		"n:number x:number mixed:number texts:text flag:category[false true] odd:number day:date at:date zoned:date noday:text big:text empty:text ",
		"1 1.5 1 a true 2 2026-11-27 2026-11-27T10:00:00.25 2026-11-27T08:00:00Z soon 9007199254740993 – ",
		"– – 2.5 7 false 1 – 2026-11-27T11:00:00 2026-11-27T10:00:00Z 2026-11-27 1 – ",
		"3 2 – 2.25 – – 1999-12-31 – – – – – ",
	}, rowsOf(got))
}

// The rows of equal answers are told from others whatever their order, and many
// batches are one answer.
func TestAnswersAreSets(t *testing.T) {
	testdata.OnlyComputes(t)
	s, _ := sqlite(t, "create table n (a, b)", "with recursive c(i) as (select 1 union all select i + 1 from c where i < 70000) insert into n select i, 'x' || i from c")
	_, forth, err := answer(t, s, "select * from (select * from n order by a)")
	require.NoError(t, err)
	_, back, err := answer(t, s, "select * from (select * from n order by a desc)")
	require.NoError(t, err)
	_, other, err := answer(t, s, "select a, case a when 9 then 'x8' when 8 then 'x9' else b end as b from n")
	require.NoError(t, err)
	assert.Equal(t, 70000, forth.Rows)
	assert.NotEmpty(t, forth.Set)
	assert.Equal(t, forth, back)
	assert.NotEqual(t, forth.Set, other.Set)

	var one, two bytes.Buffer
	for _, out := range []*bytes.Buffer{&one, &two} {
		_, err = s.Ask(t.Context(), "select * from n order by a", out, nil)
		require.NoError(t, err)
	}
	assert.True(t, bytes.Equal(one.Bytes(), two.Bytes()), "equal answers are equal bytes")
}

func TestSQLiteRefuses(t *testing.T) {
	s, db := sqlite(t, "create table n (a, b)", "insert into n values (1, x'00ff')")
	for text, says := range map[string]string{
		"delete from n":                      "the query writes",
		"delete from n returning a":          "the query writes",
		"insert into n values (2, 2)":        "the query writes",
		"pragma user_version = 3":            "the query writes",
		"attach 'x.db' as x":                 "the query writes",
		"vacuum into 'x.db'":                 "the query writes",
		"select load_extension('x')":         "the query writes",
		"select 1; delete from n":            "more than one statement",
		"select a, a from n":                 "two columns of the query are called a",
		"select b from n":                    "column b, row 1 of the answer: the value is a blob",
		"select c from n":                    "no such column: c",
		"select a from n where a > 1":        "gives no row",
		"selekt":                             "syntax error",
		"with x as (select 1) delete from n": "the query writes",
	} {
		_, _, err := answer(t, s, text)
		if assert.Error(t, err, text) {
			assert.Contains(t, err.Error(), says, text)
		}
	}
	var n int
	require.NoError(t, db.QueryRow("select count(*) from n").Scan(&n))
	assert.Equal(t, 1, n)
	project := filepath.Dir(s.Files[0])
	require.NoError(t, os.WriteFile(filepath.Join(project, "no.db"), []byte("a,b\n1,2\n"), 0o666))
	for from, says := range map[string]string{"no.db": "is no SQLite file", "gone.db": "no such file"} {
		other, err := Of(project, from, noEnv)
		require.NoError(t, err)
		_, _, err = answer(t, other, "select 1")
		assert.ErrorContains(t, err, says)
	}
}

// A file is left as it was, with nothing beside it, also where it is written by way of
// a log and its folder cannot be written.
func TestSQLiteLeavesNothing(t *testing.T) {
	s, db := sqlite(t, "pragma journal_mode = wal", "create table n (a)", "insert into n values (1)")
	_, a, err := answer(t, s, "select a from n") // while another program has it open
	require.NoError(t, err)
	assert.Equal(t, 1, a.Rows)
	_, err = db.Exec("insert into n values (2)")
	require.NoError(t, err)
	_, a, err = answer(t, s, "select a from n")
	require.NoError(t, err)
	assert.Equal(t, 2, a.Rows, "what stands in the log counts")
	require.NoError(t, db.Close())

	project := filepath.Dir(s.Files[0])
	require.NoError(t, os.Chmod(project, 0o555))
	defer os.Chmod(project, 0o777)
	before, err := os.ReadFile(s.Files[0])
	require.NoError(t, err)
	_, a, err = answer(t, s, "select a from n")
	require.NoError(t, err)
	assert.Equal(t, 2, a.Rows)
	after, err := os.ReadFile(s.Files[0])
	require.NoError(t, err)
	assert.Equal(t, before, after)
	left, err := os.ReadDir(project)
	require.NoError(t, err)
	assert.Len(t, left, 1)
}

func TestSQLiteStops(t *testing.T) {
	s, _ := sqlite(t, "create table n (a)")
	ctx, stop := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("stopped"))
	defer stop()
	_, err := s.Ask(ctx, "with recursive c(i) as (select 1 union all select i + 1 from c) select max(i) from c", &bytes.Buffer{}, nil)
	assert.EqualError(t, err, "stopped")
}

// sent gives a number as PostgreSQL sends it: pgx's own encoder is the source.
func sent(t *testing.T, text string) []byte {
	var n pgtype.Numeric
	require.NoError(t, n.Scan(text))
	data, err := pgtype.NewMap().Encode(pgtype.NumericOID, pgtype.BinaryFormatCode, n, nil)
	require.NoError(t, err)
	return data
}

func TestNumeric(t *testing.T) {
	for _, text := range []string{"0", "1", "-1", "0.01", "-0.01", "12345.6789", "10000", "100000000", "0.0001", "0.00001", "99999999999999.9999", "1234567.8", "-42.4242",
		"9007199254740992", "0.1", "3.3333333333333333", "170141183460469231731687303715884105727", "0.000000000000000000000000000001", "123456789012345678901234567890.12"} {
		n, err := readNumeric(sent(t, text))
		require.NoError(t, err)
		want, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err)
		got, err := n.float()
		if !strings.HasPrefix(text, "17") {
			require.NoError(t, err)
		} else {
			assert.ErrorContains(t, err, "170141183460469231731687303715884105727", "a whole number that is rounded is no amount")
		}
		if err == nil {
			assert.Equal(t, want, got, text)
		}
		for _, scale := range []int{0, 2, 4, 5, 9} {
			r, _ := new(big.Rat).SetString(text)
			r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)))
			if !r.IsInt() { // a column of that scale never sends it
				continue
			}
			assert.Equal(t, r.Num().String(), n.whole(scale).String(), "%s at %d", text, scale)
			if len(r.Num().String()) <= 18 {
				assert.Equal(t, r.Num().Int64(), n.small(scale), "%s at %d", text, scale)
			}
		}
	}
}

// No bytes that a server may send make trouble.
// FuzzCheck reads whatever is written where a database is meant: a password in an address
// that can be read is refused, and never repeated.
func FuzzCheck(f *testing.F) {
	for _, from := range []string{"data/x.db", "$DATABASE_URL", "postgres://ada@db:5433/shop?sslmode=require", "host=db", "mysql://a"} {
		f.Add(from, "ada", "shop")
	}
	f.Fuzz(func(t *testing.T, from, user, name string) {
		_ = Check(from)
		const secret = "hunter2-hunter2"
		if strings.Contains(from+user+name, secret) {
			return
		}
		for _, written := range []string{"postgres://" + user + ":" + secret + "@db/" + name, "postgres://db/" + name + "?" + user + "&password=" + secret} {
			if u, err := url.Parse(written); err != nil || u.User == nil && u.RawQuery == "" || strings.ContainsAny(user, "/?#;%") || strings.ContainsAny(name, "?#") {
				if err := Check(written); err != nil {
					require.NotContains(t, err.Error(), secret)
				}
				continue
			}
			err := Check(written)
			require.Error(t, err, written)
			require.NotContains(t, err.Error(), secret)
		}
	})
}

func FuzzColumns(f *testing.F) {
	f.Add(uint32(pgtype.NumericOID), int32(-1), []byte{0, 1, 0, 0, 0, 0, 0, 0, 0, 7})
	f.Add(uint32(pgtype.NumericOID), int32(10<<16|2+4), []byte{0, 2, 0, 0, 0x40, 0, 0, 2, 0, 7, 0x13, 0x88})
	f.Add(uint32(pgtype.TimestamptzOID), int32(-1), make([]byte, 8))
	f.Add(uint32(pgtype.UUIDOID), int32(-1), make([]byte, 16))
	f.Fuzz(func(t *testing.T, oid uint32, modifier int32, value []byte) {
		c, known := columnOf(oid, modifier)
		if !known || oid == pgtype.NumericOID && len(value) >= 4 && binary.BigEndian.Uint16(value[2:]) > 200 && int16(binary.BigEndian.Uint16(value[2:])) > 200 {
			return // as many zeros as the weight says are written out, 131,072 at most
		}
		w := &writer{out: &bytes.Buffer{}}
		c.name = "a"
		require.NoError(t, w.begin([]column{c}))
		if c.reader(w.columns[0])(value) == nil {
			require.NoError(t, w.end(len(value)))
			require.NoError(t, w.close())
		}
	})
}

// server starts PostgreSQL and gives an address of it for labbook, and a connection.
func server(t testing.TB) (*testpostgres.Server, *Server, *pgx.Conn) {
	if _, why := testpostgres.Installed(); why != "" {
		t.Skip(why)
	}
	pg, err := testpostgres.Start()
	if err != nil {
		t.Skip("PostgreSQL cannot be set up here: ", err)
	}
	t.Cleanup(pg.Remove)
	address := "postgres://postgres:" + url.QueryEscape(testpostgres.Password) + "@/postgres?host=" + pg.Folder
	s, err := Of(t.TempDir(), "$DB", func(string) (string, bool) { return address, true })
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	return pg, s, conn
}

func TestPostgres(t *testing.T) {
	pg, s, conn := server(t)
	run := func(text string) {
		_, err := conn.Exec(t.Context(), text)
		require.NoError(t, err)
	}
	t.Run("types", func(t *testing.T) {
		run(`create type mood as enum ('sad', 'ok', 'happy', 'never'); create domain positive as int check (value > 0); create extension if not exists citext;
			create table v (id int, b bool, i2 int2, i8 int8, f4 float4, f8 float8, d numeric(10, 2), wide numeric(38, 4), n numeric, t text, vc varchar(9), ch char(3), m mood,
				day date, tod time, ts timestamp, tz timestamptz, u uuid, p positive, ci citext);
			insert into v values
			(1, true, -2, 9007199254740993, 0.5, 1e30, 12.50, 1234567890.1234, 0.1, 'é', 'v', 'c', 'happy', '2026-11-27', '10:11:12.5', '2026-11-27 10:11:12.123456', '2026-11-27 10:11:12+02', '6f1ed002-ab59-5a4e-9e1e-0123456789ab', 3, 'Ci'),
			(2, false, 3, -1, -1.25, 'nan', -0.01, -1, 1e20, '', null, null, 'sad', '1969-12-31', '00:00', '1960-01-01', '1999-12-31 23:59:59.999999+00', null, null, null),
			(3, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null)`)
		got, a, err := answer(t, s, "select * from v order by id")
		require.NoError(t, err)
		assert.Empty(t, a.Set)
		assert.Equal(t, []string{
			"id:number b:category[false true] i2:number i8:text f4:number f8:number d:number wide:number n:number t:text vc:text ch:text m:category[sad ok happy never] day:date tod:date ts:date tz:date u:text p:number ci:text ",
			"1 true -2 9007199254740993 0.5 1000000000000000000000000000000 12.5 1234567890.1234 0.1 é v c   happy 2026-11-27 10:11:12.5 2026-11-27T10:11:12.123456 2026-11-27T08:11:12Z 6f1ed002-ab59-5a4e-9e1e-0123456789ab 3 Ci ",
			"2 false 3 -1 -1.25 – -0.01 -1 100000000000000000000 – – – sad 1969-12-31 00:00:00 1960-01-01T00:00:00 1999-12-31T23:59:59.999999Z – – – ",
			"3 – – – – – – – – – – – – – – – – – – – ",
		}, rowsOf(got))
	})
	t.Run("refused", func(t *testing.T) {
		for text, says := range map[string]string{
			"select 1 as a, '{}'::json as j":                               "column j of the query is of the type json",
			"select array[1, 2] as list":                                   "array_to_string(list, ' ')",
			"select row(1, 2) as r":                                        "the type record",
			"select interval '1 day' as i":                                 "extract(epoch from i)",
			"select 'x'::bytea as b":                                       "encode(b, 'hex')",
			"select 'infinity'::date as d":                                 "column d, row 1 of the answer: the value is infinity",
			"select '-infinity'::timestamptz as d":                         "nullif(…, 'infinity')",
			"select 'infinity'::numeric as n":                              "the value is infinity",
			"select sum(9007199254740993) as n":                            "9007199254740993 has more digits than numbers keep",
			"select 1 as a, 2 as a":                                        "two columns of the query are called a",
			"select $1::int as a":                                          "leaves 1 value open",
			"select 1 as a where false":                                    "gives no row",
			"select nothing from v":                                        "column \"nothing\" does not exist",
			"select 1; select 2":                                           "cannot insert multiple commands",
			"delete from v":                                                "gives no columns",
			"delete from v returning id":                                   "the query writes",
			"with gone as (delete from v returning id) select * from gone": "the query writes",
			"commit":                          "gives no columns",
			"select 1 / (id - 2) as x from v": "division by zero",
			"select set_config('transaction_read_only', 'off', true) as x": "transaction",
			"": "gives no columns",
		} {
			_, _, err := answer(t, s, text)
			if assert.Error(t, err, text) {
				assert.Contains(t, err.Error(), says, text)
				assert.NotContains(t, err.Error(), testpostgres.Password)
			}
		}
		var n int
		require.NoError(t, conn.QueryRow(t.Context(), "select count(*) from v").Scan(&n))
		assert.Equal(t, 3, n)
	})
	t.Run("rows in any order", func(t *testing.T) {
		_, forth, err := answer(t, s, "select * from (select g as a, g::text as b from generate_series(1, 1000) g order by 1) x")
		require.NoError(t, err)
		_, back, err := answer(t, s, "select * from (select g as a, g::text as b from generate_series(1, 1000) g order by 1 desc) x")
		require.NoError(t, err)
		assert.NotEmpty(t, forth.Set)
		assert.Equal(t, forth, back)
	})
	t.Run("stopped", func(t *testing.T) {
		ctx, stop := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, errors.New("stopped"))
		defer stop()
		_, err := s.Ask(ctx, "select count(*) from generate_series(1, 10000000000)", &bytes.Buffer{}, nil)
		assert.EqualError(t, err, "stopped")
	})
	t.Run("wrong password", func(t *testing.T) {
		other, err := Of(t.TempDir(), "$DB", func(string) (string, bool) { return "postgres://postgres:sesame@/postgres?host=" + pg.Folder, true })
		require.NoError(t, err)
		_, _, err = answer(t, other, "select 1")
		if assert.ErrorContains(t, err, "password authentication failed") {
			assert.NotContains(t, err.Error(), "sesame")
			assert.Contains(t, err.Error(), "PGPASSWORD")
		}
	})
	t.Run("the server goes away", func(t *testing.T) {
		out := &stopping{stop: func() { assert.NoError(t, pg.Stop()) }}
		_, err := s.Ask(t.Context(), "select g, repeat('x', 100) as x from generate_series(1, 3000000) g", out, nil)
		if assert.Error(t, err) {
			assert.Regexp(t, "went away after|broke off after", err.Error())
			assert.Contains(t, err.Error(), "nothing of the answer was kept")
		}
		_, _, err = answer(t, s, "select 1")
		assert.ErrorContains(t, err, "does not answer")
		assert.NotContains(t, err.Error(), "user")
	})
}

// stopping stops the server once the answer comes.
type stopping struct {
	bytes.Buffer
	stop func()
}

func (s *stopping) Write(p []byte) (int, error) {
	if s.Len() > 1<<20 && s.stop != nil {
		s.stop()
		s.stop = nil
	}
	return s.Buffer.Write(p)
}
