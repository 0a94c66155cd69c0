"""The sample file and the documentation tell every key with its default, and nothing more."""

import re
import tomllib
from pathlib import Path

import pytest
from msgspec import NODEFAULT, UNSET
from msgspec.structs import fields

from searchrerank.config import ApiModel, Configuration, Rule, load
from searchrerank.config.toml import literal
from searchrerank.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
SAMPLE = (ROOT / "config.toml").read_text()
MANUAL = (ROOT / "docs" / "configuration.md").read_text()
LISTS = {"rule": Rule, "api_model": ApiModel}
SECTIONS = {name: type(getattr(Configuration(), name)) for name in Configuration.__struct_fields__ if name not in LISTS}
STRUCTS = {**SECTIONS, **LISTS}


def keys(struct):
    return list(struct.__struct_fields__)


def defaults(struct):
    return {field.name: field.default for field in fields(struct)}


def test_the_sample_loads_as_the_defaults():
    loaded = load(None, {}, {}, ROOT)
    assert loaded.configuration == Configuration()
    assert loaded.source == "config.toml"
    assert not any(line.startswith("[[") for line in SAMPLE.splitlines())


def sample_section(name):
    return re.search(rf"^(?:# )?\[+{name}\]+$\n(.*?)(?=^(?:# )?\[|\Z)", SAMPLE, re.MULTILINE | re.DOTALL)[1]


@pytest.mark.parametrize("name", SECTIONS)
def test_the_sample_has_every_key_once_in_order(name):
    found = re.findall(r"^(?:# )?([a-z0-9_]+) = ", sample_section(name), re.MULTILINE)
    assert list(dict.fromkeys(found)) == keys(SECTIONS[name])
    set_in_sample = tomllib.loads(SAMPLE)[name]
    assert set_in_sample.keys() == {key for key, value in defaults(SECTIONS[name]).items() if value is not None}


def test_every_key_of_the_sample_has_a_comment_above():
    for block in re.split(r"\n(?=\[)", SAMPLE)[1:]:
        assert block.splitlines()[1].startswith("# ")


@pytest.mark.parametrize(("name", "number"), [("rule", 2), ("api_model", 1)])
def test_the_commented_tables_load_and_have_every_key(name, number, tmp_path):
    blocks = re.findall(rf"^# \[\[{name}\]\]\n(?:# .*\n)+", SAMPLE, re.MULTILINE)
    (tmp_path / "config.toml").write_text("".join(blocks).replace("# ", ""))
    loaded = load(None, {}, {}, tmp_path)
    assert len(getattr(loaded.configuration, name)) == number
    last = f"{name}[{number}]."
    assert [key.removeprefix(last) for key in loaded.origins if key.startswith(last)] == keys(LISTS[name])


def rows(name):
    section = MANUAL[re.search(rf"^## `\[+{name}\]+`$", MANUAL, re.MULTILINE).end() :].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| `")]
    return {key.strip("`"): (kind, default, meaning) for key, kind, default, meaning in cells}


@pytest.mark.parametrize("name", STRUCTS)
def test_the_manual_has_every_key_with_its_default(name):
    spelt = {None: "not set", UNSET: "inherited", NODEFAULT: "none"}
    expected = {
        key: spelt[value] if value is None or value in (UNSET, NODEFAULT) else f"`{literal(value)}`"
        for key, value in defaults(STRUCTS[name]).items()
    }
    assert {key: default for key, (_, default, _) in rows(name).items()} == expected
    assert list(rows(name)) == keys(STRUCTS[name])


def test_the_manual_has_every_section_and_no_other():
    assert set(re.findall(r"^## `\[+(\w+)\]+`$", MANUAL, re.MULTILINE)) == set(STRUCTS)


def words(kind):
    return re.fullmatch(r"(?:`[a-z0-9-]+`(?:, )?)+", kind) and re.findall(r"`([\w-]+)`", kind)


@pytest.mark.parametrize("name", STRUCTS)
def test_the_manual_has_the_allowed_words(name, tmp_path):
    """An error lists the words that are allowed; the manual's are the same."""
    header = f"[[{name}]]" if name in LISTS else f"[{name}]"
    for key, (kind, _, _) in rows(name).items():
        (tmp_path / "config.toml").write_text(f'{header}\n{key} = "no such word"\n')
        try:
            load(None, {}, {}, tmp_path)
            told = None
        except ConfigurationError as error:
            found = re.search(r": one of (.*)$", str(error), re.MULTILINE)
            told = found and found[1].split(", ")
        assert sorted(words(kind) or []) == sorted(told or [])


EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", MANUAL, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_manual_load(example, tmp_path):
    (tmp_path / "elasticsearch").write_text("ApiKey bXkta2V5\n")
    (tmp_path / "config.toml").write_text(example.replace("/run/secrets/", f"{tmp_path}/"))
    loaded = load(None, {"ELASTICSEARCH_AUTHORIZATION": "ApiKey bXkta2V5"}, {}, tmp_path)
    assert loaded.origins
    assert len(EXAMPLES) == 4


def test_the_errors_in_the_manual_are_what_is_told(tmp_path):
    told = re.search(r"^```text\n(.*?)\n^```$", MANUAL, re.MULTILINE | re.DOTALL)[1]
    (tmp_path / "config.toml").write_text('[rerank]\nbudgett = "2s"\nwindow = 0\n')
    with pytest.raises(ConfigurationError) as caught:
        load(None, {"SEARCHRERANK_UPSTREAM_URL": "localhost:9200"}, {}, tmp_path)
    assert str(caught.value) == told
