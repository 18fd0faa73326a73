package project

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/data/query"
	"labbook/internal/store/databases"
)

// Database gives the address of the PostgreSQL database in which a project keeps its
// history, its models and, unless serve.yaml says otherwise, its requests; "" where it
// keeps them in files. Of all places that farm.yaml names one may have a database, for a
// project has one history.
func Database(root string) (string, error) {
	address, _, err := database(root)
	return address, err
}

// database is Database with the name of its place.
func database(root string) (address, name string, err error) {
	places, err := placesOf(root)
	if err != nil {
		return "", "", err
	}
	var found []string
	for _, name := range slices.Sorted(maps.Keys(places)) {
		if places[name].Database != "" {
			found = append(found, name)
		}
	}
	switch len(found) {
	case 0:
		return "", "", nil
	case 1:
		address, err := databaseAt(places[found[0]].Database)
		if err != nil {
			return "", "", fmt.Errorf("%s: %s: database: %w", farmFile, found[0], err)
		}
		return address, found[0], nil
	}
	return "", "", &diag.Error{File: farmFile, What: "a project has one history, and so one database", Found: "one at " + diag.Names(found), Wanted: "one at most",
		Hint: "leave `database` to one of them"}
}

// databaseAt gives the address that is written as one, or is in a variable.
func databaseAt(written string) (string, error) {
	name, ok := query.Variable(written)
	if !ok {
		return written, nil
	}
	address := os.Getenv(name)
	if !databases.IsPostgres(address) {
		return "", &diag.Error{What: "$" + name + " holds no address of PostgreSQL", Wanted: "postgres://USER@HOST/NAME", Found: "something else, or nothing", Secret: true,
			Hint: "set it for everything that runs labbook here"}
	}
	return address, nil
}

// checkDatabase says what is wrong with what is written as a database.
func checkDatabase(written string) error {
	_, variable := query.Variable(written)
	if written == "" || variable {
		return nil
	}
	if err := query.Check(written); err != nil {
		return err
	}
	if !databases.IsPostgres(written) {
		return &diag.Error{What: "machines share a history in PostgreSQL", Found: fmt.Sprintf("%q", written), Wanted: "postgres://USER@HOST/NAME, or $NAME of a variable",
			Hint: "leave it out, and the history is in runs/labbook.db"}
	}
	return nil
}

// historyAt gives the address of the ledger of a project: of its database, or its file.
func historyAt(root string) (string, error) {
	address, err := Database(root)
	if err != nil || address != "" {
		return address, err
	}
	return filepath.Join(root, "runs", "labbook.db"), nil
}
