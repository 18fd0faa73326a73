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

// parameters gives those that the query of a request may have, by name. Others are
// faults, as they are to huma's routes.
func parameters(r *http.Request, names ...string) (map[string]string, error) {
	if r.URL.RawQuery == "" {
		return nil, nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, problem(http.StatusBadRequest, "the query cannot be read")
	}
	faults := &jsonrow.Faults{}
	values := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(query)) {
		switch {
		case !slices.Contains(names, key):
			faults.List = append(faults.List, jsonrow.Fault{Location: "query." + refusal.Cut(key), Message: fmt.Sprintf("there is no parameter %q", refusal.Cut(key)),
				Hint: diag.DidYouMean(refusal.Cut(key), names)})
		case len(query[key]) > 1:
			faults.List = append(faults.List, jsonrow.Fault{Location: "query." + key, Message: key + " stands twice"})
		default:
			values[key] = query.Get(key)
		}
		if len(faults.List) == refusal.Most {
			break
		}
	}
	if len(faults.List) > 0 {
		return nil, faults
	}
	return values, nil
}
