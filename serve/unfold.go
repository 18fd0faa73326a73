package serve

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/rows"
	"labbook/serve/refusal"
)

// A body that is packed, or holds a table in a binary form, counts as the text that it
// stands for: that is bounded as bodies are, recorded in its place, so that what is not
// to be kept can be taken out, and asked again by a replay. Of one that is refused
// before its text is known only the size is kept. Small bodies can stand for large
// texts, so all of them take turns.

// folded says whether bytes stand for more than they show.
func folded(data []byte) bool { return csvfile.Packed(data) || rows.Binary(data) }

// isPredict says whether a path takes rows.
func isPredict(path string) bool {
	return strings.HasSuffix(path, "/predict") || strings.HasSuffix(path, "/infer") || strings.HasSuffix(path, "/invocations")
}

// packings are the codings of a body that are undone.
func packed(coding string) bool {
	switch strings.ToLower(coding) {
	case "gzip", "x-gzip", "zstd":
		return true
	}
	return false
}

// unpack puts what a packed body holds in its place.
func (x *exchange) unpack(r *http.Request) error {
	if !csvfile.Packed(x.body) {
		if coding := r.Header.Get("Content-Encoding"); packed(coding) {
			return problem(http.StatusBadRequest, "the body is not encoded as "+strconv.Quote(refusal.Cut(coding))+", as its Content-Encoding says")
		}
		return nil
	}
	text, err := csvfile.Unpack(x.body, "body", int(x.server.options.Limits.Body))
	if err != nil {
		x.drop()
		return unfoldProblem(err)
	}
	x.body = text
	return nil
}

// drop has nothing of the body be kept but its size.
func (x *exchange) drop() {
	x.dropped += int64(len(x.body))
	x.body = nil
}

// unfoldProblem says why a body cannot be unfolded, all faults with their places.
func unfoldProblem(err error) error {
	var e *diag.Error
	if errors.Is(err, csvfile.ErrBound) && errors.As(err, &e) {
		return problem(http.StatusRequestEntityTooLarge, "the body "+e.What+": "+e.Hint)
	}
	p := problemOf(csvProblem(err))
	if errors.As(err, &e) && e.Line == 0 { // of the file, and not of a row
		between := ": "
		if verb, _, _ := strings.Cut(e.What, " "); slices.Contains([]string{"is", "has", "says"}, verb) {
			between = " "
		}
		p.Detail = "the body" + between + e.What
	}
	return p
}
