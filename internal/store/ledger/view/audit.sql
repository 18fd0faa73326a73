-- A row for each change of who may do what, of sessions, of the champion, and of what was asked of the server to change.
select
  strftime('%Y-%m-%dT%H:%M:%fZ', trail.time / 1e9, 'unixepoch') as time,           -- when, UTC
  trail.actor as actor,                                                            -- who: cli, key NAME, token, or run ID
  nullif(trail.client, '') as client,                                              -- the address, of what came to the server
  trail.action as action,                                                          -- what: create key, sign in, promote, start run and so on
  trail.subject as subject,                                                        -- what it happened to: a key, a version, a run
  nullif(trail.detail, '') as detail                                               -- in words: scopes, a reason, the request
from trail
