"""What config.json must say for a graph to be built, by architecture. Any option that would change a score is looked at."""

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from searchrerank.errors import ModelError

__all__ = ["ARCHITECTURES", "Options", "read_options", "refusal"]

ARCHITECTURES: Mapping[str, str] = {
    "bert": "BertForSequenceClassification",
    "deberta-v2": "DebertaV2ForSequenceClassification",
    "roberta": "RobertaForSequenceClassification",
    "xlm-roberta": "XLMRobertaForSequenceClassification",
}
"""The architecture that each model_type must name."""


class Options(msgspec.Struct, frozen=True):
    """The fields of config.json that decide a graph, with the defaults of transformers' configurations.

    layer_norm_eps and pad_token_id: None for the architecture's own default.
    """

    model_type: str
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    vocab_size: int
    max_position_embeddings: int
    architectures: tuple[str, ...] = ()
    hidden_act: str = "gelu"
    id2label: dict[str, str] | None = None
    num_labels: int | None = None
    is_decoder: bool = False
    layer_norm_eps: float | None = None
    pad_token_id: int | None = None
    quantization_config: dict[str, Any] | None = None
    type_vocab_size: int | None = None
    # BERT and RoBERTa
    add_cross_attention: bool = False
    position_embedding_type: str | None = "absolute"
    # DeBERTa-v2
    attention_head_size: int | None = None
    conv_kernel_size: int = 0
    embedding_size: int | None = None
    max_relative_positions: int = -1
    norm_rel_ebd: str = "none"
    pooler_hidden_act: str = "gelu"
    pooler_hidden_size: int | None = None
    pos_att_type: tuple[str, ...] | str | None = None
    position_biased_input: bool = True
    position_buckets: int = -1
    relative_attention: bool = False
    share_att_key: bool = False

    @property
    def head_size(self) -> int:
        """How many of the hidden features an attention head has."""
        return self.hidden_size // self.num_attention_heads

    @property
    def epsilon(self) -> float:
        """That of every LayerNorm."""
        if self.layer_norm_eps is not None:
            return self.layer_norm_eps
        return 1e-7 if self.model_type == "deberta-v2" else 1e-12

    @property
    def token_types(self) -> int:
        """How many kinds of token have an embedding: none in DeBERTa-v2, by default two elsewhere."""
        if self.type_vocab_size is not None:
            return self.type_vocab_size
        return 0 if self.model_type == "deberta-v2" else 2

    @property
    def furthest(self) -> int:
        """The distance that the last of DeBERTa-v2's buckets is reckoned from."""
        return self.max_relative_positions if self.max_relative_positions > 0 else self.max_position_embeddings

    @property
    def padding(self) -> int:
        """The id of the padding token, after which RoBERTa's positions start."""
        return 1 if self.pad_token_id is None else self.pad_token_id


def read_options(path: Path) -> Options:
    """What config.json says. Raises ModelError where it cannot be read or asks for what the builder does not implement."""
    try:
        options = msgspec.json.decode(path.read_bytes(), type=Options)
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    if told := refusal(options):
        raise ModelError(f"{path}: {told}")
    return options


def refusal(options: Options) -> str | None:
    """Why no graph is built for these options, in words; None where one is."""
    architecture = ARCHITECTURES.get(options.model_type)
    if architecture is None or architecture not in options.architectures:
        named = ", ".join(options.architectures) or "no architecture"
        return f"no graph is built for {named} ({options.model_type})"
    own = _deberta if options.model_type == "deberta-v2" else _bert
    return next(chain(_labels(options), _sizes(options), _choices(options), own(options)), None)


_EVERYWHERE: dict[str, tuple[Any, ...]] = {
    "hidden_act": ("gelu",),
    "is_decoder": (False,),
    "quantization_config": (None,),
}
_BERT: dict[str, tuple[Any, ...]] = {
    "add_cross_attention": (False,),
    "position_embedding_type": ("absolute", None),
}
_DEBERTA: dict[str, tuple[Any, ...]] = {
    "conv_kernel_size": (0,),
    "norm_rel_ebd": ("layer_norm",),
    "pooler_hidden_act": ("gelu",),
    "position_biased_input": (False,),
    "relative_attention": (True,),
    "share_att_key": (True,),
    "type_vocab_size": (0, None),
}
"""The values of an option that are implemented."""


def _labels(options: Options) -> Iterator[str]:
    named = 2 if options.id2label is None else len(options.id2label)  # transformers leaves id2label out where there are two
    labels = named if options.num_labels is None else options.num_labels
    if labels != 1:
        yield f"the model has {labels} labels; a cross-encoder for ranking has one"


def _sizes(options: Options) -> Iterator[str]:
    for name in (
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "intermediate_size",
        "vocab_size",
        "max_position_embeddings",
    ):
        if getattr(options, name) < 1:
            yield f"{name} is {getattr(options, name)}"
    if not options.epsilon > 0:
        yield f"layer_norm_eps is {options.epsilon}"
    if options.hidden_size % max(1, options.num_attention_heads):
        yield f"hidden_size {options.hidden_size} is no multiple of num_attention_heads {options.num_attention_heads}"


def _choices(options: Options) -> Iterator[str]:
    for name, right in (_EVERYWHERE | (_DEBERTA if options.model_type == "deberta-v2" else _BERT)).items():
        value = getattr(options, name)
        if value not in right:
            listed = " or ".join(msgspec.json.encode(each).decode() for each in right)
            yield f"{name} is {msgspec.json.encode(value).decode()}; a graph is built for {listed}"


def _bert(options: Options) -> Iterator[str]:
    if options.token_types < 1:
        yield f"type_vocab_size is {options.token_types}"
    if options.model_type != "bert" and not 0 <= options.padding < options.max_position_embeddings - 1:
        yield f"pad_token_id is {options.padding}; it must leave room in max_position_embeddings"


def _deberta(options: Options) -> Iterator[str]:
    kinds = options.pos_att_type or ()
    kinds = tuple(kinds.lower().split("|")) if isinstance(kinds, str) else kinds
    if sorted(kinds) != ["c2p", "p2c"]:
        yield f"pos_att_type is {list(kinds)}; a graph is built for c2p and p2c together"
    if options.position_buckets < 2:
        yield f"position_buckets is {options.position_buckets}; a graph is built for at least 2"
    if options.furthest - 1 <= options.position_buckets // 2:
        yield f"max_relative_positions is {options.furthest}, too few for {options.position_buckets} position_buckets"
    if options.attention_head_size not in {None, options.head_size}:
        yield f"attention_head_size is {options.attention_head_size}; a graph is built for {options.head_size}"
    for name in ("embedding_size", "pooler_hidden_size"):
        if getattr(options, name) not in {None, options.hidden_size}:
            yield f"{name} is {getattr(options, name)}; a graph is built for that of hidden_size, {options.hidden_size}"
