package csvfile

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"labbook/internal/base/diag"
)

// Encodings are the encodings of text that can be declared.
var Encodings = []string{"utf-8", "latin-1", "windows-1252", "utf-16"}

// decode gives the file as UTF-8 without a byte order mark, and how many bytes
// stood before it. UTF-8 is not validated here: that is done row by row.
func decode(data []byte, o *Options) (text []byte, skipped int, err error) {
	if o.Encoding != "utf-16" {
		if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
			return nil, 0, &diag.Error{File: o.Name, Line: 1, What: "begins with the byte order mark of UTF-16",
				Hint: "declare encoding: utf-16"}
		}
	}
	switch o.Encoding {
	case "", "utf-8":
		text = data
		for bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) { // each program that appends to a file may add one
			text = text[3:]
		}
		skipped = len(data) - len(text)
	case "latin-1":
		text = decodeBytes(data, nil)
	case "windows-1252":
		text = decodeBytes(data, &windows1252)
	case "utf-16":
		if text, err = decodeUTF16(data, o.Name); err != nil {
			return nil, 0, err
		}
	default:
		return nil, 0, diag.New(fmt.Sprintf("unknown encoding %q", o.Encoding), diag.DidYouMean(o.Encoding, Encodings))
	}
	return text, skipped, recognise(data, text, o.Name)
}

// windows1252 are the runes of the bytes 0x80 to 0x9f; the five bytes that it
// leaves undefined stay control characters, as in the WHATWG's table.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

// decodeBytes decodes one byte per rune; high gives those of 0x80 to 0x9f, nil
// the bytes themselves.
func decodeBytes(data []byte, high *[32]rune) []byte {
	text := make([]byte, 0, len(data)+len(data)/16)
	for _, b := range data {
		switch {
		case b < utf8.RuneSelf:
			text = append(text, b)
		case b < 0xa0 && high != nil:
			text = utf8.AppendRune(text, high[b-0x80])
		default:
			text = utf8.AppendRune(text, rune(b))
		}
	}
	return text
}

// decodeUTF16 goes by the byte order mark; without one it is little-endian, as
// Windows writes it.
func decodeUTF16(data []byte, name string) ([]byte, error) {
	if len(data)%2 != 0 {
		return nil, &diag.Error{File: name, What: "has an odd number of bytes, so it is not UTF-16",
			Hint: "it may be cut short, or the declared encoding is wrong"}
	}
	low, high := 0, 1
	if bytes.HasPrefix(data, []byte("\xfe\xff")) {
		low, high = 1, 0
	}
	text := make([]byte, 0, len(data)/2+len(data)/8)
	unit := func(i int) rune { return rune(data[i+low]) | rune(data[i+high])<<8 }
	for i := 0; i < len(data); i += 2 {
		r := unit(i)
		if i == 0 && r == 0xfeff {
			continue
		}
		if utf16.IsSurrogate(r) {
			pair := utf8.RuneError
			if i+2 < len(data) {
				pair = utf16.DecodeRune(r, unit(i+2))
			}
			if pair == utf8.RuneError {
				return nil, &diag.Error{File: name, Line: 1 + bytes.Count(text, []byte("\n")),
					What: fmt.Sprintf("is not valid UTF-16 at byte %d", i),
					Hint: "it may be damaged, or the declared encoding is wrong"}
			}
			r = pair
			i += 2
		}
		text = utf8.AppendRune(text, r)
	}
	return text, nil
}
