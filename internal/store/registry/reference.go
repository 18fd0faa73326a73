package registry

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/lazy"
	"labbook/internal/data/record"
)

// Reference is a version as a person writes it: "diamonds", the champion;
// "diamonds@3"; "diamonds@champion".
type Reference struct {
	Model   string
	Alias   string // "" when Version is given
	Version int    // 0 when Alias is given
}

// String is the inverse of ParseReference, with the alias spelled out.
func (r Reference) String() string {
	if r.Alias != "" {
		return r.Model + "@" + r.Alias
	}
	return fmt.Sprintf("%s@%d", r.Model, r.Version)
}

var (
	modelName = lazy.Regexp(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	aliasName = lazy.Regexp(`^[a-z][a-z0-9-]*$`)
)

// ParseReference reads a reference; without @ it is the champion.
func ParseReference(text string) (Reference, error) {
	model, rest, found := strings.Cut(text, "@")
	if err := checkName(model); err != nil {
		return Reference{}, err
	}
	if !found {
		return Reference{Model: model, Alias: record.Champion}, nil
	}
	if version, err := strconv.ParseInt(rest, 10, 32); err == nil && version > 0 {
		return Reference{Model: model, Version: int(version)}, nil
	}
	if err := CheckAlias(rest); err != nil {
		return Reference{}, err
	}
	return Reference{Model: model, Alias: rest}, nil
}

// Resolve gives the version that a reference means.
func (r *Registry) Resolve(ctx context.Context, text string) (*record.Version, error) {
	ref, err := ParseReference(text)
	if err != nil {
		return nil, err
	}
	if ref.Alias != "" {
		ref.Version, err = r.ledger.Alias(ctx, ref.Model, ref.Alias)
		if err != nil {
			return nil, err
		}
		if ref.Version == 0 {
			if _, err := r.Versions(ctx, ref.Model); err != nil {
				return nil, err
			}
			return nil, diag.New(fmt.Sprintf("%s has no %s", ref.Model, ref.Alias),
				fmt.Sprintf("name a version, as in %s@1, or promote one", ref.Model))
		}
	}
	v, err := r.ledger.Version(ctx, ref.Model, ref.Version)
	if err == nil && v == nil {
		return nil, r.unknownVersion(ctx, ref.Model, fmt.Sprint(ref.Version))
	}
	return v, err
}

func checkName(model string) error {
	if modelName().MatchString(model) {
		return nil
	}
	return &diag.Error{
		What: "a model's name does not fit", Found: fmt.Sprintf("%q", model),
		Wanted: "letters, digits, dots, dashes and underscores", Hint: "write it as diamonds, diamonds@3 or diamonds@champion",
	}
}

// CheckAlias says what is wrong with the name of an alias.
func CheckAlias(alias string) error {
	if aliasName().MatchString(alias) {
		return nil
	}
	return &diag.Error{
		What: "an alias or version does not fit", Found: fmt.Sprintf("%q", alias),
		Wanted: "a number from 1, or lower-case letters, digits and dashes", Hint: "write @3 or @champion",
	}
}
