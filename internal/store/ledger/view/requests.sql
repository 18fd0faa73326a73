-- A row for each request that the server answered, while it is kept. Bodies are as they were kept: redacted, and cut where they are long.
select
  request.id as request,                                                           -- its id; sorts by time
  strftime('%Y-%m-%dT%H:%M:%fZ', request.time / 1e9, 'unixepoch') as time,         -- when it came, UTC
  request.method as method,                                                        -- GET, POST and so on
  request.route as route,                                                          -- the pattern that it went to
  request.path as path,                                                            -- as asked for
  nullif(request.pipeline, '') as pipeline,                                        -- what it was about
  nullif(request.model, '') as model,                                              -- the model that answered
  nullif(request.version, 0) as version,                                           -- the version that answered
  nullif(request.run, '') as run,                                                  -- the run that registered that version
  request.status as status,                                                        -- of HTTP: 200, 422 and so on
  request.latency / 1e6 as milliseconds,                                           -- until the answer was ready to be recorded
  request.client as client,                                                        -- the client's address
  nullif(request.caller, '') as caller,                                            -- the key that it came with; null: none
  request.request_type as request_type,                                            -- the media type of what was sent
  request.request_size as request_size,                                            -- bytes of it
  cast(request.request as text) as sent,                                           -- what was sent
  request.response_type as response_type,                                          -- the media type of the answer
  request.response_size as response_size,                                          -- bytes of it
  cast(request.response as text) as answered,                                      -- the answer
  request.error as error                                                           -- of a failure, what the client is not told
from asked.request
