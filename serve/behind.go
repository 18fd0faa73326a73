package serve

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Behind says what stands before the server. The zero value is nothing.
type Behind struct {
	// Proxies are those that are believed what they say of who asks:
	// X-Forwarded-For and X-Forwarded-Proto.
	Proxies []netip.Prefix
	// Base is the path that all others are below, as "/labbook"; "" for none. It
	// is part of what is asked for: a proxy passes paths on as they come.
	Base string
	// Origins are those of pages elsewhere that may use the API, as
	// "https://app.example.com".
	Origins []string
}

// forwarded has a request be from whom trusted proxies say, and over the scheme
// that they say. Addresses are believed from the right, each as long as the one
// that told it is trusted: what a client writes itself stands left of that, and
// counts for nothing.
func (b *Behind) forwarded(r *http.Request) {
	if len(b.Proxies) == 0 || !b.trusts(clientOf(r)) {
		return
	}
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(said) - 1; i >= 0 && b.trusts(clientOf(r)); i-- {
		address, ok := addressOf(said[i])
		if !ok {
			break
		}
		r.RemoteAddr = address
	}
	proto := r.Header.Values("X-Forwarded-Proto")
	if len(proto) > 0 {
		last := proto[len(proto)-1]
		if strings.EqualFold(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]), "https") {
			r.URL.Scheme = "https"
		}
	}
}

// trusts says whether an address is that of a proxy.
func (b *Behind) trusts(address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	ip = ip.Unmap().WithZone("")
	for _, p := range b.Proxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// addressOf reads an address of X-Forwarded-For, which may have a port.
func addressOf(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	ip, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return ip.Unmap().WithZone("").String(), err == nil
}

// enter takes the base off a request's path, and says whether it was there. Who
// watches the server asks it without.
func (b *Behind) enter(r *http.Request) bool {
	if b.Base == "" || isProbe(r.URL.Path) {
		return true
	}
	path, ok := strings.CutPrefix(r.URL.Path, b.Base)
	if !ok || path != "" && path[0] != '/' {
		return false
	}
	raw, ok := strings.CutPrefix(r.URL.RawPath, b.Base)
	if r.URL.RawPath != "" && !ok { // the base itself was escaped
		return false
	}
	r.URL.Path, r.URL.RawPath = path, raw
	if path == "" {
		r.URL.Path, r.URL.RawPath = "/", ""
	}
	return true
}

// ParseProxies reads addresses and networks, as 127.0.0.1 and 10.0.0.0/8; bad is
// the first that is neither, "" where all are.
func ParseProxies(texts []string) (all []netip.Prefix, bad string) {
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if ip, err2 := netip.ParseAddr(text); err != nil && err2 == nil {
			ip = ip.Unmap()
			p, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		if err != nil {
			return nil, text
		}
		all = append(all, p.Masked())
	}
	return all, ""
}

// exposed are the headers of answers that scripts of other origins may read.
const exposed = "ETag, Idempotency-Replayed, Link, Location, Retry-After, X-Labbook-Model, X-Labbook-Run, X-Labbook-Warning, X-Request-Id"

// invites gives the origin of the page that asks for something of the API, if it
// is an allowed one. Pages of this server are for nobody else, and no cookie is
// taken from elsewhere: scripts show keys.
func (b *Behind) invites(r *http.Request) (origin string) {
	if len(b.Origins) == 0 || !isAPI(r.URL.Path) && r.URL.Path != "/openapi.json" {
		return ""
	}
	if origin = r.Header.Get("Origin"); slices.Contains(b.Origins, origin) {
		return origin
	}
	return ""
}

// cors tells a browser whether the page that asks may have the answer.
func (x *exchange) cors(h http.Header) {
	if len(x.server.options.Behind.Origins) == 0 {
		return
	}
	h.Add("Vary", "Origin")
	if x.origin != "" {
		h.Set("Access-Control-Allow-Origin", x.origin)
		h.Set("Access-Control-Expose-Headers", exposed)
	}
}

// isPreflight says whether a browser asks what a page may send.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
}

// preflight answers that.
func (x *exchange) preflight() {
	x.status = http.StatusNoContent
	x.header.Set("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE")
	x.header.Set("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Content-Encoding, Idempotency-Key, If-None-Match, Last-Event-ID")
	x.header.Set("Access-Control-Max-Age", "3600")
}
