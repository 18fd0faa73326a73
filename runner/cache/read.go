package cache

import "os"

// OpenBlob opens a blob, proved.
func (c *Cache) OpenBlob(digest string) (*os.File, error) {
	f, err := os.Open(c.Path(digest))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = c.Prove(digest, info.Size())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
