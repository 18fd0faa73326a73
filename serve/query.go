package serve

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/data/jsonrow"
	"labbook/serve/refusal"
)

// parameter gives the one parameter that the query of a request may have; ""
// when it has none. Others are faults, as they are to huma's routes.
func parameter(r *http.Request, name string) (string, error) {
	if r.URL.RawQuery == "" {
		return "", nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return "", problem(http.StatusBadRequest, "the query cannot be read")
	}
	faults := &jsonrow.Faults{}
	for _, key := range slices.Sorted(maps.Keys(query)) {
		switch {
		case key != name:
			faults.List = append(faults.List, jsonrow.Fault{Location: "query." + refusal.Cut(key), Message: fmt.Sprintf("there is no parameter %q", refusal.Cut(key)),
				Hint: diag.DidYouMean(refusal.Cut(key), []string{name})})
		case len(query[key]) > 1:
			faults.List = append(faults.List, jsonrow.Fault{Location: "query." + name, Message: name + " stands twice"})
		}
		if len(faults.List) == refusal.Most {
			break
		}
	}
	if len(faults.List) > 0 {
		return "", faults
	}
	return query.Get(name), nil
}
