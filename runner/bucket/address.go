package bucket

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"labbook/internal/base/diag"
)

// Address says where a bucket is. It holds no secret.
type Address struct {
	Name     string // as people call it: "lab"
	Bucket   string
	Prefix   string // "" or ending with a slash
	Region   string // "": AWS_REGION, or what the endpoint says
	Endpoint string // host and port
	Plain    bool   // HTTP without TLS
}

// form is what an address looks like, for messages.
const form = "s3://bucket/prefix?region=eu-central-1&endpoint=https://minio.lab:9000, prefix, region and endpoint where they are needed"

// ParseAddress reads an address as farm.yaml has it: s3://bucket/prefix, with region
// and endpoint as its query. Without an endpoint it is Amazon's. Credentials have no
// place in it.
func ParseAddress(name, text string) (Address, error) {
	a := Address{Name: name, Endpoint: "s3.amazonaws.com"}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.Fragment != "" {
		return a, &diag.Error{What: "the cache is no address of a bucket", Wanted: form, Hint: "Google's storage is s3://bucket?endpoint=storage.googleapis.com; Azure's does not speak S3"}
	}
	if u.User != nil {
		return a, &diag.Error{What: "credentials stand in the address of the cache", Wanted: form, Secret: true,
			Hint: "they are found as other programs find them: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ~/.aws, or the machine's role"}
	}
	a.Bucket, a.Prefix = u.Host, strings.Trim(u.Path, "/")
	if a.Prefix != "" {
		a.Prefix += "/"
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return a, &diag.Error{What: "the query of the cache's address cannot be read", Wanted: form}
	}
	for key, values := range query {
		switch {
		case len(values) != 1 || values[0] == "":
			return a, &diag.Error{What: key + " of the cache's address has to have one value", Wanted: form}
		case key == "region":
			a.Region = values[0]
		case key == "endpoint":
			if a.Endpoint, a.Plain, err = endpoint(values[0]); err != nil {
				return a, err
			}
		default:
			return a, &diag.Error{What: fmt.Sprintf("the cache's address has an unknown %q", key), Wanted: "region or endpoint",
				Hint: diag.DidYouMean(key, []string{"region", "endpoint"})}
		}
	}
	return a, nil
}

// endpoint takes an endpoint apart. Without a scheme TLS is meant.
func endpoint(text string) (host string, plain bool, err error) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		scheme, rest = "https", text
	}
	u, err := url.Parse("https://" + rest)
	if err != nil || scheme != "https" && scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.User != nil || u.RawQuery != "" {
		return "", false, &diag.Error{What: "the endpoint of the cache is no address", Wanted: "a host and perhaps a port, such as https://minio.lab:9000",
			Hint: "http:// is without encryption; it is for this machine and networks that are trusted"}
	}
	return u.Host, scheme == "http", nil
}

// region gives the region to sign for; "" has the endpoint asked.
func (a Address) region() string {
	for _, r := range []string{a.Region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")} {
		if r != "" {
			return r
		}
	}
	if strings.HasSuffix(a.Endpoint, ".amazonaws.com") || strings.HasSuffix(a.Endpoint, ".amazonaws.com.cn") {
		return ""
	}
	return "us-east-1" // what servers that know no regions are told
}

// InClear says whether bytes cross a network without encryption.
func (a Address) InClear() bool {
	host, _, err := net.SplitHostPort(a.Endpoint)
	if err != nil {
		host = a.Endpoint
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return a.Plain && host != "localhost" && (ip == nil || !ip.IsLoopback())
}

// String gives where the bucket is, for people.
func (a Address) String() string {
	return fmt.Sprintf("s3://%s/%s at %s", a.Bucket, strings.TrimSuffix(a.Prefix, "/"), a.Endpoint)
}

// Called gives what messages call the cache: "lab's cache".
func (a Address) Called() string { return a.Name + "'s cache" }
