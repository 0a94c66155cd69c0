"""What the bundled model says, computed without anything of ours."""

import onnxruntime
from tokenizers import Tokenizer

from searchrerank.models import bundled_folder


def session_by_hand():
    """The bundled model's graph on one thread: how many share an operator decides the last digits, which int8 rounds."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    graph = bundled_folder() / "onnx" / "model_quantized.onnx"
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def logits_by_hand(query, texts):
    """The bundled model through onnxruntime and tokenizers alone, nothing of ours between."""
    tokenizer = Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))
    session = session_by_hand()
    logits = []
    for text in texts:
        pair = tokenizer.encode(query, text)
        inputs = {"input_ids": [pair.ids], "token_type_ids": [pair.type_ids]}
        logits.append(float(session.run(None, inputs)[0].ravel()[0]))
    return logits
