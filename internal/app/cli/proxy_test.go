package cli

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The nginx of docs/proxy.md, as it stands there, passes on who asks and leads
// everywhere; what a client says of itself counts for nothing.
func TestBehindNginx(t *testing.T) {
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		nginx = "/usr/sbin/nginx"
	}
	if _, err := os.Stat(nginx); err != nil {
		t.Skip("nginx is not installed")
	}
	project := stoneProject(t)
	p := startServer(t, project, "--proxy", "127.0.0.1", "--base-path", "/labbook")
	at := startNginx(t, nginx, "# Behind a proxy", func(cert, key, at string) []string {
		return []string{"listen 443", "listen " + at, "/etc/ssl/labbook.pem", cert, "/etc/ssl/labbook.key", key, "http://127.0.0.1:8080", strings.TrimSuffix(p.url, "/labbook")}
	})

	// The client comes from another address than the proxy.
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
		return d.DialContext(ctx, network, address)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	data, err := os.ReadFile(filepath.Join(project, "runs", "token"))
	require.NoError(t, err)
	token := strings.TrimSpace(string(data))
	ask := func(method, path, body string, header ...string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequest(method, "https://"+at+path, strings.NewReader(body))
		require.NoError(t, err)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w, err := client.Do(r)
		require.NoError(t, err)
		defer w.Body.Close()
		answer, err := io.ReadAll(w.Body)
		require.NoError(t, err)
		return w, string(answer)
	}

	w, answer := ask("POST", "/labbook/v1/stones/predict", stone, "Content-Type", "application/json")
	require.Equal(t, 401, w.StatusCode, answer)
	w, answer = ask("POST", "/labbook/v1/stones/predict", stone, "Content-Type", "application/json", "Authorization", "Bearer "+token, "X-Forwarded-For", "6.6.6.6", "X-Forwarded-Proto", "http")
	require.Equal(t, 200, w.StatusCode, answer)
	w, answer = ask("GET", "/labbook/v1/requests/"+w.Header.Get("X-Request-Id"), "", "Authorization", "Bearer "+token)
	require.Equal(t, 200, w.StatusCode, answer)
	var recorded struct{ Client, Path, Caller string }
	require.NoError(t, json.Unmarshal([]byte(answer), &recorded))
	assert.Equal(t, "127.0.0.2 /v1/stones/predict token", recorded.Client+" "+recorded.Path+" "+recorded.Caller)

	// A person signs in, follows links, and starts a run.
	w, _ = ask("GET", "/labbook/", "")
	assert.Equal(t, "/labbook/login?next=%2F", w.Header.Get("Location"))
	w, answer = ask("POST", "/labbook/login", url.Values{"token": {token}, "next": {"/runs"}}.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Origin", "https://"+at)
	require.Equal(t, 303, w.StatusCode, answer)
	assert.Equal(t, "/labbook/runs", w.Header.Get("Location"))
	cookie := w.Cookies()[0]
	assert.True(t, cookie.Secure, "the client's connection is encrypted, though the server's is not")
	assert.Equal(t, "/labbook/", cookie.Path)
	w, answer = ask("GET", "/labbook/runs", "", "Cookie", cookie.Name+"="+cookie.Value)
	require.Equal(t, 200, w.StatusCode)
	style := answer[strings.Index(answer, `href="/labbook/static/pages.css`)+len(`href="`):]
	w, _ = ask("GET", style[:strings.IndexByte(style, '"')], "")
	assert.Equal(t, 200, w.StatusCode)
	w, answer = ask("POST", "/labbook/v1/runs", `{"pipeline":"stones"}`, "Content-Type", "application/json", "Authorization", "Bearer "+token)
	require.Equal(t, 202, w.StatusCode, answer)
	_, events := ask("GET", w.Header.Get("Location")+"/events", "", "Authorization", "Bearer "+token)
	assert.Contains(t, events, "event: run")
	w, answer = ask("POST", "/labbook/models/stones/promote", "version=1&expected=1", "Content-Type", "application/x-www-form-urlencoded", "Origin", "https://evil.example.com", "Cookie", cookie.Name+"="+cookie.Value)
	assert.Equal(t, 403, w.StatusCode, answer)
}

// selfSigned makes a certificate of 127.0.0.1 in files.
func selfSigned(t *testing.T, folder string) (certificate, key string) {
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	public, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(secret)
	require.NoError(t, err)
	certificate, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	require.NoError(t, os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	return certificate, key
}
