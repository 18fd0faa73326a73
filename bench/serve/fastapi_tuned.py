"""FastAPI as tuned by hand: one worker, uvloop and httptools where they are
installed, no thread pool, one connection with a compiled insert of SQLAlchemy
Core, XGBoost's quickest way to predict a row. Each request is committed on its
own before it is answered.

    python3 bench/serve/fastapi_tuned.py PORT DATABASE SYNCHRONOUS MODEL
"""

import json
import math
import sys
import time

import numpy as np
import uvicorn
from fastapi import FastAPI
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import Column, Float, Integer, MetaData, String, Table, create_engine

import xgboost_model

port, database, synchronous, model_path = sys.argv[1:]
connection = create_engine("sqlite:///" + database, connect_args={"check_same_thread": False}, future=True).connect()
for pragma in ("journal_mode = wal", "synchronous = " + synchronous):
    connection.exec_driver_sql("pragma " + pragma)
connection.commit()
metadata = MetaData()
request = Table("request", metadata, Column("id", Integer, primary_key=True), Column("at", Float), Column("request", String), Column("response", String))
metadata.create_all(connection)
connection.commit()
insert = request.insert().inline()


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


app = FastAPI()
booster = xgboost_model.load(model_path).get_booster()


@app.post("/predict")
async def predict(stone: Stone):
    asked = stone.__dict__
    log_price = booster.inplace_predict(np.array([xgboost_model.row(asked)], dtype=np.float32))[0]
    answer = json.dumps({"price": math.exp(log_price), "unit": "USD"})
    connection.execute(insert, {"at": time.time(), "request": json.dumps(asked), "response": answer})
    connection.commit()
    return Response(answer, media_type="application/json")


uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)
