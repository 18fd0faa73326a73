package bucket

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]Address{
		"s3://team":                                                     {"lab", "team", "", "", "s3.amazonaws.com", false},
		"s3://team/a/b/?region=eu-central-1":                            {"lab", "team", "a/b/", "eu-central-1", "s3.amazonaws.com", false},
		"s3://team?endpoint=minio.lab:9000":                             {"lab", "team", "", "", "minio.lab:9000", false},
		"s3://team/x?endpoint=https://minio.lab/":                       {"lab", "team", "x/", "", "minio.lab", false},
		"s3://team?endpoint=http%3A%2F%2F127.0.0.1:9000&region=nowhere": {"lab", "team", "", "nowhere", "127.0.0.1:9000", true},
	} {
		got, err := ParseAddress("lab", text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for text, says := range map[string]string{
		"":                                   "the cache is no address of a bucket; wanted s3://bucket/prefix",
		"gs://team":                          "the cache is no address of a bucket",
		"s3:///prefix":                       "the cache is no address of a bucket",
		"s3://me:hunter2@team":               "credentials stand in the address",
		"s3://team?region":                   "region of the cache's address has to have one value",
		"s3://team?regoin=x":                 `did you mean "region"?`,
		"s3://team?region=a&region=b":        "region of the cache's address has to have one value",
		"s3://team?endpoint=ftp://x":         "the endpoint of the cache is no address",
		"s3://team?endpoint=https://x/below": "the endpoint of the cache is no address",
	} {
		_, err := ParseAddress("lab", text)
		require.ErrorContains(t, err, says, text)
		assert.NotContains(t, err.Error(), "hunter2")
	}
}

// Signing wants a region; only Amazon's endpoint tells it.
func TestRegion(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	for text, want := range map[string]string{"s3://team": "", "s3://team?region=a": "a", "s3://team?endpoint=minio.lab": "us-east-1"} {
		a, err := ParseAddress("lab", text)
		require.NoError(t, err)
		assert.Equal(t, want, a.region(), text)
	}
	t.Setenv("AWS_REGION", "b")
	a, err := ParseAddress("lab", "s3://team?endpoint=minio.lab")
	require.NoError(t, err)
	assert.Equal(t, "b", a.region())
}

func FuzzParseAddress(f *testing.F) {
	f.Add("s3://team/a/b/?region=eu-central-1&endpoint=http://127.0.0.1:9000")
	f.Add("s3://me:secret@team")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAddress("lab", text)
		if err == nil {
			assert.NotEmpty(t, a.Bucket)
			assert.NotEmpty(t, a.Endpoint)
			assert.True(t, a.Prefix == "" || a.Prefix[0] != '/' && a.Prefix[len(a.Prefix)-1] == '/', a.Prefix)
		}
	})
}
