package clients

import (
	"container/list"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// Connections is a listener with at most so many open connections, and at most
// so many of one client. When there is no room, a connection of the client that has
// the most gives way, the one that has waited longest for a request, be it its first;
// so nobody silences the server, or cuts off those who have few, by opening connections
// and saying nothing. Where all have a request under way, further ones wait.
type Connections struct {
	net.Listener
	most, each int

	mu      sync.Mutex
	changed sync.Cond // something was closed, or waits for a request now
	open    int
	clients map[string]*client
	ended   bool
}

// client is who has connections open.
type client struct {
	open    int
	waiting list.List // of *connection, the longest first
}

// connection is an open one. Its place among those that wait is nil while a request is
// under way.
type connection struct {
	net.Conn
	in     *Connections
	client string
	place  *list.Element
	closed bool
}

// NewConnections bounds the open connections of a listener, in all and of each
// client.
func NewConnections(l net.Listener, most, each int) *Connections {
	c := &Connections{Listener: l, most: most, each: each, clients: map[string]*client{}}
	c.changed.L = &c.mu
	return c
}

// Accept implements net.Listener.
func (l *Connections) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		host, _, err := net.SplitHostPort(raw.RemoteAddr().String())
		if err != nil {
			host = raw.RemoteAddr().String()
		}
		if c := l.admit(raw, host); c != nil {
			return c, nil
		}
		raw.Close()
	}
}

// admit makes room for a connection; nil when there is none for its client.
func (l *Connections) admit(raw net.Conn, host string) *connection {
	l.mu.Lock()
	defer l.mu.Unlock()
	if own := l.clients[host]; own != nil && own.open >= l.each && !l.dismiss(own) {
		return nil
	}
	for l.open >= l.most && !l.dismiss(l.largest()) {
		if l.ended {
			return nil
		}
		l.changed.Wait()
	}
	c := &connection{Conn: raw, in: l, client: host}
	l.open++
	if l.clients[host] == nil {
		l.clients[host] = &client{}
	}
	l.clients[host].open++
	l.wait(c)
	return c
}

// largest gives the client that has the most connections open, of those with one that
// waits; nil when none does.
func (l *Connections) largest() (most *client) {
	for _, c := range l.clients {
		if c.waiting.Len() > 0 && (most == nil || c.open > most.open) {
			most = c
		}
	}
	return most
}

// dismiss closes the connection of a client that has waited longest, if any waits.
func (l *Connections) dismiss(of *client) bool {
	if of == nil || of.waiting.Len() == 0 {
		return false
	}
	c := of.waiting.Front().Value.(*connection)
	l.forget(c)
	c.Conn.Close()
	return true
}

// wait puts a connection at the end of those that wait for a request.
func (l *Connections) wait(c *connection) {
	if !c.closed && c.place == nil {
		c.place = l.clients[c.client].waiting.PushBack(c)
		l.changed.Signal()
	}
}

// busy takes it out: a request is under way.
func (l *Connections) busy(c *connection) {
	if c.place != nil {
		l.clients[c.client].waiting.Remove(c.place)
		c.place = nil
	}
}

// forget counts a connection as closed.
func (l *Connections) forget(c *connection) {
	if c.closed {
		return
	}
	l.busy(c)
	c.closed = true
	l.open--
	own := l.clients[c.client]
	if own.open--; own.open == 0 {
		delete(l.clients, c.client)
	}
	l.changed.Signal()
}

// State is for http.Server.ConnState.
func (l *Connections) State(raw net.Conn, state http.ConnState) {
	if secure, ok := raw.(*tls.Conn); ok {
		raw = secure.NetConn()
	}
	c, ok := raw.(*connection)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch state {
	case http.StateActive:
		l.busy(c)
	case http.StateIdle:
		l.wait(c)
	}
}

// Close implements net.Listener.
func (l *Connections) Close() error {
	l.mu.Lock()
	l.ended = true
	l.changed.Broadcast()
	l.mu.Unlock()
	return l.Listener.Close()
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.in.mu.Lock()
	c.in.forget(c)
	c.in.mu.Unlock()
	return c.Conn.Close()
}
