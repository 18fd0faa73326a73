// Package look is the style that everything labbook shows in a browser shares:
// the notebook and the pages of the server.
//
// It holds the palette, light and dark, as custom properties, the type, and the
// parts that both are made of: cards, tables, badges, tiles, findings, charts.
// What only one of them has is in a style sheet of its own that follows this
// one.
package look

import _ "embed"

// CSS is the style sheet.
//
//go:embed look.css
var CSS string
