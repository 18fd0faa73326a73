// Package tests3 is a bucket of S3 for tests, in memory: as much of the protocol as a
// cache needs, and every way of failing. The real servers are asked elsewhere.
package tests3

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// The credentials that it takes, and the bucket that it has.
const (
	User     = "test"
	Password = "hunter2-Wq7xZ!@/:%"
	Name     = "team"
)

// Bucket is a server with one bucket. Its fields may be changed while it is asked.
type Bucket struct {
	*httptest.Server

	mu       sync.Mutex
	objects  map[string]Object
	fail     func(http.ResponseWriter, *http.Request) bool
	requests []string // "PUT index/ab/…"
}

// Object is what lies in the bucket.
type Object struct {
	Data     []byte
	Modified time.Time
}

// Start starts one. It is to be closed.
func Start() *Bucket {
	b := &Bucket{objects: map[string]Object{}}
	b.Server = httptest.NewServer(http.HandlerFunc(b.serve))
	return b
}

// Fail has f answer what it likes: it says whether it did. Nil: nothing fails.
func (b *Bucket) Fail(f func(w http.ResponseWriter, r *http.Request) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = f
}

// Refuse answers as S3 does where it does not do what was asked.
func Refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s, says the test</Message></Error>", code, code)
}

// Requests gives the requests since it was last asked, each a method and a name.
func (b *Bucket) Requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.requests
	b.requests = nil
	return all
}

// Names gives the names of the objects that begin so, sorted.
func (b *Bucket) Names(prefix string) (names []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name := range b.objects {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Change changes an object, or with nil data takes it away.
func (b *Bucket) Change(name string, change func(Object) Object) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := change(b.objects[name])
	if o.Data == nil {
		delete(b.objects, name)
	} else {
		b.objects[name] = o
	}
}

func (b *Bucket) serve(w http.ResponseWriter, r *http.Request) {
	bucket, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	b.mu.Lock()
	b.requests = append(b.requests, r.Method+" "+name)
	fail := b.fail
	b.mu.Unlock()
	switch {
	case fail != nil && fail(w, r):
	case !strings.Contains(r.Header.Get("Authorization"), "Credential="+User+"/"):
		Refuse(w, http.StatusForbidden, "AccessDenied")
	case bucket != Name:
		Refuse(w, http.StatusNotFound, "NoSuchBucket")
	case r.Method == http.MethodGet && name == "":
		b.list(w, r.URL.Query().Get("prefix"))
	case r.Method == http.MethodPut:
		b.put(w, r, name)
	case r.Method == http.MethodDelete:
		b.Change(name, func(Object) Object { return Object{} })
		w.WriteHeader(http.StatusNoContent)
	default:
		b.mu.Lock()
		o, there := b.objects[name]
		b.mu.Unlock()
		if !there {
			Refuse(w, http.StatusNotFound, "NoSuchKey")
			return
		}
		w.Header().Set("ETag", etag(o.Data))
		w.Header().Set("Last-Modified", o.Modified.UTC().Format(http.TimeFormat))
		w.Header().Set("Content-Length", fmt.Sprint(len(o.Data)))
		if r.Method == http.MethodGet {
			w.Write(o.Data)
		}
	}
}

func etag(data []byte) string {
	sum := md5.Sum(data)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (b *Bucket) put(w http.ResponseWriter, r *http.Request, name string) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	sum := sha256.Sum256(data)
	if r.Header.Get("X-Amz-Content-Sha256") != hex.EncodeToString(sum[:]) {
		Refuse(w, http.StatusBadRequest, "XAmzContentSHA256Mismatch")
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	o, there := b.objects[name]
	if r.Header.Get("If-None-Match") == "*" && there || r.Header.Get("If-Match") != "" && r.Header.Get("If-Match") != etag(o.Data) {
		Refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	}
	b.objects[name] = Object{append([]byte{}, data...), time.Now()}
	w.Header().Set("ETag", etag(data))
}

func (b *Bucket) list(w http.ResponseWriter, prefix string) {
	type content struct {
		Key          string
		LastModified string
		ETag         string
		Size         int
	}
	var result struct {
		XMLName  xml.Name `xml:"ListBucketResult"`
		Name     string
		Prefix   string
		Contents []content
	}
	result.Name, result.Prefix = Name, prefix
	for _, name := range b.Names(prefix) {
		b.mu.Lock()
		o := b.objects[name]
		b.mu.Unlock()
		result.Contents = append(result.Contents, content{name, o.Modified.UTC().Format(time.RFC3339Nano), etag(o.Data), len(o.Data)})
	}
	w.Header().Set("Content-Type", "application/xml")
	xml.NewEncoder(w).Encode(result)
}
