"""robyn, whose HTTP is in Rust, by an expert: see expert.py and stones.py. One
process.

    python3 bench/serve/robyn_expert.py PORT DATABASE SYNCHRONOUS LIBRARY
"""

import sys

arguments, sys.argv = sys.argv[1:], sys.argv[:1] + ["--log-level", "ERROR"]  # robyn reads sys.argv

import msgspec
from robyn import Headers, Response, Robyn

import expert
import stones

port, database, synchronous, library = arguments
app = Robyn(__file__)
together = expert.Together(database, synchronous, stones.predictor(library))
json_type = Headers({"content-type": "application/json"})


@app.post("/predict")
async def predict(request):
    body = request.body if isinstance(request.body, bytes) else request.body.encode()
    try:
        stone = stones.decode(body)
    except msgspec.ValidationError as problem:
        return Response(422, json_type, stones.encode({"detail": str(problem)}))
    return Response(200, json_type, await together.answer(stone, body))


app.start(host="127.0.0.1", port=int(port))
