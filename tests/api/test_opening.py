"""From the settings to what the APIs work with."""

import pytest
from msgspec import UNSET
from msgspec.inspect import type_info

from searchrerank.api.opening import Facts, models_of, open_services
from searchrerank.api.routes import DEFAULTS, ROUTES
from searchrerank.config import Api, ApiModel, Configuration, Model, Secret
from searchrerank.errors import ConfigurationError
from searchrerank.scoring import Workers

PATHS = {"v1_rerank": "/v1/rerank", "v2_rerank": "/v2/rerank", "rerank": "/rerank"}


def opened(configuration, facts=()):
    return open_services(configuration, models=None, facts=dict(facts), loaded=lambda: 0, threads=Workers())


@pytest.mark.parametrize(("key", "path"), PATHS.items())
def test_a_shared_path_may_be_any_of_its_apis_by_default(key, path):
    [kind] = [field.type for field in type_info(Api).fields if field.name == key]
    [route] = [route for route in ROUTES if route.template == path]
    assert sorted(kind.values) == sorted(shape.name for shape in route.shapes)


def test_without_settings_the_defaults_are_those_of_the_routes():
    assert opened(Configuration()).defaults == DEFAULTS


def test_each_model_has_the_settings_of_the_first_and_its_own():
    base = Model(name="mini", threads=3, max_tokens=256, cascade="mini", precision="int8")
    entries = (ApiModel(name="/models/a", max_tokens=64), ApiModel(name="someone/b", precision="fp32", aliases=("c",)))
    assert entries[0].precision is UNSET
    assert models_of(Configuration(model=base, api_model=entries)) == {
        "searchrerank-mini-en": Model(name="mini", threads=3, max_tokens=256, precision="int8"),
        "a": Model(name="/models/a", threads=3, max_tokens=64, precision="int8"),
        "someone/b": Model(name="someone/b", threads=3, max_tokens=256, precision="fp32"),
    }


def test_two_models_of_one_name():
    with pytest.raises(ConfigurationError, match=r'api_model\[2\].name = "/b/x": the model x is served already'):
        models_of(Configuration(api_model=(ApiModel(name="/a/x"), ApiModel(name="/b/x"))))


def test_what_is_told_of_a_model_before_and_after_it_is_loaded():
    facts = {}
    services = open_services(
        Configuration(model=Model(name="bge-reranker-base", precision="auto")),
        models=None,
        facts=facts,
        loaded=lambda: 0,
        threads=Workers(),
    )
    [before] = services.served()
    assert (before.name, before.source, before.dtype) == ("bge-reranker-base", "BAAI/bge-reranker-base", "auto")
    facts["bge-reranker-base"] = Facts("bf16", 384)
    [after] = services.served()
    assert (after.dtype, after.max_tokens, after.created) == ("bfloat16", 384, before.created)


def test_keys(tmp_path):
    assert opened(Configuration()).keys() is None
    own = opened(Configuration(api=Api(key=Secret("own"))))
    assert own.keys().find("Bearer own").name == "default"
    (tmp_path / "keys").write_text(f"shop sha256:{'0' * 64}\n")
    both = opened(Configuration(api=Api(key=Secret("own"), keys_file=str(tmp_path / "keys"))))
    assert both.keys().find("Bearer own").name == "default"
