package servers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// certify writes a certificate and its key, of whoever is called so: the authority's own
// if it has none yet.
func (a *authority) certify(file, name string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true, IsCA: a.cert == nil}
	if a.cert == nil {
		a.cert, a.key = c, key
	}
	data, err := x509.CreateCertificate(rand.Reader, c, a.cert, &key.PublicKey, a.key)
	require.NoError(a.t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(a.t, err)
	write := func(name, kind string, data []byte) {
		require.NoError(a.t, os.WriteFile(filepath.Join(a.dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600))
	}
	write(file+".pem", "CERTIFICATE", data)
	write(file+"-key.pem", "PRIVATE KEY", private)
}

// An engine behind mutual TLS that asks for a key lets in who has both, and who lacks one
// is told so.
func TestCertificatesAndKeys(t *testing.T) {
	t.Parallel()
	a := &authority{t: t, dir: t.TempDir()}
	for _, name := range []string{"ca", "server", "system", "client"} {
		a.certify(name, name)
	}
	require.NoError(t, os.WriteFile(filepath.Join(a.dir, "api-key"), []byte("sesame-of-the-lab\n"), 0o600))
	l := farmOf(t, 1, a.dir)
	m := l.machine("name: p\nstages:\n  a: {uses: command, with: {run: \"echo a > said\", outputs: [said]}}\n")
	m.does("run", "--on", "lab")
	assert.Len(t, l.made(), 1)
	assert.Equal(t, "a\n", string(m.gives("a:said")))

	refused := func(from, to string) string {
		m.write("farm.yaml", strings.Replace(l.farm(), from, to, 1))
		began := time.Now()
		out, err := m.command("farm", "--on", "lab").CombinedOutput()
		assert.Error(t, err)
		assert.Less(t, time.Since(began), 20*time.Second)
		assert.NotContains(t, string(out), "sesame")
		return string(out)
	}
	require.NoError(t, os.WriteFile(filepath.Join(a.dir, "other-key"), []byte("another-sesame\n"), 0o600))
	assert.Contains(t, refused("/api-key", "/other-key"), "lab's engine refuses access")
	assert.Contains(t, refused("&cert="+a.dir+"/client.pem&key="+a.dir+"/client-key.pem", ""), "one that breaks off may want cert= and key=")
	other := &authority{t: t, dir: t.TempDir()}
	other.certify("ca", "another")
	assert.Contains(t, refused("ca="+a.dir, "ca="+other.dir), "certificate signed by unknown authority")
}
