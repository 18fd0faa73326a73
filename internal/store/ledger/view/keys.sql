-- A row for each key of the server, also those that open nothing any more. No secret is known here.
select
  access_key.name as key,                                                          -- its name, which requests name as their caller
  access_key.scopes as scopes,                                                     -- what it may do, a JSON list: predict, read, train, promote, admin
  access_key.pipelines as pipelines,                                               -- those that it is bound to, a JSON list; empty: every
  strftime('%Y-%m-%dT%H:%M:%fZ', access_key.created / 1e9, 'unixepoch') as created, -- when it was made, UTC
  access_key.creator as creator,                                                   -- who made it: cli, or a key
  (select strftime('%Y-%m-%dT%H:%M:%fZ', max(created) / 1e9, 'unixepoch')
    from access_secret where access_secret.name = access_key.name) as rotated,     -- when its newest secret was made, UTC
  strftime('%Y-%m-%dT%H:%M:%fZ', access_key.expires / 1e9, 'unixepoch') as expires, -- from when on it opens nothing, UTC; null: never
  strftime('%Y-%m-%dT%H:%M:%fZ', access_key.revoked / 1e9, 'unixepoch') as revoked -- when it was revoked, UTC; null: it was not
from access_key
