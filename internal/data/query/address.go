package query

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/lazy"
)

// secrets are the environment variables that hold what a server lets people in by,
// or where that is kept.
var secrets = []string{"PGPASSWORD", "PGPASSFILE", "PGSERVICEFILE", "PGSSLPASSWORD", "PGSSLKEY"}

// Secrets gives the environment variables that nothing may note which asks this.
func Secrets(from string) []string {
	if name, ok := Variable(from); ok {
		return append([]string{name}, secrets...)
	}
	return secrets
}

var variable = lazy.Regexp(`^\$([A-Za-z_][A-Za-z0-9_]*)$`)

// Variable gives the environment variable that is named where a database is meant.
func Variable(from string) (name string, ok bool) {
	if found := variable().FindStringSubmatch(from); found != nil {
		return found[1], true
	}
	return "", false
}

func isAddress(from string) bool {
	return strings.HasPrefix(from, "postgres://") || strings.HasPrefix(from, "postgresql://")
}

// keyValue is how libpq writes an address besides.
var keyValue = lazy.Regexp(`^\s*[a-z_]+\s*=`)

// Check says what is wrong with what is written where a database is meant. A
// password is: whatever is written is kept, shown and handed on.
func Check(from string) error {
	hint := "write data/shop.db, postgres://HOST/DATABASE, or $NAME of an environment variable"
	switch {
	case strings.TrimSpace(from) == "":
		return diag.New("no database is named", hint)
	case isAddress(from):
		return checkAddress(from)
	case strings.HasPrefix(from, "$"):
		if _, ok := Variable(from); !ok {
			return &diag.Error{What: "that names no environment variable", Wanted: "$NAME", Hint: "write from: $DATABASE_URL"}
		}
		return nil
	case strings.Contains(from, "://"):
		scheme, _, _ := strings.Cut(from, "://")
		return &diag.Error{What: "databases of that kind are not known", Found: scheme + "://…", Wanted: "a SQLite file or postgres://…", Hint: hint, Secret: true}
	case keyValue().MatchString(from):
		return &diag.Error{What: "the address is not written as one", Found: "name=value", Wanted: "postgres://HOST/DATABASE", Hint: hint, Secret: true}
	case path.IsAbs(from) || slices.Contains(strings.Split(from, "/"), ".."):
		return &diag.Error{What: from + " is outside the project", Wanted: "a path relative to the project's folder", Hint: "copy the file into data/, or link it: ln -s FILE data/"}
	}
	return nil
}

// checkAddress finds passwords in an address. What cannot be read may hold one too.
func checkAddress(from string) error {
	u, err := url.Parse(from)
	if err != nil || u.User == nil && strings.Contains(from, "@") {
		return &diag.Error{What: "the address cannot be read", Wanted: "postgres://HOST/DATABASE", Found: "something else", Secret: true,
			Hint: "write user and database with %-escapes, and no password: that comes from PGPASSWORD or ~/.pgpass"}
	}
	_, given := u.User.Password()
	for name := range u.Query() {
		given = given || strings.Contains(strings.ToLower(name), "password")
	}
	if given {
		return &diag.Error{What: "a password is written into the pipeline", Found: "one", Wanted: "none", Secret: true,
			Hint: "take it out, and change it if others have seen the file; it is read from PGPASSWORD, ~/.pgpass, or an address in a variable: from: $DATABASE_URL"}
	}
	return nil
}
