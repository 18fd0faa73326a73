package clients

import (
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// One client's connections give way to its own.
func TestConnectionsOfAClient(t *testing.T) {
	l := NewConnections(nil, 10, 2)
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

	l.State(b, http.StateActive)
	l.State(c, http.StateActive)
	assert.Nil(t, admit("mallory", "d"), "all of its connections are at work")
	assert.NotNil(t, admit("bob", "y"))
	l.State(b, http.StateIdle)
	assert.NotNil(t, admit("mallory", "e"))
	assert.Equal(t, []string{"a", "a", "b"}, closed)
	for _, c := range []*connection{alice, c} {
		require.NoError(t, c.Close())
	}
	assert.Equal(t, 2, l.open)
	assert.Len(t, l.clients, 2)
}

// Where there is no room at all, the client that has the most gives way, and who has few
// keeps them, however long they wait.
func TestWhoHasTheMostGivesWay(t *testing.T) {
	l := NewConnections(nil, 4, 4)
	var closed []string
	admit := func(host, name string) { l.admit(&noted{name: name, closed: &closed}, host) }
	admit("alice", "x")
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		admit("mallory", name)
	}
	admit("bob", "y")
	assert.Equal(t, []string{"a", "b", "c"}, closed)
	admit("carol", "z")
	assert.Equal(t, []string{"a", "b", "c", "d"}, closed)
	assert.Equal(t, 4, l.open)
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
