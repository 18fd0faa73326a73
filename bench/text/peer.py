"""The peer of bench/text: scikit-learn on the same text, settings and split.

usage: python3 peer.py TRAIN.json TEST.json SETTING
Prints one JSON object: seconds for vectorize + fit + predict (reading the data
and importing left out), the accuracy and the weighted F1.
Run it with a Python that has scikit-learn, see bench/requirements.txt.
"""
import json, sys, time
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.svm import LinearSVC

train, test = (json.load(open(p)) for p in sys.argv[1:3])
vectorizer, model = {
    "counts + naive Bayes": lambda: (CountVectorizer(), MultinomialNB()),
    "TF-IDF(1,2) + linear SVM": lambda: (TfidfVectorizer(ngram_range=(1, 2)), LinearSVC()),
    "TF-IDF + logistic regression": lambda: (TfidfVectorizer(), LogisticRegression()),
}[sys.argv[3]]()
start = time.perf_counter()
x = vectorizer.fit_transform(train["texts"])
vectorized = time.perf_counter()
model.fit(x, train["labels"])
fitted = time.perf_counter()
predicted = model.predict(vectorizer.transform(test["texts"]))
end = time.perf_counter()
json.dump({"seconds": end - start, "vectorize": vectorized - start, "fit": fitted - vectorized,
           "accuracy": accuracy_score(test["labels"], predicted),
           "f1": f1_score(test["labels"], predicted, average="weighted")}, sys.stdout)
