package text

import (
	"encoding/binary"
	"math/bits"
)

// bucket places a term among n columns without a vocabulary, and gives the
// sign of its count, as scikit-learn's FeatureHasher does: signed MurmurHash3
// (Appleby, x86 32 bit variant, seed 0); the sign lets collisions cancel.
func bucket(term []byte, n int) (column int32, sign float64) {
	h := int64(int32(murmur3(term)))
	if h < 0 {
		return int32(-h % int64(n)), -1
	}
	return int32(h % int64(n)), 1
}

func murmur3(data []byte) uint32 {
	const c1, c2 = 0xcc9e2d51, 0x1b873593
	var h uint32
	size := uint32(len(data))
	for ; len(data) >= 4; data = data[4:] {
		h ^= bits.RotateLeft32(binary.LittleEndian.Uint32(data)*c1, 15) * c2
		h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
	}
	if len(data) > 0 {
		var k uint32
		for i := len(data) - 1; i >= 0; i-- {
			k = k<<8 | uint32(data[i])
		}
		h ^= bits.RotateLeft32(k*c1, 15) * c2
	}
	h ^= size
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}
