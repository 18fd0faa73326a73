"""The model that the text peer answers with: TF-IDF of words and pairs, 50,000
terms, and logistic regression.

    python3 bench/serve/text_model.py resumes.json model.joblib

resumes.json holds texts and labels.
"""

import json
import sys

import joblib
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression


def train(data, path):
    with open(data) as f:
        resumes = json.load(f)
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), max_features=50_000, sublinear_tf=True, dtype=np.float32)
    model = LogisticRegression(C=100, max_iter=200)
    model.fit(vectorizer.fit_transform(resumes["texts"]), resumes["labels"])
    joblib.dump((vectorizer, model), path)


if __name__ == "__main__":
    train(*sys.argv[1:])
