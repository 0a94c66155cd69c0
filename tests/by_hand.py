"""What the bundled model says, computed without anything of ours."""

import onnxruntime
from tokenizers import Tokenizer

from searchrerank.models import bundled_folder


def logits_by_hand(query, texts):
    """The bundled model through onnxruntime and tokenizers alone, nothing of ours between."""
    folder = bundled_folder()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    session = onnxruntime.InferenceSession(folder / "onnx" / "model_quantized.onnx", providers=["CPUExecutionProvider"])
    logits = []
    for text in texts:
        pair = tokenizer.encode(query, text)
        inputs = {"input_ids": [pair.ids], "token_type_ids": [pair.type_ids]}
        logits.append(float(session.run(None, inputs)[0].ravel()[0]))
    return logits
