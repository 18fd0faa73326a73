package main

import (
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

// serveEcho is the plain server that a Go programmer writes first: it decodes
// JSON, records the request alone in a transaction of its own, and encodes what
// it was sent.
func serveEcho(address, database, durability string) error {
	db, err := sql.Open("sqlite3", "file:"+database+"?_journal_mode=wal&_synchronous="+durability)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("create table request (id integer primary key, at text, request text, response text)"); err != nil {
		return err
	}
	insert, err := db.Prepare("insert into request (at, request, response) values (?, ?, ?)")
	if err != nil {
		return err
	}
	var mu sync.Mutex
	return http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var v map[string]any
		if err == nil {
			err = json.Unmarshal(body, &v)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer, err := json.Marshal(v)
		if err == nil {
			mu.Lock()
			_, err = insert.Exec(time.Now().Format(time.RFC3339Nano), string(body), string(answer))
			mu.Unlock()
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(answer)
	}))
}
