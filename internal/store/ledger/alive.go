package ledger

import (
	"os"
	"time"
)

// process is one that a row names.
type process struct {
	host     string
	pid      int
	identity string
	silent   bool // it has not said for long that it lives
}

// isGone says whether a process is certainly not running any more. One that could be seen
// from here is looked for; of others the database knows whether they say that they live,
// if it is one that several machines have: who reads host is here.
func (db *DB) isGone(p *process, here string) bool {
	if _, shared := db.dialect.(inPostgres); !shared || p.host == here && isHere(p.identity) {
		return p.host == here && isGone(p.pid, p.identity)
	}
	return p.silent
}

// Every process that runs something says that it lives, in a database of several
// machines: six times before others take it for dead.
const sayAlive = 10 * time.Second

// live has this process say so from now on, until Close. The first time others have
// heard it when this returns.
func (db *DB) live() error {
	if _, shared := db.dialect.(inPostgres); !shared || db.full != nil {
		return nil
	}
	db.living.Lock()
	defer db.living.Unlock()
	if db.dead != nil {
		return nil
	}
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	me := []any{named("host", host), named("pid", os.Getpid()), named("process", processIdentity(os.Getpid()))}
	err = db.change(func(tx *tx) error {
		if _, err := tx.exec("process_trim"); err != nil {
			return err
		}
		_, err := tx.exec("process_seen", me...)
		return err
	})
	if err != nil {
		return err
	}
	db.dead = make(chan struct{})
	db.beats.Go(func() {
		tick := time.NewTicker(sayAlive)
		defer tick.Stop()
		for {
			select {
			case <-db.dead:
				return
			case <-tick.C: // where that fails, the next may not
				if text, args, err := db.dialect.statement("process_seen", me); err == nil {
					db.write.Exec(text, args...)
				}
			}
		}
	})
	return nil
}

// die ends what live began.
func (db *DB) die() {
	db.living.Lock()
	if db.dead != nil {
		close(db.dead)
	}
	db.living.Unlock()
	db.beats.Wait()
}
