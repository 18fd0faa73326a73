"""FastAPI with scikit-learn, for resumes: TF-IDF and logistic regression
(text_model.py) behind what expert.py has. With ?explain=true an answer names the
five terms that speak most for its class, and the five against it.

    python3 bench/serve/fastapi_text.py PORT DATABASE SYNCHRONOUS MODEL
"""

import sys

import joblib
import msgspec
import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response

import expert

port, database, synchronous, path = sys.argv[1:]
vectorizer, model = joblib.load(path)
terms, classes, weights = vectorizer.get_feature_names_out(), model.classes_.tolist(), model.coef_
encode = msgspec.json.Encoder().encode


class Resume(msgspec.Struct):
    resume: str


decode = msgspec.json.Decoder(Resume).decode


def predict(asked):
    rows = vectorizer.transform([text for text, _ in asked])
    answers = []
    for i, probabilities in enumerate(model.predict_proba(rows)):
        best = int(probabilities.argmax())
        answer = {"label": classes[best], "probabilities": dict(zip(classes, probabilities.tolist()))}
        if asked[i][1]:
            answer["why"] = why(rows.indices[rows.indptr[i]:rows.indptr[i + 1]], rows.data[rows.indptr[i]:rows.indptr[i + 1]], best)
        answers.append(encode(answer))
    return answers


def why(columns, values, best):
    said = values * weights[best, columns]
    order = np.argsort(said)
    return [{"term": terms[columns[k]], "weight": float(said[k])} for k in (*order[:-6:-1], *order[:5])]


app = FastAPI()
together = expert.Together(database, synchronous, predict)


@app.post("/predict")
async def answer(request: Request):
    body = await request.body()
    try:
        text = decode(body).resume
    except msgspec.ValidationError as problem:
        return Response(encode({"detail": str(problem)}), 422, media_type="application/json")
    return Response(await together.answer((text, request.query_params.get("explain") == "true"), body), media_type="application/json")


uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)
