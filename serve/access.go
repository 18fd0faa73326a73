package serve

import (
	"net/http"
	"slices"
	"strings"

	"labbook/internal/data/record"
)

// need is what a request needs to be answered.
type need struct {
	some scopes // one of these; 0: nothing
	// changes says that something is changed: that needs a key wherever it comes
	// from.
	changes bool
	// pipeline is what it is about; whole says that it is about all of them. Of
	// what is neither, handlers know.
	pipeline string
	whole    bool
}

var (
	toAsk     = scopesOf(record.ScopePredict)
	toRead    = scopesOf(record.ScopeRead)
	toTrain   = scopesOf(record.ScopeTrain)
	toPromote = scopesOf(record.ScopePromote)
	toRule    = scopes(1) << 31 // admin alone has it
)

// needOf says what a request needs. What nobody has thought of changes something
// and needs everything, unless it only reads.
func needOf(method, path string) need {
	reads := method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
	if isProbe(path) {
		return need{}
	}
	rest, isV1 := strings.CutPrefix(path, "/v1/")
	if !isV1 {
		model, isV2 := strings.CutPrefix(path, "/v2/models/")
		model, _, _ = strings.Cut(model, "/")
		switch {
		case isV2 && reads:
			return need{some: toAsk | toRead, pipeline: model}
		case isV2 && strings.HasSuffix(path, "/infer"):
			return need{some: toAsk, pipeline: model}
		case path == "/v2" && reads:
			return need{some: toAsk | toRead}
		case path == "/invocations":
			return need{some: toAsk} // the handler finds the pipeline
		case path == "/openapi.json" || isDocs(path):
			return need{some: toAsk | toRead}
		case reads:
			return need{some: toRead, whole: true}
		}
		return need{some: toRule, changes: true}
	}
	area, what, _ := strings.Cut(rest, "/")
	switch area {
	case "pipelines":
		return need{some: toAsk | toRead, changes: !reads}
	case "models", "runs", "requests":
		switch {
		case reads:
			return need{some: toRead}
		case area == "models":
			return need{some: toPromote, changes: true}
		case area == "runs":
			return need{some: toTrain, changes: true}
		}
		return need{some: toRule, changes: true}
	}
	switch {
	case (what == "" || what == "ping" || what == "batches" || strings.HasPrefix(what, "batches/")) && reads:
		return need{some: toAsk | toRead, pipeline: area}
	case reads:
		return need{some: toRead, pipeline: area}
	case method == http.MethodPost && (what == "predict" || what == "similar" || what == "what-if" || what == "invocations"):
		return need{some: toAsk, pipeline: area}
	}
	return need{some: toAsk, changes: true, pipeline: area}
}

// names gives the scopes of a need as words.
func (n *need) names() string {
	var names []string
	for i, scope := range record.Scopes {
		if n.some&(1<<i) != 0 {
			names = append(names, string(scope))
		}
	}
	if len(names) == 0 {
		return string(record.ScopeAdmin)
	}
	return strings.Join(names, " or ")
}

// allow says why a caller may not do what needs n, or nil. Nobody may read and
// predict where only this machine reaches the server.
func (g *guard) allow(c *Caller, n need) error {
	if n.some == 0 {
		return nil
	}
	if c == nil || c == nobody {
		if !n.changes && !g.options.Public {
			return nil
		}
		return problem(http.StatusUnauthorized, "this needs a key: send the header Authorization: Bearer KEY, with the server's token or a key of `labbook keys`")
	}
	if !c.may(n.some) {
		return problem(http.StatusForbidden, "the key "+c.Name+" lacks the scope "+n.names())
	}
	if len(c.pipelines) > 0 {
		switch {
		case n.whole:
			return problem(http.StatusForbidden, "the key "+c.Name+" is bound to pipelines, and this is about all of them")
		case n.pipeline != "" && !slices.Contains(c.pipelines, n.pipeline):
			return problem(http.StatusForbidden, "the key "+c.Name+" is bound to other pipelines")
		}
	}
	return nil
}
