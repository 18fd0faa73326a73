package temporal

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"labbook/internal/base/diag"
)

// Address says where an engine is. It holds no secret but what Credentials adds.
type Address struct {
	Name      string // as people call it: "lab"
	Host      string // with its port
	Namespace string
	Plain     bool // without TLS

	ca, cert, certKey, keyFile string // files, as written
	serverName                 string

	tls *tls.Config
	key string // for an API
}

// form is what an address looks like, for messages.
const form = "temporal://host:7233/namespace, with ca=FILE, cert=FILE and key=FILE for TLS of your own, api_key=FILE, or tls=off behind a ?, where they are needed"

// ParseAddress reads an address as farm.yaml has it. TLS is used unless the host is
// this machine, or tls=off says that the network is trusted. Files are found from
// the project.
func ParseAddress(name, text string) (Address, error) {
	a := Address{Name: name, Namespace: "default"}
	u, err := url.Parse(text)
	if err == nil { // a host that no request could be sent to
		_, err = url.Parse("https://" + u.Host)
	}
	if err != nil || u.Scheme != "temporal" || u.Hostname() == "" || u.Fragment != "" || strings.Contains(strings.Trim(u.Path, "/"), "/") {
		return a, &diag.Error{What: "the engine is no address of a Temporal", Wanted: form}
	}
	if u.User != nil {
		return a, &diag.Error{What: "credentials stand in the address of the engine", Wanted: form, Secret: true,
			Hint: "they stand in files that farm.yaml names: cert and key, or api_key"}
	}
	if space := strings.Trim(u.Path, "/"); space != "" {
		a.Namespace = space
	}
	port := u.Port()
	if port == "" {
		port = "7233"
	}
	a.Host = net.JoinHostPort(u.Hostname(), port)
	ip := net.ParseIP(u.Hostname())
	a.Plain = u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return a, &diag.Error{What: "the query of the engine's address cannot be read", Wanted: form}
	}
	names := map[string]*string{"ca": &a.ca, "cert": &a.cert, "key": &a.certKey, "api_key": &a.keyFile, "server_name": &a.serverName}
	for key, values := range query {
		to := names[key]
		switch {
		case len(values) != 1 || values[0] == "":
			return a, &diag.Error{What: key + " of the engine's address has to have one value", Wanted: form}
		case key == "tls" && values[0] == "off":
			a.Plain = true
		case key == "tls" && values[0] == "on":
			a.Plain = false
		case to != nil:
			*to = values[0]
		default:
			return a, &diag.Error{What: fmt.Sprintf("the engine's address has an unknown %q, or value of it", key), Wanted: form}
		}
	}
	if (a.cert == "") != (a.certKey == "") {
		return a, &diag.Error{What: "the engine's address has one of cert and key without the other", Wanted: form}
	}
	if query.Get("tls") == "" && len(query) > 0 {
		a.Plain = false
	}
	if a.Plain && len(query) > 1 {
		return a, &diag.Error{What: "the engine's address has tls=off beside what is for TLS", Wanted: form}
	}
	return a, nil
}

// Credentials reads the files that the address names, from a folder.
func (a *Address) Credentials(folder string) error {
	if a.Plain {
		return nil
	}
	read := func(name, what string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(folder, name)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, &diag.Error{What: fmt.Sprintf("the %s of %s's engine cannot be read: %v", what, a.Name, err), Hint: "correct farm.yaml, or put it there", Err: err}
		}
		return data, nil
	}
	a.tls = &tls.Config{ServerName: a.serverName, MinVersion: tls.VersionTLS12}
	if a.ca != "" {
		data, err := read(a.ca, "CA")
		if err != nil {
			return err
		}
		a.tls.RootCAs = x509.NewCertPool()
		if !a.tls.RootCAs.AppendCertsFromPEM(data) {
			return diag.New(fmt.Sprintf("the CA of %s's engine, %s, holds no certificate", a.Name, a.ca), "it has to be PEM")
		}
	}
	if a.cert != "" {
		cert, err := read(a.cert, "certificate")
		if err != nil {
			return err
		}
		key, err := read(a.certKey, "key")
		if err != nil {
			return err
		}
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return &diag.Error{What: fmt.Sprintf("cert and key of %s's engine do not go together: %v", a.Name, err), Hint: "both have to be PEM, and of one pair", Err: err}
		}
		a.tls.Certificates = []tls.Certificate{pair}
	}
	if a.keyFile != "" {
		data, err := read(a.keyFile, "API key")
		if err != nil {
			return err
		}
		a.key = strings.TrimSpace(string(data))
	}
	return nil
}

// String gives where the engine is, for people.
func (a Address) String() string { return "temporal://" + a.Host + "/" + a.Namespace }

// Called gives what messages call the engine: "lab's engine".
func (a Address) Called() string { return a.Name + "'s engine" }
