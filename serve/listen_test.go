package serve

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
)

// A server that is to end finishes what it accepted, ends streams, and takes
// nothing new.
func TestShutdownFinishesWhatWasAccepted(t *testing.T) {
	l := newLab(t)
	l.train(100, nil)
	l.start(nil)
	run := &record.Run{Pipeline: "stones", Status: record.Running}
	require.NoError(t, l.ledger.StartRun(run))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.server.Serve(ctx, listener, "", "") }()

	stream, err := http.Get("http://" + address + "/v1/runs/" + run.ID + "/events")
	require.NoError(t, err)
	defer stream.Body.Close()
	_, err = bufio.NewReader(stream.Body).ReadString('\n')
	require.NoError(t, err)
	half := dial(t, address)
	body := post(address, small)
	_, err = io.WriteString(half, body[:len(body)-3])
	require.NoError(t, err)
	require.Eventually(t, func() bool { return l.server.meters.inFlight.Load() == 2 }, 10*time.Second, time.Millisecond)

	stop()
	require.Eventually(t, func() bool { return !l.server.ready.Load() }, 10*time.Second, time.Millisecond)
	_, err = io.Copy(io.Discard, stream.Body)
	require.NoError(t, err, "the stream ends")
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err != nil
	}, 10*time.Second, time.Millisecond, "nothing new is taken")
	_, err = io.WriteString(half, body[len(body)-3:])
	require.NoError(t, err)
	w := answer(t, half)
	require.NotNil(t, w)
	assert.Equal(t, 200, w.StatusCode)
	require.NoError(t, <-ended)
	recorded, err := l.requests.Request(t.Context(), w.Header.Get("X-Request-Id"))
	require.NoError(t, err)
	assert.Equal(t, 200, recorded.Status)
}

func TestTLS(t *testing.T) {
	l := oneLab(t)
	certificate, key, pool := selfSigned(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.server.Serve(ctx, listener, certificate, key) }()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	w, err := client.Post("https://"+listener.Addr().String()+"/v1/stones/predict", "application/json", strings.NewReader(small))
	require.NoError(t, err)
	w.Body.Close()
	assert.Equal(t, 200, w.StatusCode)
	assert.Equal(t, 2, w.ProtoMajor)
	client.CloseIdleConnections()

	// A new certificate is shown to who connects next; half of one is not.
	other, otherKey, otherPool := selfSigned(t)
	move := func(from, to string) {
		data, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(to, data, 0o600))
		require.NoError(t, os.Chtimes(to, time.Time{}, time.Now().Add(time.Second)))
	}
	ask := func(pool *x509.CertPool) error {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
		defer client.CloseIdleConnections()
		w, err := client.Get("https://" + listener.Addr().String() + "/healthz")
		if err == nil {
			w.Body.Close()
		}
		return err
	}
	move(other, certificate)
	time.Sleep(50 * time.Millisecond) // several looks
	require.NoError(t, ask(pool), "its key is not there yet")
	move(otherKey, key)
	require.Eventually(t, func() bool { return ask(otherPool) == nil }, 10*time.Second, 10*time.Millisecond)
	assert.Error(t, ask(pool))
	stop()
	require.NoError(t, <-ended)
}

// selfSigned makes a certificate of 127.0.0.1 in files.
func selfSigned(t *testing.T) (certificate, key string, pool *x509.CertPool) {
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	public, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(secret)
	require.NoError(t, err)
	folder := t.TempDir()
	write := func(name, kind string, data []byte) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600))
		return path
	}
	parsed, err := x509.ParseCertificate(public)
	require.NoError(t, err)
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	return write("cert.pem", "CERTIFICATE", public), write("key.pem", "PRIVATE KEY", private), pool
}
