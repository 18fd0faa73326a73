package serve

import (
	"context"
	"crypto/tls"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// certificate is what the server proves itself with. It follows its files, for
// certificates are short-lived and servers are not.
type certificate struct {
	cert, key string // PEM files
	current   atomic.Pointer[tls.Certificate]
	stat      [2]time.Time // when they were last changed
}

// newCertificate reads the files.
func newCertificate(cert, key string) (*certificate, error) {
	c := &certificate{cert: cert, key: key}
	c.stat = c.changed()
	return c, c.read()
}

func (c *certificate) read() error {
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err == nil {
		c.current.Store(&pair)
	}
	return err
}

func (c *certificate) changed() (at [2]time.Time) {
	for i, name := range []string{c.cert, c.key} {
		if info, err := os.Stat(name); err == nil {
			at[i] = info.ModTime()
		}
	}
	return at
}

// follow reads the files again when they have changed, until ctx ends. What does
// not read, as a certificate whose key is not there yet, changes nothing, and is
// tried again with the next change.
func (c *certificate) follow(ctx context.Context, every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := c.changed()
		if now == c.stat {
			continue
		}
		c.stat = now
		if err := c.read(); err != nil {
			log.Error("the certificate cannot be read; the one before stays", "error", err)
		} else {
			log.Info("the certificate is another one", "file", c.cert)
		}
	}
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return c.current.Load(), nil
}
