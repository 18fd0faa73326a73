package serve

import (
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// health asks on a new connection.
func health(t *testing.T, address string) net.Conn {
	c := dial(t, address)
	fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: %s\r\n\r\n", address)
	w := answer(t, c)
	require.NotNil(t, w)
	require.Equal(t, 200, w.StatusCode)
	return c
}

// Connections that say nothing, or nothing more, keep nobody out: the one that
// has been silent for longest gives way.
func TestSilentConnectionsGiveWay(t *testing.T) {
	const most = 8
	_, address := listening(t, func(o *Options) {
		o.Limits.Connections, o.Limits.PerClient = most, most
		o.Limits.Read, o.Limits.Idle = 5*time.Minute, 5*time.Minute
	})
	for range 2 * most {
		health(t, address) // and stays open
	}
	for range 5 * most {
		dial(t, address) // and does not say a word
	}
	health(t, address)
}

// One client's connections give way to its own.
func TestConnectionsOfAClient(t *testing.T) {
	l := newConnections(nil, 10, 2)
	var closed []string
	admit := func(host, name string) *connection {
		c := l.admit(&noted{name: name, closed: &closed}, host)
		return c
	}
	a, b := admit("mallory", "a"), admit("mallory", "b")
	alice := admit("alice", "x")
	c := admit("mallory", "c")
	assert.Equal(t, []string{"a"}, closed)
	require.NoError(t, a.Close())
	assert.Equal(t, 3, l.open, "closed once is closed")

	l.state(b, http.StateActive)
	l.state(c, http.StateActive)
	assert.Nil(t, admit("mallory", "d"), "all of its connections are at work")
	assert.NotNil(t, admit("bob", "y"))
	l.state(b, http.StateIdle)
	assert.NotNil(t, admit("mallory", "e"))
	assert.Equal(t, []string{"a", "a", "b"}, closed)
	for _, c := range []*connection{alice, c} {
		require.NoError(t, c.Close())
	}
	assert.Equal(t, 2, l.open)
	assert.Len(t, l.clients, 2)
}

// noted is a connection that notes that it is closed.
type noted struct {
	net.Conn
	name   string
	closed *[]string
}

func (n *noted) Close() error {
	*n.closed = append(*n.closed, n.name)
	return nil
}
