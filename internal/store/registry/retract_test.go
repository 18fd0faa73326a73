package registry

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
)

func TestRetract(t *testing.T) {
	r := with(t, 3)
	for version := 1; version <= 3; version++ {
		_, err := r.Promote(t.Context(), "m", version, champion(t, r), "by hand", "test")
		require.NoError(t, err)
	}
	retract := func(version, want int) {
		done, err := r.Retract(t.Context(), "m", version, "leaks", "test")
		require.NoError(t, err)
		assert.Equal(t, "leaks", done.Version.Retracted)
		assert.Equal(t, want, champion(t, r))
	}
	retract(2, 3)
	before, err := r.Before(t.Context(), "m")
	require.NoError(t, err)
	assert.Equal(t, 1, before.Version, "a rollback passes over what is retracted")
	retract(3, 1)
	retract(1, 0)

	history, err := r.History(t.Context(), "m")
	require.NoError(t, err)
	assert.Len(t, history, 5)
	assert.Equal(t, record.Move{Model: "m", Alias: "champion", Kind: record.Retreat, From: 1, To: 0, Reason: "retracted: leaks", Actor: "test"},
		record.Move{Model: history[4].Model, Alias: history[4].Alias, Kind: history[4].Kind, From: history[4].From, To: history[4].To, Reason: history[4].Reason, Actor: history[4].Actor})
	assert.True(t, Since(history).IsZero())
	champions, err := r.Champions(t.Context())
	require.NoError(t, err)
	assert.Empty(t, champions)

	_, err = r.Retract(t.Context(), "m", 2, "again", "test")
	assert.ErrorContains(t, err, "m@2 is retracted already: leaks")
	_, err = r.Retract(t.Context(), "m", 9, "none", "test")
	assert.ErrorContains(t, err, "m has no version 9")
	_, err = r.Rollback(t.Context(), "m", nil, "", "test")
	assert.ErrorContains(t, err, "no champion of m stood before")
	_, err = r.Promote(t.Context(), "m", 2, 0, "after all", "test")
	assert.NoError(t, err, "by hand anything can be promoted")
	retract(2, 0)
}

func TestLine(t *testing.T) {
	promote, rollback, retreat := record.Promotion, record.Rollback, record.Retreat
	for _, c := range []struct {
		name             string
		history          []record.Move
		retracted        []int
		standing, before int
	}{
		{"nothing happened", nil, nil, 0, 0},
		{"one", []record.Move{{Kind: promote, To: 1}}, nil, 1, 0},
		{"a kind that is not told is a promotion", []record.Move{{To: 1}, {From: 1, To: 2}}, nil, 2, 1},
		{"back and forth", []record.Move{{Kind: promote, To: 1}, {Kind: promote, From: 1, To: 2}, {Kind: rollback, From: 2, To: 1}, {Kind: promote, From: 1, To: 3}}, nil, 3, 1},
		{"what was before is retracted", []record.Move{{Kind: promote, To: 1}, {Kind: promote, From: 1, To: 2}, {Kind: promote, From: 2, To: 3}}, []int{2}, 3, 1},
		{"the champion was", []record.Move{{Kind: promote, To: 1}, {Kind: promote, From: 1, To: 2}, {Kind: retreat, From: 2, To: 1}}, []int{2}, 1, 0},
		{"and none is left", []record.Move{{Kind: promote, To: 1}, {Kind: retreat, From: 1}}, []int{1}, 0, 0},
		{"until one is promoted", []record.Move{{Kind: promote, To: 1}, {Kind: retreat, From: 1}, {Kind: promote, To: 2}}, []int{1}, 2, 0},
	} {
		versions := []*record.Version{{Version: 1}, {Version: 2}, {Version: 3}}
		for _, v := range c.retracted {
			versions[v-1].Retracted = "leaks"
		}
		standing, before := Line(c.history, versions)
		assert.Equal(t, []int{c.standing, c.before}, []int{standing, before}, c.name)
	}
}
