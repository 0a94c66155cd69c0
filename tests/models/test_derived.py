"""What another runtime makes of the graph in fp32, kept beside it."""

import errno
import logging

import pytest
from stand_ins import make

from searchrerank.models.built import built_folder
from searchrerank.models.checkpoint import Checkpoint
from searchrerank.models.cpu import this_cpu
from searchrerank.models.source import find_source
from searchrerank.models.variants import Variants


@pytest.fixture
def variants(tmp_path):
    source = find_source(Checkpoint.read(make.stand_in("tiny-bert")))
    return Variants(source, built_folder(tmp_path, source.digest), this_cpu(), progress=False)


def test_is_made_once(variants):
    asked = []

    def derive(graph, folder):
        asked.append(graph)
        (folder / "model.xml").write_text("a graph")
        (folder / "model.bin").write_bytes(b"its weights")

    first = variants.derived("other", derive)
    assert variants.derived("other", derive) == first
    assert asked == [variants.fp32().graph]
    assert first.graph.name == "model.xml"
    assert first.graph.read_text() == "a graph"
    assert first.digest != variants.fp32().digest


def test_that_in_fp32_is_used_where_it_cannot_be_written(variants, caplog):
    def full(graph, folder):
        raise OSError(errno.ENOSPC, "No space left on device")

    with caplog.at_level(logging.WARNING):
        assert variants.derived("other", full) == variants.fp32()
    assert "no disk has room for other-" in caplog.text
    assert "the graph in fp32 is used" in caplog.text
