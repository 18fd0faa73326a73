"""FastAPI as tutorials write it: a function in the thread pool, a session of
SQLAlchemy's ORM for each request, scikit-learn's interface to XGBoost.

    python3 bench/serve/fastapi_tutorial.py PORT DATABASE SYNCHRONOUS MODEL
"""

import datetime
import json
import math
import sys

import numpy as np
import uvicorn
from fastapi import Depends, FastAPI
from pydantic import BaseModel
from sqlalchemy import Column, DateTime, Integer, String, create_engine, event
from sqlalchemy.orm import Session, declarative_base, sessionmaker

import xgboost_model

port, database, synchronous, model_path = sys.argv[1:]
engine = create_engine("sqlite:///" + database, connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(autocommit=False, autoflush=False, bind=engine)
Base = declarative_base()


@event.listens_for(engine, "connect")
def configure(connection, _):
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = " + synchronous)
    connection.execute("pragma busy_timeout = 10000")


class Request(Base):
    __tablename__ = "request"
    id = Column(Integer, primary_key=True, index=True)
    at = Column(DateTime)
    request = Column(String)
    response = Column(String)


Base.metadata.create_all(bind=engine)


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


class Price(BaseModel):
    price: float
    unit: str


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


app = FastAPI()
model = xgboost_model.load(model_path)


@app.post("/predict", response_model=Price)
def predict(stone: Stone, db: Session = Depends(get_db)):
    features = np.array([xgboost_model.row(stone.model_dump())])
    answer = {"price": math.exp(float(model.predict(features)[0])), "unit": "USD"}
    db.add(Request(at=datetime.datetime.now(datetime.timezone.utc), request=stone.model_dump_json(), response=json.dumps(answer)))
    db.commit()
    return answer


uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)
