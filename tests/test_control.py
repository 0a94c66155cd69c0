import pytest

from searchrerank.config import Control as Settings
from searchrerank.config import Rerank
from searchrerank.config.controls import CONTROLS
from searchrerank.control import HEADERS, Control, control_of
from searchrerank.errors import BadRequestError
from searchrerank.message import Headers


def headers(**values):
    return Headers(tuple((f"X-Searchrerank{name and '-'}{name}", value) for name, value in values.items()))


def test_every_wish_can_be_said_in_a_header_and_in_the_body():
    said = {"": "shadow", "model": "m", "window": "20", "budget": "300ms", "fields": "title, body"}
    expected = Control("shadow", "m", 20, 0.3, ("title", "body"))
    assert control_of(headers(**said), None, CONTROLS) == expected
    body = {"mode": "shadow", "model": "m", "window": 20, "budget": "300ms", "fields": ["title", "body"]}
    assert control_of(Headers(), body, CONTROLS) == expected
    assert len(HEADERS) == len(CONTROLS)


def test_a_header_is_stronger_than_the_body():
    assert control_of(headers(window="9"), {"window": 3, "mode": "on"}, CONTROLS) == Control(mode="on", window=9)


def test_who_asks_for_nothing_gets_the_settings_as_they_are():
    assert control_of(Headers((("X-Other", "1"),)), None, ()) == Control()
    assert Control().over(Rerank()) == Rerank()
    assert Control(window=3, fields=("a",)).over(Rerank(scores="raw")) == Rerank(window=3, fields=("a",), scores="raw")


@pytest.mark.parametrize(
    ("extension", "message"),
    [
        ([], "[ext.searchrerank] must be an object"),
        ({"windw": 3}, "[ext.searchrerank.windw] is unknown; known are mode, model, window, budget, fields"),
        ({"window": True}, "[ext.searchrerank.window] is [True]; right is a whole number from 1 to 10000"),
        ({"window": "many"}, "[ext.searchrerank.window] is [many]; right is a whole number from 1 to 10000"),
        ({"budget": 3}, "[ext.searchrerank.budget] is [3]; right is "),
        ({"fields": []}, "[ext.searchrerank.fields] is [[]]; right is one or more names of fields"),
        ({"fields": [3]}, "[ext.searchrerank.fields] is [[3]]; right is one or more names of fields"),
        ({"model": ""}, "[ext.searchrerank.model] is []; right is a model's name"),
        ({"mode": ["on"]}, "[ext.searchrerank.mode] is [['on']]; right is on, off or shadow"),
    ],
)
def test_what_is_wrong_is_told_by_its_name(extension, message):
    with pytest.raises(BadRequestError) as refused:
        control_of(Headers(), extension, CONTROLS)
    assert str(refused.value).startswith(message)


def test_by_default_a_request_may_only_choose_whether_it_is_reranked():
    allowed = Settings().allow
    assert control_of(headers(**{"": "off"}), None, allowed) == Control(mode="off")
    with pytest.raises(BadRequestError, match="not allowed here"):
        control_of(headers(window="10000"), None, allowed)
