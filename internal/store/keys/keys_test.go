package keys_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/store/keys"
	"labbook/internal/store/ledger"
	"labbook/internal/testdata/testpostgres"
)

var (
	start = time.Date(2026, 11, 21, 22, 31, 5, 0, time.UTC)
	me    = keys.Who{Actor: "cli"}
)

// open gives the keys of an empty ledger, and its clock.
func open(t *testing.T) (*keys.Keys, *ledger.DB, *time.Time) {
	now := start
	clock := func() time.Time { return now }
	db, err := ledger.Open(testpostgres.Fresh(t), ledger.Options{Clock: clock})
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return keys.New(db, clock), db, &now
}

func TestAKeyIsMadeRotatedExpiredAndRevoked(t *testing.T) {
	k, _, now := open(t)
	secret, err := k.Create(&record.Key{Name: "billing", Scopes: []record.Scope{record.ScopePredict}, Pipelines: []string{"diamonds"}, Expires: start.Add(time.Hour)}, me)
	require.NoError(t, err)
	assert.Regexp(t, `^lb_[A-Z2-7]{26}$`, secret)
	find := func() *record.Key {
		all, err := k.List(t.Context())
		require.NoError(t, err)
		require.Len(t, all, 1)
		return all[0]
	}
	assert.Equal(t, &record.Key{Name: "billing", Scopes: []record.Scope{record.ScopePredict}, Pipelines: []string{"diamonds"}, Created: start, Creator: "cli", Expires: start.Add(time.Hour),
		Secrets: []record.Secret{{Digest: keys.Digest(secret), Hint: secret[:7], Created: start}}}, find())

	*now = start.Add(time.Minute)
	next, err := k.Rotate(t.Context(), "billing", 10*time.Minute, keys.Who{Actor: "key ops", Client: "10.0.0.1"})
	require.NoError(t, err)
	assert.NotEqual(t, secret, next)
	secrets := find().Secrets
	require.Len(t, secrets, 2)
	assert.Equal(t, keys.Digest(next), secrets[0].Digest, "the newest first")
	assert.True(t, secrets[0].Expires.IsZero())
	assert.Equal(t, start.Add(11*time.Minute), secrets[1].Expires)
	*now = start.Add(2 * time.Minute)
	_, err = k.Rotate(t.Context(), "billing", time.Hour, me)
	require.NoError(t, err)
	assert.Equal(t, start.Add(11*time.Minute), find().Secrets[2].Expires, "an end is never put off by rotating")

	*now = start.Add(time.Hour)
	assert.Equal(t, keys.Expired, keys.State(find(), *now))
	_, err = k.Rotate(t.Context(), "billing", 0, me)
	assert.ErrorContains(t, err, "has expired")
	require.NoError(t, k.Expire(t.Context(), "billing", time.Time{}, me))
	assert.Equal(t, keys.Valid, keys.State(find(), *now))
	require.NoError(t, k.Revoke(t.Context(), "billing", me))
	assert.Equal(t, keys.Revoked, keys.State(find(), *now))
	for _, err := range []error{k.Revoke(t.Context(), "billing", me), k.Expire(t.Context(), "billing", time.Time{}, me)} {
		assert.ErrorContains(t, err, "revoked already")
	}
	_, err = k.Create(&record.Key{Name: "billing", Scopes: record.Scopes}, me)
	assert.ErrorContains(t, err, "a key of this name is there, or was")

	trail, err := k.Trail(t.Context(), time.Time{}, 100)
	require.NoError(t, err)
	var did []string
	for _, e := range trail {
		did = append(did, e.Action+" "+e.Subject+" "+e.Detail)
	}
	assert.Equal(t, []string{"revoke key billing ", "expire key billing never ends", "rotate key billing the secret before ends at 2026-11-21T23:33:05Z",
		"rotate key billing the secret before ends at 2026-11-21T22:42:05Z", "create key billing may predict of diamonds until 2026-11-21T23:31:05Z"}, did, "what failed leaves no line")
	assert.Equal(t, "10.0.0.1", trail[3].Client)
	trail, err = k.Trail(t.Context(), start.Add(time.Minute), 100)
	require.NoError(t, err)
	assert.Len(t, trail, 1)
}

