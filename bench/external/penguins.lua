-- Penguins in turn, as objects: what docs/performance.md asks of the model of docs/python.md.
local islands, bodies, at = { "Biscoe", "Dream", "Torgersen" }, {}, 0

function init()
  for i = 1, 500 do
    bodies[i] = string.format(
      '{"species":"Adelie","island":"%s","bill_length_mm":%.1f,"bill_depth_mm":%.1f,"flipper_length_mm":%d,"sex":"male","year":2008,"bill_for_island":%.3f}',
      islands[i % 3 + 1], 36 + i % 12, 16 + i % 5, 180 + i % 40, 0.9 + (i % 20) / 100)
  end
end

function request()
  at = at % 500 + 1
  return wrk.format("POST", "/v1/penguins/predict", { ["Content-Type"] = "application/json" }, bodies[at])
end

function done(summary)
  print(string.format("%d answers, of which %d are none of 2xx", summary.requests, summary.errors.status))
end
