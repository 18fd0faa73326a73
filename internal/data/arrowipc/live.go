package arrowipc

// The kinds of messages.
const (
	KindSchema = 1
	KindBatch  = 3
)

// Head walks the head of a message of a stream that is read as it is written, with
// the eight bytes before it, and says what it is and how many bytes its body has.
func Head(message []byte) (kind byte, body int64, err error) {
	if len(message) < 16 {
		return 0, 0, errShort
	}
	m := &flat{data: message[8:]}
	root := m.root()
	kind, body = m.scalar(root, 1), m.long(root, 3)
	if kind == KindSchema {
		m.schema(m.child(root, 2))
	}
	if m.broken || body < 0 || !verifyMessage(message) {
		return 0, 0, errDescription
	}
	return kind, body, nil
}
