package requests

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/lazy"
	"labbook/internal/store/databases"
)

// scheme begins what looks like a URL: two letters at least, for C: is a drive.
var scheme = lazy.Regexp(`^([A-Za-z][A-Za-z0-9+.-]+):`)

// Address makes of what a person calls a database an address for Open: a URL of
// PostgreSQL, or the path of a file, relative to root. What looks like another
// URL is an error, not a file of that name.
func Address(root, given string) (string, error) {
	found := scheme().FindStringSubmatch(given)
	if found == nil {
		if given == "" {
			return "", diag.New("no database is named", "write runs/requests.db, or postgres://user@host/name")
		}
		if filepath.IsAbs(given) {
			return given, nil
		}
		return filepath.Join(root, given), nil
	}
	if databases.IsPostgres(given) {
		return given, nil
	}
	e := &diag.Error{What: "requests are kept in a SQLite file or in PostgreSQL", Found: strconv.Quote(given),
		Wanted: "a path, or postgres://user@host/name", Hint: "a file whose name has a colon is written ./" + given}
	if near, ok := diag.Closest(found[1], []string{"postgres", "postgresql"}); ok {
		rest := strings.TrimLeft(given[len(found[0]):], "/")
		e.Hint = fmt.Sprintf("did you mean %q?", near+"://"+rest)
	}
	return "", e
}
