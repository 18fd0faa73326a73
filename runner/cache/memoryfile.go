package cache

import (
	"crypto/rand"
	"crypto/sha256"
	"maps"
	"os"
	"slices"

	"github.com/rogpeppe/go-internal/lockedfile"

	"labbook/internal/base/wire"
)

// memoryMagic begins the memory's file and names its format.
const memoryMagic = "labbook stat memory 3\n"

// encodeProofs gives the memory's file: the magic, the boot that the proofs
// belong to, the proofs sorted by name, sealed.
func encodeProofs(boot string, proofs map[string]Proof) []byte {
	w := wire.Writer(memoryMagic)
	w.Text(boot)
	w.Int(len(proofs))
	for _, name := range slices.Sorted(maps.Keys(proofs)) {
		p := proofs[name]
		w.Text(name)
		p.Stat.Write(&w)
		w.Raw(p.Digest[:])
		w.Bool(p.Settled)
		w.Bool(p.Synced)
		w.Bool(p.Exec)
	}
	return w.Seal()
}

// decodeProofs is the inverse of encodeProofs; ok is false for anything else.
// Proofs of before the machine restarted are left out: bytes may have been lost
// with it, or rotted while nobody looked, so what is used is read once more.
func decodeProofs(data []byte, boot string) (proofs map[string]Proof, ok bool) {
	r, ok := wire.Unseal(data, memoryMagic)
	if !ok {
		return map[string]Proof{}, false
	}
	wrote := r.Text()
	n := r.Count(statSize + sha256.Size)
	proofs = make(map[string]Proof, n)
	for range n {
		name, p := r.Text(), Proof{Stat: ReadStat(r)}
		copy(p.Digest[:], r.Raw(len(p.Digest)))
		p.Settled, p.Synced, p.Exec = r.Bool(), r.Bool(), r.Bool()
		if wrote == boot && boot != "" {
			proofs[name] = p
		}
	}
	if !r.Done() {
		return map[string]Proof{}, false
	}
	return proofs, true
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
