package cache

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"os"
	"slices"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// memoryMagic begins the memory's file and names its format.
const memoryMagic = "labbook stat memory 2\n"

// encodeProofs gives the memory's file: the magic, the boot that unsynced
// proofs belong to, the proofs sorted by name, and a digest of all that.
func encodeProofs(boot string, proofs map[string]Proof) []byte {
	b := []byte(memoryMagic)
	b = appendText(b, boot)
	for _, name := range slices.Sorted(maps.Keys(proofs)) {
		p := proofs[name]
		b = appendText(b, name)
		b = AppendStat(b, p.Stat)
		b = append(b, p.Digest[:]...)
		b = append(b, flag(p.Settled)|flag(p.Synced)<<1|flag(p.Exec)<<2)
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// decodeProofs is the inverse of encodeProofs; ok is false for anything else.
// Proofs of bytes that did not survive a restart are left out.
func decodeProofs(data []byte, boot string) (proofs map[string]Proof, ok bool) {
	proofs = map[string]Proof{}
	body, ok := Sealed(data, memoryMagic)
	if !ok {
		return proofs, false
	}
	wrote, body, ok := cutText(body)
	for ok && len(body) > 0 {
		var name string
		var p Proof
		if name, body, ok = cutText(body); !ok {
			break
		}
		if p.Stat, body, ok = CutStat(body); !ok || len(body) < sha256.Size+1 {
			return map[string]Proof{}, false
		}
		body = body[copy(p.Digest[:], body):]
		p.Settled, p.Synced, p.Exec = body[0]&1 != 0, body[0]&2 != 0, body[0]&4 != 0
		body = body[1:]
		if p.Synced || wrote == boot && boot != "" {
			proofs[name] = p
		}
	}
	if !ok {
		return map[string]Proof{}, false
	}
	return proofs, true
}

// Sealed gives what stands between the magic and the digest at the end, if
// both are right.
func Sealed(data []byte, magic string) ([]byte, bool) {
	end := len(data) - sha256.Size
	if end < len(magic) || !bytes.HasPrefix(data, []byte(magic)) {
		return nil, false
	}
	sum := sha256.Sum256(data[:end])
	return data[len(magic):end], bytes.Equal(sum[:], data[end:])
}

// AppendStat appends the 32 bytes of a Stat.
func AppendStat(b []byte, s Stat) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(s.Size))
	b = binary.LittleEndian.AppendUint64(b, uint64(s.MTime))
	b = binary.LittleEndian.AppendUint64(b, uint64(s.CTime))
	return binary.LittleEndian.AppendUint64(b, s.Inode)
}

// CutStat is the inverse of AppendStat; ok is false when b is too short.
func CutStat(b []byte) (s Stat, rest []byte, ok bool) {
	if len(b) < 32 {
		return s, b, false
	}
	s.Size = int64(binary.LittleEndian.Uint64(b))
	s.MTime = int64(binary.LittleEndian.Uint64(b[8:]))
	s.CTime = int64(binary.LittleEndian.Uint64(b[16:]))
	s.Inode = binary.LittleEndian.Uint64(b[24:])
	return s, b[32:], true
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func cutText(b []byte) (s string, rest []byte, ok bool) {
	n, w := binary.Uvarint(b)
	if w <= 0 || n > uint64(len(b)-w) {
		return "", b, false
	}
	return string(b[w : w+int(n)]), b[w+int(n):], true
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// readProofs gives the proofs in the file, none when it cannot be read.
func readProofs(file string) map[string]Proof {
	data, err := os.ReadFile(file)
	if err != nil {
		return map[string]Proof{}
	}
	proofs, _ := decodeProofs(data, Boot())
	return proofs
}

// save writes the memory. Other processes may have written since it was read,
// so what is new here is put over what is there now, under a lock.
func (m *Memory) save() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.news)+len(m.gone) == 0 {
		return nil
	}
	unlock, err := lockedfile.MutexAt(m.file + ".lock").Lock()
	if err != nil {
		return err
	}
	defer unlock()
	proofs := readProofs(m.file)
	maps.Copy(proofs, m.news)
	for name := range m.gone {
		delete(proofs, name)
	}
	return WriteFile(m.file, encodeProofs(Boot(), proofs))
}

// WriteFile replaces a file as a whole, or leaves it as it was. Of several that
// do so at once the last one stands. It is not synced.
func WriteFile(path string, data []byte) error {
	tmp := path + "." + rand.Text()[:8] + ".new" // of nobody else
	if err := os.WriteFile(tmp, data, 0o666); err != nil {
		os.Remove(tmp)
		return err
	}
	err := os.Rename(tmp, path)
	if err != nil {
		os.Remove(tmp)
	}
	return err
}
