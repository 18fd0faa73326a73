package serve

import (
	"fmt"
	"net"
	"testing"
	"time"

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
