package requests

import (
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"labbook/internal/store/databases"
)

// openPostgres connects to a PostgreSQL database by its URL. How durable a
// commit is, is the server's business (synchronous_commit), unless it is
// lowered here.
func openPostgres(address string, durability Durability) (*database, error) {
	config, err := databases.Postgres(address)
	if err != nil {
		return nil, err
	}
	if durability == Normal {
		config.RuntimeParams["synchronous_commit"] = "off"
	}
	schema := stdlib.OpenDB(*config.Copy())
	config.RuntimeParams["statement_timeout"] = "10s"
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(8)
	pool.SetMaxIdleConns(4)
	return &database{write: pool, read: pool, schema: schema, dialect: goose.DialectPostgres, begin: "begin", chunk: 64}, nil
}
