// Package port finds ports for servers of tests.
package port

import (
	"math/rand/v2"
	"net"
	"strconv"
)

// Free gives a port of a host at which nobody listens. It is drawn from those that no
// system gives to connections by itself: one that the system chose may be given to a
// connection, or to another who asks, before a server listens at it.
func Free(host string) int {
	const first, count = 20_000, 12_000
	for {
		port := first + rand.IntN(count)
		if l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port))); err == nil {
			l.Close()
			return port
		}
	}
}
