"""FastAPI by an expert: see expert.py and stones.py. One worker, uvloop and
httptools.

    python3 bench/serve/fastapi_expert.py PORT DATABASE SYNCHRONOUS LIBRARY
"""

import asyncio
import importlib.util
import sys

import msgspec
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response

import expert
import stones

port, database, synchronous, library = sys.argv[1:]
app = FastAPI()
together = expert.Together(database, synchronous, stones.predictor(library))


@app.post("/predict")
async def predict(request: Request):
    body = await request.body()
    try:
        stone = stones.decode(body)
    except msgspec.ValidationError as problem:
        return Response(stones.encode({"detail": str(problem)}), 422, media_type="application/json")
    return Response(await together.answer(stone, body), media_type="application/json")


if importlib.util.find_spec("polars"):
    batches = stones.batches(library)

    @app.post("/batch")
    async def batch(request: Request):
        body = await request.body()
        csv = request.headers.get("content-type", "").startswith("text/csv")
        try:
            answer = await asyncio.to_thread(batches, body, csv)
        except Exception as problem:
            return Response(stones.encode({"detail": str(problem)}), 422, media_type="application/json")
        await together.keep(body[:65536], answer[:65536])
        return Response(answer, media_type="text/csv" if csv else "application/json")


uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)
