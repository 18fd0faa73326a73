package serve

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"labbook/internal/base/human"
	"labbook/internal/store/registry"
)

// A canary is a version that answers a part of what is asked in the champion's place, as
// the serve stage of the pipeline declares it. Which part is a matter of a digest, so that
// every server decides alike, today and tomorrow.

// Canary is who answers a part of what is asked.
type Canary struct {
	Alias   string  `json:"alias" doc:"Where it stands."`
	Version int     `json:"version,omitempty" doc:"The version that answers; absent where none does."`
	Share   float64 `json:"share" doc:"Which part, of 1."`
	Header  string  `json:"header,omitempty" doc:"The header by which a client sticks to one of the two."`
	Field   string  `json:"field,omitempty" doc:"The field by which what is asked sticks to one of the two."`
	Refused string  `json:"refused,omitempty" doc:"Why the champion answers all of it."`
}

// canary is a Canary with what it takes to answer.
type canary struct {
	Canary
	made *Endpoint // nil: the champion answers all
}

// canaries finds out who answers a part of what is asked, by pipeline. One that cannot be
// loaded, or that reads what clients of the champion need not send, answers nothing.
func (s *Server) canaries(ctx context.Context, snap *snapshot) map[string]*canary {
	all := map[string]*canary{}
	for name, made := range snap.endpoints {
		if made.output == nil || made.output.offer.Canary == nil {
			continue
		}
		o := made.output.offer.Canary
		c := &canary{Canary: Canary{Alias: o.Alias, Share: o.Share, Header: o.Header, Field: o.Field}}
		c.made, c.Refused = s.aside(ctx, snap, made, o.Alias)
		if c.made != nil {
			c.Version = c.made.Version.Version
		}
		all[name] = c
	}
	return all
}

// aside gives the version at an alias, if it can stand in for the champion; else why not.
func (s *Server) aside(ctx context.Context, snap *snapshot, made *Endpoint, alias string) (*Endpoint, string) {
	number := snap.aliases[made.Version.Model][alias]
	switch number {
	case 0:
		return nil, alias + " stands nowhere"
	case made.Version.Version:
		return nil, alias + " is the champion"
	}
	other, err := snap.other(ctx, s, made, number, alias)
	if err != nil {
		return nil, problemOf(err).Detail
	}
	if other.Version.Retracted != "" {
		return nil, registry.Name(other.Version) + " was retracted: " + other.Version.Retracted
	}
	if why := other.unlike(made); why != "" {
		return nil, registry.Name(other.Version) + " " + why
	}
	return other, ""
}

// unlike says why a version cannot answer what its champion is asked, as its clients read
// answers; "" where it can.
func (s *Endpoint) unlike(champion *Endpoint) string {
	own, theirs := s.Features(), champion.Features()
	switch {
	case s.Predicts() != champion.Predicts() || own.Target.Unit != theirs.Target.Unit:
		return "answers something else than the champion"
	case own.Task != theirs.Task || !slices.Equal(own.Classes, theirs.Classes):
		return "answers other classes than the champion"
	}
	for i := range own.Inputs {
		if f := &own.Inputs[i]; !f.Missing {
			if known := champion.field(f.Name); known == nil || known.Missing {
				return "needs " + f.Name + ", which clients of the champion need not send"
			}
		}
	}
	taken := append(append(inputNames(own), s.unread()...), own.Target.Name)
	for _, name := range inputNames(theirs) {
		if !slices.Contains(taken, name) {
			return "does not take " + name + ", which clients of the champion send"
		}
	}
	return ""
}

// share gives who answers what is asked of a pipeline without naming a version.
func (snap *snapshot) share(made *Endpoint, x *exchange) *Endpoint {
	if shadow := snap.shadows[made.Name]; shadow != nil && shadow.made != nil {
		x.shadow = shadow.made
	}
	c := snap.canaries[made.Name]
	if c == nil || c.made == nil {
		return made
	}
	key := ""
	switch {
	case c.Header != "":
		key = x.sent.Get(c.Header)
	case c.Field != "":
		key = firstValue(x.body, c.Field)
	}
	if key == "" {
		key = x.record.ID
	}
	if shareOf(made.Name, registry.Name(c.made.Version), key) < c.Share {
		x.shadow = nil // it is compared with the champion
		return c.made
	}
	return made
}

// shareOf gives where a key falls, in [0, 1): the first eight bytes of the SHA-256 of
// pipeline, version and key, with a NUL between them, as a binary fraction. What falls
// below a share falls below every larger one, and another version has others.
func shareOf(pipeline, version, key string) float64 {
	sum := sha256.Sum256([]byte(pipeline + "\x00" + version + "\x00" + key))
	return float64(binary.BigEndian.Uint64(sum[:8])>>11) / (1 << 53)
}

// Says tells of it in a sentence.
func (c *Canary) Says() string {
	part := human.Digits(100*c.Share, 3) + " % of what is asked"
	if c.Refused != "" {
		return fmt.Sprintf("%s would go to %s, and goes to the champion: %s.", part, c.Alias, c.Refused)
	}
	by := "each request by itself"
	switch {
	case c.Header != "":
		by = "by the header " + c.Header
	case c.Field != "":
		by = "by " + c.Field
	}
	return fmt.Sprintf("%s goes to version %d, %s, %s.", part, c.Version, c.Alias, by)
}
