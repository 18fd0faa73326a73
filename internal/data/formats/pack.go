package formats

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"

	"labbook/internal/base/human"
)

// checkPacked says whether packed bytes hold no more than so many. Where their
// own head says it that is believed, for the library holds them to it.
func checkPacked(packed []byte, size int, codec format.CompressionCodec) error {
	switch codec {
	case format.Uncompressed:
		return nil
	case format.Snappy:
		// https://github.com/google/snappy/blob/main/format_description.txt
		n, read := binary.Uvarint(packed)
		if read <= 0 || n != uint64(size) {
			return fmt.Errorf("a page unpacks to %d bytes of %d", n, size)
		}
		return nil
	case format.Zstd:
		if bound, ok := zstdBound(packed); !ok || bound <= size+zstdBlock {
			return nil // what is no frame at all does not unpack
		}
		r, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(freePage))
		if err != nil {
			return err
		}
		defer r.Close()
		return checkSize(r, size)
	case format.Gzip:
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return err
		}
		return checkSize(r, size)
	case format.Brotli:
		return checkSize(brotli.NewReader(bytes.NewReader(packed)), size)
	case format.Lz4Raw:
		if _, err := lz4.UncompressBlock(packed, make([]byte, size)); err != nil && len(packed) > 0 && size > 0 {
			return err
		}
		return nil
	}
	return errors.New("its pages are packed by " + codec.String() + ", which is not known here: write it again with zstd or snappy")
}

// checkSize reads to the end, or to the first byte too many.
func checkSize(r io.Reader, size int) error {
	n, err := io.Copy(io.Discard, io.LimitReader(r, int64(size)+1))
	if err != nil {
		return err
	}
	if n != int64(size) {
		return fmt.Errorf("a page says that it unpacks to %s, and does not", human.Bytes(int64(size)))
	}
	return nil
}

// zstdBlock is the most that a block unpacks to.
const zstdBlock = 128 << 10

// zstdBound gives the most that frames unpack to, from the heads of their blocks
// (RFC 8878, section 3.1.1).
func zstdBound(packed []byte) (most int, ok bool) {
	for len(packed) > 0 {
		var head zstd.Header
		if err := head.Decode(packed); err != nil {
			return 0, false
		}
		if head.Skippable {
			skip := head.HeaderSize + int(head.SkippableSize)
			if skip > len(packed) {
				return 0, false
			}
			packed = packed[skip:]
			continue
		}
		if packed = packed[head.HeaderSize:]; len(packed) < 3 {
			return 0, false
		}
		for last := false; !last; {
			if len(packed) < 3 {
				return 0, false
			}
			block := int(packed[0]) | int(packed[1])<<8 | int(packed[2])<<16
			last = block&1 == 1
			kind, size := block>>1&3, block>>3
			packed = packed[3:]
			switch kind {
			case 0:
				most += size
			case 1: // one byte, so many times
				most, size = most+size, 1
			case 2:
				most += zstdBlock
			default:
				return 0, false
			}
			if size > len(packed) {
				return 0, false
			}
			packed = packed[size:]
		}
		if head.HasCheckSum {
			if len(packed) < 4 {
				return 0, false
			}
			packed = packed[4:]
		}
	}
	return most, true
}
