package formats

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// unpacker unpacks pages, one after the other: what it gives holds until the next.
type unpacker struct {
	room []byte
	zstd *zstd.Decoder
	gzip *gzip.Reader
}

func (u *unpacker) close() {
	if u.zstd != nil {
		u.zstd.Close()
	}
}

var errUnpack = errors.New("a page does not unpack to what it says")

// unpack gives the bytes that a page holds. No more room is made than for size.
func (u *unpacker) unpack(codec format.CompressionCodec, packed []byte, size int) ([]byte, error) {
	if codec == format.Uncompressed || size == 0 && len(packed) == 0 {
		if len(packed) != size {
			return nil, errUnpack
		}
		return packed, nil
	}
	switch codec {
	case format.Snappy:
		n, err := snappy.DecodedLen(packed)
		if err != nil || n != size {
			return nil, errUnpack
		}
		u.room = sized(u.room, size)
		return snappy.Decode(u.room, packed)
	case format.Lz4Raw:
		u.room = sized(u.room, size)
		n, err := lz4.UncompressBlock(packed, u.room)
		if err != nil || n != size {
			return nil, errUnpack
		}
		return u.room, nil
	case format.Zstd:
		if u.zstd == nil {
			z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(freePage), zstd.WithDecodeAllCapLimit(true))
			if err != nil {
				return nil, err
			}
			u.zstd = z
		}
		u.room = sized(u.room, size)
		out, err := u.zstd.DecodeAll(packed, u.room[:0:size]) // never beyond its capacity
		if err != nil || len(out) != size {
			return nil, errUnpack
		}
		return out, nil
	case format.Gzip:
		if u.gzip == nil {
			u.gzip = new(gzip.Reader)
		}
		if err := u.gzip.Reset(bytes.NewReader(packed)); err != nil {
			return nil, err
		}
		return u.readAll(u.gzip, size)
	case format.Brotli:
		return u.readAll(brotli.NewReader(bytes.NewReader(packed)), size)
	}
	return nil, fmt.Errorf("its pages are packed by %s, which is not known here: write it again with zstd or snappy", codec)
}

// readAll reads exactly size bytes, and that nothing follows.
func (u *unpacker) readAll(r io.Reader, size int) ([]byte, error) {
	u.room = sized(u.room, size)
	if _, err := io.ReadFull(r, u.room); err != nil {
		return nil, fmt.Errorf("a page does not unpack: %w", err)
	}
	var more [1]byte
	if n, err := io.ReadFull(r, more[:]); n > 0 || err != io.EOF {
		return nil, errUnpack
	}
	return u.room, nil
}
