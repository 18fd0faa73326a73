package requests

import (
	"context"
	"time"
)

// SQLite gives no page back by itself: pages of what was removed are used again. A
// file that was made for it ("auto_vacuum = incremental") is shortened on demand, by
// moving its last pages into free ones.

const (
	shrinkStep = 256 // pages that are moved while others wait: a megabyte
	shrinkPart = 10  // the file is shortened while a tenth of it is free
)

// unshrinkable gives the size of a SQLite file of before, which cannot be shortened; 0 of
// any other database.
func (db *database) unshrinkable(ctx context.Context) (size int64, err error) {
	if db.tidy == nil {
		return 0, nil
	}
	err = db.write.QueryRowContext(ctx, `select case when auto_vacuum = 2 then 0 else page_count * page_size end
from pragma_auto_vacuum, pragma_page_count, pragma_page_size`).Scan(&size)
	return size, err
}

// makeShrinkable writes the file anew as one that can be shortened, for which the disk
// has to have room.
func (db *database) makeShrinkable(ctx context.Context) error {
	_, err := db.write.ExecContext(ctx, "pragma auto_vacuum = incremental; vacuum")
	return err
}

// shrink gives back to the disk what a SQLite file no longer needs, a little at a time.
func (s *Store) shrink(ctx context.Context) error {
	if s.db.tidy == nil {
		return nil
	}
	for {
		var free, pages int
		if err := s.db.write.QueryRowContext(ctx, "select freelist_count, page_count from pragma_freelist_count, pragma_page_count").Scan(&free, &pages); err != nil {
			return err
		}
		if free < shrinkStep || free < pages/shrinkPart {
			return nil
		}
		moved, err := s.db.giveBack(ctx)
		if err != nil || moved == 0 {
			return err
		}
		s.wrote()
		select {
		case <-s.stop:
			return nil
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// giveBack shortens the file by a step, and says by how many pages. A file that is
// none for it stays.
func (db *database) giveBack(ctx context.Context) (pages int, err error) {
	var before, after int
	if err := db.write.QueryRowContext(ctx, "pragma page_count").Scan(&before); err != nil {
		return 0, err
	}
	rows, err := db.write.QueryContext(ctx, "pragma incremental_vacuum(256)")
	if err != nil {
		return 0, err
	}
	for rows.Next() { // a row is a page
	}
	if err := rows.Err(); err != nil {
		rows.Close()
		return 0, err
	}
	if err := rows.Close(); err != nil {
		return 0, err
	}
	err = db.write.QueryRowContext(ctx, "pragma page_count").Scan(&after)
	return before - after, err
}
