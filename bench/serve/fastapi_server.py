"""FastAPI as tuned by hand: one worker, one process, each request committed on
its own to SQLite before it is answered, synchronous=NORMAL. The prediction is a
formula, so that nothing is measured but the server."""

import sqlite3
import sys
import time
from math import exp

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel


class Stone(BaseModel):
    carat: float
    cut: str
    color: str
    clarity: str
    depth: float
    table: float
    x: float
    y: float
    z: float


db = sqlite3.connect(sys.argv[1], isolation_level=None, check_same_thread=False)
db.execute("pragma journal_mode = wal")
db.execute("pragma synchronous = normal")
db.execute("create table request (id integer primary key, at real, request text, response text)")
app = FastAPI()


@app.post("/predict")
async def predict(stone: Stone):
    answer = {"price": exp(6 + 1.7 * stone.carat), "unit": "USD"}
    db.execute("insert into request (at, request, response) values (?, ?, ?)", (time.time(), stone.json(), str(answer)))
    return JSONResponse(answer)


uvicorn.run(app, host="127.0.0.1", port=8093, log_level="error", access_log=False)
