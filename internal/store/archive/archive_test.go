package archive

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func digestOf(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }

// sample gives a small backup.
func sample(t testing.TB, texts ...string) (*Contents, []byte) {
	c := &Contents{Format: Format, Labbook: "devel", Made: time.Unix(1e9, 0).UTC(), Parts: []Part{}}
	bodies := map[string]string{}
	for i, text := range texts {
		name := "runs/" + string(rune('a'+i))
		bodies[name] = text
		c.Parts = append(c.Parts, Part{name, int64(len(text)), digestOf([]byte(text)), i == 1})
	}
	var file bytes.Buffer
	require.NoError(t, Write(&file, c, func(p Part) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(bodies[p.Name])), nil
	}))
	return c, file.Bytes()
}

// texts reads a backup and gives its parts.
func texts(data []byte) (*Contents, []string, error) {
	var read []string
	c, err := Read(bytes.NewReader(data), func(_ *Contents, _ Part, from io.Reader) error {
		text, err := io.ReadAll(io.LimitReader(from, 1<<20))
		read = append(read, string(text))
		return err
	})
	return c, read, err
}

func TestRoundTrip(t *testing.T) {
	long := strings.Repeat("0123456789", 30000)
	c, data := sample(t, "one", "", long)
	back, read, err := texts(data)
	require.NoError(t, err)
	assert.Equal(t, c, back)
	assert.Equal(t, []string{"one", "", long}, read)
	assert.EqualValues(t, 300003, back.Bytes())
}

// TestEveryHarmIsNoticed: a byte changed or bytes cut off anywhere.
func TestEveryHarmIsNoticed(t *testing.T) {
	_, data := sample(t, "one", "two", "three")
	for n := range data {
		_, _, err := texts(data[:n])
		assert.Error(t, err, "%d bytes of %d", n, len(data))
		harmed := bytes.Clone(data)
		harmed[n] ^= 1
		if _, read, err := texts(harmed); err == nil {
			assert.Equal(t, []string{"one", "two", "three"}, read, "byte %d", n) // of a time, or of who owns it
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	for says, change := range map[string]func(*Contents){
		"no file of a project": func(c *Contents) { c.Parts[0].Name = "../out" },
		"of form 2":            func(c *Contents) { c.Format = 2 },
	} {
		c := &Contents{Format: Format, Parts: []Part{{"runs/a", 1, digestOf([]byte("a")), false}}}
		change(c)
		var file bytes.Buffer
		require.NoError(t, Write(&file, c, func(Part) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("a")), nil }))
		_, _, err := texts(file.Bytes())
		assert.ErrorContains(t, err, says)
	}
	for text, says := range map[string]string{"b": "its bytes changed", "aa": "grew while", "": "its bytes changed"} {
		c := &Contents{Format: Format, Parts: []Part{{"runs/a", 1, digestOf([]byte("a")), false}}}
		err := Write(io.Discard, c, func(Part) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
		assert.ErrorContains(t, err, says)
	}
}

func FuzzRead(f *testing.F) {
	_, data := sample(f, "one", "two")
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) { texts(data) })
}
