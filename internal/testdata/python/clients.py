"""Asks a server by the clients of MLflow and of Triton, unchanged.

python clients.py HOST PORT VALUE, where VALUE is what /v1 answers.
"""
import sys

import numpy as np
import pandas as pd
import tritonclient.http as triton
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from tritonclient.utils import InferenceServerException

host, port, want = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])

# MLflow: a data frame, as it scores one.
scoring = ScoringServerClient(host, port)
scoring.wait_server_ready(timeout=5)
frame = pd.DataFrame({"carat": [0.5, 0.5], "cut": ["Good", "Good"]})
answer = scoring.invoke(frame).get_predictions()
assert answer.shape == (2, 1) and np.allclose(answer, want), answer
try:
    scoring.invoke(frame[["carat"]])
    raise AssertionError("a column was missing")
except Exception as failure:
    assert "400" in str(failure) and "cut" in str(failure), failure

# Triton, over HTTP: what it tells, and tensors in JSON, in binary, and packed.
client = triton.InferenceServerClient(f"{host}:{port}")
assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("stones")
assert client.get_server_metadata()["name"] == "labbook"
metadata = client.get_model_metadata("stones")
assert [t["name"] for t in metadata["inputs"]] == ["carat", "cut"], metadata
version = metadata["versions"][0]
assert client.is_model_ready("stones", version) and not client.is_model_ready("stones", "999")
for binary in (True, False):
    for packing in (None, "gzip"):
        carat = triton.InferInput("carat", [2], "FP64").set_data_from_numpy(np.array([0.5, 0.5]), binary_data=binary)
        cut = triton.InferInput("cut", [2], "BYTES").set_data_from_numpy(np.array(["Good", "Good"], dtype=object), binary_data=binary)
        result = client.infer("stones", [carat, cut], request_id="7", model_version=version, request_compression_algorithm=packing, response_compression_algorithm=packing)
        assert np.allclose(result.as_numpy("price"), want), result.get_response()
        assert result.get_response()["id"] == "7"
result = client.infer("stones", [carat, cut], outputs=[triton.InferRequestedOutput("low", binary_data=False)])
assert result.as_numpy("price") is None and (result.as_numpy("low") < want).all()
try:
    client.infer("stones", [carat])
    raise AssertionError("an input was missing")
except InferenceServerException as failure:
    assert "cut" in failure.message(), failure
print("ok")
