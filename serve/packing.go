package serve

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// leastPacked is from how many bytes on an answer is packed for a client that
// takes that: less saves no packet.
const leastPacked = 4 << 10

// coding gives how a client wants answers packed: "zstd", "gzip" or "".
func coding(accept string) string {
	best := ""
	for part := range strings.SplitSeq(accept, ",") {
		name, rest, _ := strings.Cut(strings.TrimSpace(part), ";")
		if weight, ok := strings.CutPrefix(strings.ReplaceAll(rest, " ", ""), "q="); ok {
			if q, err := strconv.ParseFloat(weight, 64); err != nil || q <= 0 {
				continue
			}
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "zstd":
			return "zstd"
		case "gzip", "x-gzip":
			best = "gzip"
		}
	}
	return best
}

var (
	zstds = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
		if err != nil {
			panic("serve: " + err.Error())
		}
		return e
	})
	gzips = sync.Pool{New: func() any { w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed); return w }}
)

// pack gives the answer as it is sent, and says so in the header. What is
// recorded is the answer itself.
func (x *exchange) pack(header http.Header) []byte {
	if len(x.answer) < leastPacked || header.Get("Content-Encoding") != "" {
		return x.answer
	}
	header.Add("Vary", "Accept-Encoding")
	how := coding(x.accepts)
	var packed []byte
	switch how {
	case "":
		return x.answer
	case "zstd":
		packed = zstds().EncodeAll(x.answer, nil)
	case "gzip":
		var b bytes.Buffer
		w := gzips.Get().(*gzip.Writer)
		defer gzips.Put(w)
		w.Reset(&b)
		w.Write(x.answer)
		w.Close()
		packed = b.Bytes()
	}
	header.Set("Content-Encoding", how)
	header.Del("Content-Length")
	return packed
}

// revalidate gives an answer that was read a tag, and leaves it out where the
// client has it already. The tag is weak: packed otherwise, it is the same answer.
func (x *exchange) revalidate(r *http.Request) {
	if r.Method != http.MethodGet || x.status != http.StatusOK || x.streaming || !isAPI(r.URL.Path) && r.URL.Path != "/openapi.json" {
		return
	}
	sum := sha256.Sum256(x.answer)
	tag := `W/"` + hex.EncodeToString(sum[:12]) + `"`
	x.header.Set("ETag", tag)
	x.header.Set("Cache-Control", "no-cache")
	for had := range strings.SplitSeq(strings.Join(r.Header.Values("If-None-Match"), ","), ",") {
		if had = strings.TrimSpace(had); had == "*" || strings.TrimPrefix(had, "W/") == strings.TrimPrefix(tag, "W/") {
			x.status, x.answer = http.StatusNotModified, x.answer[:0]
			x.header.Del("Content-Type")
			return
		}
	}
}

// linkNext says in the header where a list goes on.
func (x *exchange) linkNext(next string) {
	at, err := url.ParseRequestURI(x.record.Path)
	if next == "" || err != nil {
		return
	}
	query := at.Query()
	query.Set("before", next)
	at.RawQuery = query.Encode()
	x.header.Set("Link", "<"+x.server.options.Behind.Base+at.RequestURI()+`>; rel="next"`)
}

// wantsJSON says whether a request is of a program: pages are for people.
func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return !strings.Contains(accept, "text/html") && (strings.Contains(accept, "json") || strings.Contains(r.Header.Get("Content-Type"), "json"))
}
