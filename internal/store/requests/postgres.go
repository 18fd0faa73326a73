package requests

import (
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// openPostgres connects to a PostgreSQL database by its URL. How durable a
// commit is, is the server's business (synchronous_commit), unless it is
// lowered here.
func openPostgres(address string, durability Durability) (*database, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the address of the PostgreSQL database cannot be read; write postgres://user:password@host:5432/name")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	if durability == Normal {
		config.RuntimeParams["synchronous_commit"] = "off"
	}
	schema := stdlib.OpenDB(*config.Copy())
	config.RuntimeParams["statement_timeout"] = "10s"
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(8)
	pool.SetMaxIdleConns(4)
	return &database{write: pool, read: pool, schema: schema, dialect: goose.DialectPostgres, chunk: 64}, nil
}