func TestKeysThatDoNotFit(t *testing.T) {
	k, _, _ := open(t)
	predict := []record.Scope{record.ScopePredict}
	for want, key := range map[string]*record.Key{
		"a key cannot have this name":                                {Name: "Billing", Scopes: predict},
		"the server's token is called so":                            {Name: "token", Scopes: predict},
		"nothing says what the key may do":                           {Name: "a"},
		`did you mean "predict"?`:                                    {Name: "a", Scopes: []record.Scope{"predcit"}},
		"a scope stands twice":                                       {Name: "a", Scopes: []record.Scope{"read", "read"}},
		"a key that may make keys cannot be bound to pipelines":      {Name: "a", Scopes: []record.Scope{"admin"}, Pipelines: []string{"diamonds"}},
		"no pipeline can be called so":                               {Name: "a", Scopes: predict, Pipelines: []string{"\n"}},
		"the key would have expired already; found 2026-11-21T22:31": {Name: "a", Scopes: predict, Expires: start},
	} {
		_, err := k.Create(key, me)
		var wrong *diag.Error
		if assert.ErrorAs(t, err, &wrong, want) {
			assert.Contains(t, wrong.Error()+wrong.Hint, want)
		}
	}
	_, err := k.Create(&record.Key{Name: "billing", Scopes: predict}, me)
	require.NoError(t, err)
	var wrong *diag.Error
	require.ErrorAs(t, k.Revoke(t.Context(), "biling", me), &wrong)
	assert.Equal(t, `did you mean "billing"?`, wrong.Hint)
}

func TestSessions(t *testing.T) {
	k, _, now := open(t)
	cookie, err := k.Begin("billing", "digest", time.Hour, me)
	require.NoError(t, err)
	all, err := k.Sessions(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []record.Session{{Digest: keys.Digest(cookie), Key: "billing", Secret: "digest", Created: start, Expires: start.Add(time.Hour)}}, all)
	other, err := k.Begin("billing", "digest", 3*time.Hour, me)
	require.NoError(t, err)
	require.NoError(t, k.End("billing", cookie, me))
	all, err = k.Sessions(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1)
	assert.Equal(t, keys.Digest(other), all[0].Digest)
	*now = start.Add(3 * time.Hour)
	all, err = k.Sessions(t.Context())
	require.NoError(t, err)
	assert.Empty(t, all)
}

// The trail has what others keep rows of, each once.
func TestTheTrailHasMovesAndRetractions(t *testing.T) {
	k, db, now := open(t)
	for i := range 2 {
		_, err := db.PutVersion(&record.Version{Model: "m", Artifact: string(rune('a' + i))}, nil)
		require.NoError(t, err)
	}
	require.NoError(t, db.PutMove(&record.Move{Model: "m", Alias: record.Champion, To: 1, Reason: "first", Actor: "run r"}))
	*now = now.Add(time.Second)
	require.NoError(t, db.PutRetraction("m", 2, "a leak", "cli", nil))
	*now = now.Add(time.Second)
	require.NoError(t, db.PutRetraction("m", 1, "the same", "key ops", &record.Move{Model: "m", Alias: record.Champion, Kind: record.Retreat, From: 1, To: 0, Actor: "key ops", Reason: "the same"}))
	trail, err := k.Trail(t.Context(), time.Time{}, 10)
	require.NoError(t, err)
	require.Len(t, trail, 3)
	assert.Equal(t, record.Event{Time: start.Add(2 * time.Second), Actor: "key ops", Action: "retract", Subject: "m@1", Detail: "the same"}, trail[0])
	assert.Equal(t, record.Event{Time: start.Add(time.Second), Actor: "cli", Action: "retract", Subject: "m@2", Detail: "a leak"}, trail[1])
	assert.Equal(t, record.Event{Time: start, Actor: "run r", Action: "promote", Subject: "m@1", Detail: "first"}, trail[2])
}

func TestParseEnd(t *testing.T) {
	for text, want := range map[string]time.Time{
		"90d": start.AddDate(0, 0, 90), "12h": start.Add(12 * time.Hour), "never": {}, "": {}, "now": start,
		"2027-01-31": time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), "2027-01-31T10:00:00Z": time.Date(2027, 1, 31, 10, 0, 0, 0, time.UTC),
	} {
		found, err := keys.ParseEnd(text, start)
		require.NoError(t, err, text)
		assert.Equal(t, want, found, text)
	}
	for _, text := range []string{"soon", "-1d", "-1h", "9999999999999d", "1e3d", "d", "2027-13-01", "40000d"} {
		_, err := keys.ParseEnd(text, start)
		assert.Error(t, err, text)
	}
}

func FuzzParseEnd(f *testing.F) {
	for _, text := range []string{"90d", "12h30m", "2027-01-31", "never", "99999999999999999999d"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		when, err := keys.ParseEnd(text, start)
		if err == nil && (when.Year() < 0 || when.Year() > 9999) {
			t.Fatalf("%q is %v", text, when)
		}
	})
}

// TestOnPostgreSQL: in PostgreSQL all of it is the same.
func TestOnPostgreSQL(t *testing.T) { testpostgres.Again(t) }
