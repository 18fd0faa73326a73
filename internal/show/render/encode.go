package render

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"io"
	"sync"

	"github.com/klauspost/compress/zlib"
)

// A PNG begins with a signature of 8 bytes and a header chunk of 25. In ours a chunk
// of text follows: a word, a zero, and the mark.
const (
	signature = "\x89PNG\r\n\x1a\n"
	headed    = len(signature) + 25
	word      = "labbook"
)

// encode gives a picture, which is opaque, as PNG with a mark. Each row is told by
// how it differs from the one above, in a chart mostly by nothing, which packs well
// and soon. The standard library tries five ways for each row, which took more time
// than drawing it.
func encode(img *image.RGBA, mark string) []byte {
	size := img.Bounds().Size()
	out := bytes.NewBufferString(signature)
	header := binary.BigEndian.AppendUint32(nil, uint32(size.X))
	header = binary.BigEndian.AppendUint32(header, uint32(size.Y))
	chunk(out, "IHDR", append(header, 8, 2, 0, 0, 0)) // 8 bits of red, green and blue
	chunk(out, "tEXt", append([]byte(word+"\x00"), mark...))
	var packed bytes.Buffer
	w := packers.Get().(*zlib.Writer)
	defer packers.Put(w)
	w.Reset(&packed)
	const up = 2 // the filter that looks at the row above
	row, same := make([]byte, 1+3*size.X), make([]byte, 1+3*size.X)
	row[0], same[0] = up, up
	above := make([]byte, 4*size.X)
	for y := range size.Y {
		at := img.PixOffset(img.Rect.Min.X, img.Rect.Min.Y+y)
		pixels := img.Pix[at : at+4*size.X]
		if bytes.Equal(pixels, above) {
			w.Write(same)
			continue
		}
		for x := range size.X {
			to, now, before := row[1+3*x:4+3*x], pixels[4*x:4*x+4], above[4*x:4*x+4]
			to[0], to[1], to[2] = now[0]-before[0], now[1]-before[1], now[2]-before[2]
		}
		w.Write(row) // to memory
		above = pixels
	}
	w.Close()
	chunk(out, "IDAT", packed.Bytes())
	chunk(out, "IEND", nil)
	return out.Bytes()
}

// packers are used again: each has tables that are larger than what it makes.
var packers = sync.Pool{New: func() any {
	w, err := zlib.NewWriterLevel(nil, zlib.BestSpeed)
	if err != nil {
		panic("render: " + err.Error())
	}
	return w
}}

// chunk adds a part of a PNG: its length, its name, its content, and a checksum of these two.
func chunk(out *bytes.Buffer, name string, content []byte) {
	out.Write(binary.BigEndian.AppendUint32(nil, uint32(len(content))))
	from := out.Len()
	out.WriteString(name)
	out.Write(content)
	out.Write(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(out.Bytes()[from:])))
}

// Marked gives the mark of a picture that PNG made, and whether it is one.
func Marked(picture io.Reader) (mark string, ok bool) {
	head := make([]byte, headed+8)
	if _, err := io.ReadFull(picture, head); err != nil || string(head[headed+4:]) != "tEXt" {
		return "", false
	}
	n := binary.BigEndian.Uint32(head[headed:])
	if n > 4096 || int(n) <= len(word) {
		return "", false
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(picture, text); err != nil || string(text[:len(word)+1]) != word+"\x00" {
		return "", false
	}
	return string(text[len(word)+1:]), true
}
