package protobuf

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// What is written here generated code reads, and the other way round.
func TestAsGeneratedCode(t *testing.T) {
	for _, d := range []time.Duration{0, time.Second, 90*time.Minute + 5, 300 * time.Millisecond} {
		var m Message
		m.Duration(1, d)
		var got durationpb.Duration
		assert.NoError(t, proto.Unmarshal(Get(m, 1).Bytes, &got))
		assert.Equal(t, d, got.AsDuration())
	}
	at := time.Unix(1_700_000_000, 123)
	data, err := proto.Marshal(timestamppb.New(at))
	assert.NoError(t, err)
	assert.True(t, at.Equal(Field{Bytes: data}.Time()))
	assert.True(t, Field{}.Time().IsZero())
}

// Whatever bytes come, reading them ends.
func FuzzFields(f *testing.F) {
	var m Message
	m.Text(1, "a")
	m.Int(2, 300)
	m.Double(3, 42)
	m.Bytes(4, m)
	f.Add([]byte(m))
	f.Add([]byte{0x0a, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		for range Fields(data) {
			n++
		}
		assert.LessOrEqual(t, n, len(data))
		Get(data, 4, 4, 1)
	})
}
