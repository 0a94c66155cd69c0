"""The tuner: what it tries, what it turns away, what it remembers."""

import asyncio
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from searchrerank.config import Model
from searchrerank.errors import ModelError, ScorerError
from searchrerank.models.cpu import Cpu
from searchrerank.scoring import open_scorer
from searchrerank.scoring.opening import tuner_of
from searchrerank.scoring.padding import Padding
from searchrerank.scoring.pairs import Pair
from searchrerank.scoring.tuning import Choice, Tuner, tuner
from searchrerank.scoring.tuning.choice import Calls, Conditions, Contender, Tuned
from searchrerank.scoring.tuning.mates import alike, mates
from searchrerank.scoring.tuning.race import Entrant, _Runner, calls, race, windows
from searchrerank.scoring.tuning.tuner import _ranked
from searchrerank.scoring.tuning.ways import Way, open_ways

ZEN3 = Cpu("x86_64", "Zen 3", frozenset({"avx2", "fma"}))
SAPPHIRE = Cpu("x86_64", "Sapphire Rapids", frozenset({"avx2", "fma", "avx512_vnni", "avx512_bf16", "amx_bf16"}))
ICE = Cpu("x86_64", "Ice Lake", frozenset({"avx2", "fma", "avx512_vnni"}))


class Scripted:
    """Takes so many seconds for a pair; logits depend on the call's size where `batched` says so."""

    def __init__(self, seconds: float = 0.0, *, batched: bool = False, broken: bool = False):
        self.seconds, self.batched, self.broken = seconds, batched, broken
        self.calls: list[list[int]] = []
        self.threads: set[int] = set()

    masks = True

    def run(self, ids, type_ids, mask):
        self.calls.append(mask.sum(axis=1).tolist())
        self.threads.add(threading.get_ident())
        if self.broken:
            raise ScorerError("broken")
        time.sleep(self.seconds * len(ids))
        return ids.sum(axis=1) / (3.0 + (self.batched and len(ids)))


def pairs(lengths: Iterable[int]) -> list[Pair]:
    random = np.random.default_rng(1)
    return [Pair(random.integers(0, 99, length), np.zeros(length, np.int64)) for length in lengths]


def test_a_window_has_short_and_long_pairs():
    made = windows(pairs(range(10, 394)))
    assert [len(window) for window in made] == [96] * 4
    for window in made:
        lengths = [len(pair.ids) for pair in window]
        assert min(lengths) < 20
        assert max(lengths) > 380


def test_a_window_is_called_by_lengths():
    window = pairs([20, 20, 20, 21, 500, 500])
    assert [[len(pair.ids) for pair in call] for call in calls(window, Padding(), 2)] == [[500], [500], [20, 20], [21], [20]]
    assert [[len(pair.ids) for pair in call] for call in calls(window, Padding(16), 32)] == [
        [500],
        [500],
        [20, 20, 20, 21],
    ]
    assert [len(call) for call in calls(pairs([20] * 27), Padding(), 32)] == [24, 3]


def test_mates_are_as_different_as_a_call_may_have_them():
    made = mates(pairs(range(30, 600, 2)), Padding(16), 32, 4)
    lengths = [[len(pair.ids) for pair in each] for each in made]
    assert lengths[0] == [30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 30, 29]  # 16 times 32 tokens
    assert [len(each) for each in lengths] == [16, 1, 1, 1]
    assert {len(pair.ids) for pair in mates(pairs(range(30, 70)), Padding(), 32, 1)[0]} == {30}


def test_the_fastest_is_found():
    entrants = {name: Entrant(Scripted(seconds), 2, 1) for name, seconds in {"slow": 0.01, "fast": 0.0005}.items()}
    speeds = race(entrants, windows(pairs(range(10, 60))), 0)
    assert max(speeds, key=speeds.get) == "fast"


def test_a_lap_that_the_machine_held_up_tells_nothing(monkeypatch):
    laps = {1: [0.01, 0.9, 0.01], 2: [0.02, 0.02, 0.02]}
    monkeypatch.setattr(_Runner, "warm_up", lambda self, window: None)
    monkeypatch.setattr(_Runner, "lap", lambda self, window: laps[self._entrant.threads].pop(0) * len(window))
    speeds = race({name: Entrant(Scripted(), name, 1) for name in laps}, windows(pairs([20] * 8)), 0)
    assert speeds == pytest.approx({1: 100, 2: 50})


@pytest.mark.parametrize(
    ("speeds", "chosen"),
    [
        ({("onnxruntime", "int8"): 78, ("openvino", "int8"): 100, ("onnxruntime", "fp32"): 50}, ("onnxruntime", "int8")),
        ({("onnxruntime", "int8"): 76, ("openvino", "int8"): 100}, ("openvino", "int8")),
        ({("onnxruntime", "int8"): 100, ("openvino", "int8"): 90}, ("onnxruntime", "int8")),
        # int8 loses something of the ranking, so it has no advantage over another precision.
        ({("onnxruntime", "int8"): 99, ("openvino", "bf16"): 100}, ("openvino", "bf16")),
    ],
)
def test_onnx_runtime_is_chosen_unless_openvino_is_clearly_faster(speeds, chosen):
    first, *others = _ranked({Choice(*way, 2): speed for way, speed in speeds.items()})
    assert (first.runtime, first.precision) == chosen
    assert [speeds[each.runtime, each.precision] for each in others] == sorted(set(speeds.values()) - {speeds[chosen]})[::-1]


def test_why_tells_of_the_one_that_is_faster():
    rows = [Contender(Choice(runtime, "int8", 2), speed) for runtime, speed in (("onnxruntime", 97), ("openvino", 100))]
    conditions = Conditions(1, "cpu", 2, {}, {}, {})
    why = Tuned(conditions, rows[0].choice, tuple(rows)).why
    assert why == "measured: 0.97 times as fast as int8 in openvino, which takes more memory"
    assert Tuned(conditions, rows[1].choice, tuple(rows[::-1])).why == "measured: 1.03 times as fast as int8 in onnxruntime"


def test_calls_are_made_in_the_size_that_is_asked_for():
    session = Scripted()
    race({"one": Entrant(session, 1, 3)}, windows(pairs([20] * 40)), 0)
    assert {len(call) for call in session.calls} == {1, 3}  # a window has ten pairs


def test_calls_that_do_not_come_out_even_among_the_threads_are_no_slower():
    """A window makes six calls of four pairs for eight threads; each is long beside a busy machine's pauses."""
    entrants = {together: Entrant(Scripted(0.05), 8, together) for together in (1, 4)}
    speeds = race(entrants, windows(pairs([20] * 96)), 0)
    assert 0.8 < speeds[4] / speeds[1] < 1.25


def test_the_threads_of_a_race_stay():
    """A session may keep something for each thread that calls it, as OpenVINO's does."""
    session = Scripted(0.001)
    race({"one": Entrant(session, 2, 1)}, windows(pairs(range(10, 60))), 0)
    assert len(session.threads) == 2


def test_a_session_that_breaks_ends_the_race():
    with pytest.raises(ScorerError, match="broken"):
        race({"one": Entrant(Scripted(broken=True), 2, 1)}, windows(pairs(range(10, 60))), 0)


def test_a_logit_that_depends_on_its_mates_is_seen():
    session, padding = Scripted(), Padding(16)
    work = mates(pairs(range(10, 60)), padding, 32, 12)
    assert alike(session, work, padding, 2)
    assert {2, 3, 4, 6, 8, 12, 16, 24, 32} <= {len(call) for call in session.calls}
    assert not alike(Scripted(batched=True), work, padding, 2)


def test_calls_are_larger_in_openvino():
    """A shape costs more there, and attention's scores take half the bytes."""
    fit = {runtime: Choice(runtime, "int8", 2, 32, 16).padding(500) for runtime in ("onnxruntime", "openvino")}
    assert [[padding.fitting(width) for width in (32, 128, 200, 500)] for padding in fit.values()] == [
        [16, 2, 1, 1],
        [32, 4, 2, 1],
    ]
    assert {padding.width(490) for padding in fit.values()} == {496}
    assert {padding.width(498) for padding in fit.values()} == {500}


@pytest.mark.parametrize(
    ("settings", "cpu", "ways"),
    [
        ({}, ZEN3, ["int8 in onnxruntime", "fp32 in onnxruntime", "fp32 in openvino"]),
        ({}, SAPPHIRE, ["int8 in onnxruntime", "fp32 in onnxruntime", "int8 in openvino", "bf16 in openvino"]),
        ({}, ICE, ["int8 in onnxruntime", "fp32 in onnxruntime", "int8 in openvino", "fp32 in openvino"]),
        ({"runtime": "openvino"}, SAPPHIRE, ["int8 in openvino", "bf16 in openvino"]),
        ({"runtime": "openvino", "precision": "int8"}, ICE, ["int8 in openvino"]),
        ({"runtime": "onnxruntime"}, ZEN3, ["int8 in onnxruntime", "fp32 in onnxruntime"]),
        ({"precision": "int8"}, ZEN3, ["int8 in onnxruntime"]),
        ({"precision": "fp32"}, SAPPHIRE, ["fp32 in onnxruntime", "fp32 in openvino"]),
        ({"precision": "bf16"}, SAPPHIRE, ["bf16 in openvino"]),
    ],
)
def test_what_is_open(settings, cpu, ways):
    assert [str(way) for way in open_ways(Model(**settings), cpu)] == ways


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"precision": "bf16"}, "this CPU does not multiply bf16"),
        ({"precision": "int8", "runtime": "openvino"}, "this CPU does not multiply bytes"),
        (
            {"precision": "bf16", "runtime": "onnxruntime"},
            "right are int8 and fp32 in onnxruntime, int8, bf16 and fp32 in openvino",
        ),
    ],
)
def test_what_is_closed(settings, message):
    with pytest.raises(ModelError, match=message):
        open_ways(Model(**settings), ZEN3)


def test_without_openvino(monkeypatch):
    monkeypatch.setattr("searchrerank.scoring.tuning.ways.installed", lambda: {"onnxruntime": "1.20"})
    assert open_ways(Model(), SAPPHIRE) == [Way("onnxruntime", "int8"), Way("onnxruntime", "fp32")]
    with pytest.raises(ModelError, match=r"OpenVINO is not installed: install searchrerank\[openvino\]"):
        open_ways(Model(runtime="openvino"), ZEN3)


@pytest.fixture
def quick(monkeypatch):
    """No time for a race beyond its three rounds."""
    monkeypatch.setattr(tuner, "_SECONDS", 0)


@pytest.fixture
def tune(quick, stand_in, tmp_path):
    """A tuner of the tiny BERT whose models folder is the test's own. The gate is off: random weights rank at random."""

    def tune(**settings) -> Tuner:
        return tuner_of(stand_in("tiny-bert"), Model(**{"folder": str(tmp_path / "models"), "gate": 0.0} | settings))

    return tune


def never(*arguments):
    raise AssertionError("raced again")


def test_the_table_tells_who_raced_and_who_was_out(tune):
    tuned = tune().tuned()
    raced = [each for each in tuned.contenders if each.speed]
    assert {(each.choice.runtime, each.choice.precision) for each in raced} >= {
        ("onnxruntime", "int8"),
        ("onnxruntime", "fp32"),
    }
    assert [each.speed for each in raced[1:]] == sorted((each.speed for each in raced[1:]), reverse=True)
    assert all(each.speed < raced[0].speed * 1.05 for each in raced[1:])
    assert tuned.choice == raced[0].choice
    assert "times as fast as" in tuned.why
    # Activations are rounded by ranges that are known beforehand: int8 may share calls.
    assert {each.choice.pairs_a_call for each in raced if each.choice.precision == "int8"} == {32}


def test_int8_that_finds_its_ranges_in_each_call_shares_none(tune, monkeypatch):
    monkeypatch.setattr("searchrerank.models.quantise.guarded.activations", lambda graph: [])
    tuned = tune().tuned()
    assert [each.out for each in tuned.contenders if each.choice == Choice("onnxruntime", "int8", each.choice.threads, 32)] == [
        "a logit depends on the other pairs of its call"
    ]


def test_int8_that_finds_its_ranges_in_each_call_is_not_for_openvino(tune, monkeypatch):
    monkeypatch.setattr("searchrerank.models.quantise.guarded.activations", lambda graph: [])
    monkeypatch.setattr("searchrerank.scoring.opening.this_cpu", lambda: SAPPHIRE)
    [out] = [each.out for each in tune(runtime="openvino").tuned().contenders if each.choice.precision == "int8"]
    assert out == "int8 by ranges that are known beforehand was refused; OpenVINO takes no other"


def test_what_was_found_is_remembered(tune, monkeypatch):
    found = tune().tuned()
    monkeypatch.setattr(tuner, "race", never)
    assert tune().tuned() == found
    with pytest.raises(AssertionError, match="raced again"):
        tune().tuned(again=True)


@pytest.mark.parametrize(
    ("precision", "ranges", "together"), [("fp32", "none", 32), ("int8", "fixed", 32), ("int8", "of a call", 1)]
)
def test_a_way_that_is_named_shares_calls_where_no_logit_changes(
    stand_in, tmp_path, monkeypatch, *, precision, ranges, together
):
    if ranges == "of a call":
        monkeypatch.setattr("searchrerank.models.quantise.guarded.activations", lambda graph: [])
    settings = Model(name="tiny", folder=str(tmp_path), gate=0.0, precision=precision, runtime="onnxruntime")
    monkeypatch.setattr(tuner, "race", never)
    opened = open_scorer(stand_in("tiny-bert"), settings)
    assert (opened.precision, opened.pairs_a_call) == (precision, together)
    assert "as configured" in opened.describe()


def test_that_is_proven_once(stand_in, tmp_path, monkeypatch):
    settings = Model(name="tiny", folder=str(tmp_path), precision="fp32", runtime="onnxruntime")
    first = open_scorer(stand_in("tiny-bert"), settings)
    monkeypatch.setattr(tuner, "alike", never)
    assert open_scorer(stand_in("tiny-bert"), settings).pairs_a_call == first.pairs_a_call == 32


CHANGES = [
    pytest.param(lambda patch: {"threads": 1}, id="threads"),
    pytest.param(lambda patch: {"max_tokens": 64}, id="length"),
    pytest.param(lambda patch: {"gate": 0.001}, id="gate"),
    pytest.param(lambda patch: {"runtime": "onnxruntime"}, id="runtime"),
    pytest.param(lambda patch: patch.setattr(tuner, "RECIPE", 999), id="recipe"),
    pytest.param(lambda patch: patch.setitem(tuner.CALLS, "onnxruntime", Calls(1, 2, 512, 40_000)), id="padding"),
    pytest.param(lambda patch: patch.setattr(tuner, "installed", lambda: {"onnxruntime": "0"}), id="versions"),
    pytest.param(lambda patch: patch.setattr("searchrerank.scoring.cores.available", lambda: 7), id="cores"),
    pytest.param(lambda patch: patch.setattr("searchrerank.scoring.opening.this_cpu", lambda: SAPPHIRE), id="cpu"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_no_longer_holds_is_measured_anew(tune, monkeypatch, change):
    tune().tuned()
    settings = change(monkeypatch) or {}
    monkeypatch.setattr(tuner, "race", never)
    with pytest.raises(AssertionError, match="raced again"):
        tune(**settings).tuned()


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(path.read_bytes()[:-30]), lambda path: path.write_text("{}")])
def test_a_memory_that_is_damaged_is_none(tune, damage):
    first = tune()
    found = first.tuned()
    damage(first._path("tuned"))
    assert tune().tuned().conditions == found.conditions
    assert msgspec.json.decode(first._path("tuned").read_bytes())["choice"]["threads"] == found.choice.threads


def test_the_gate_turns_away_what_ranks_otherwise(tune, caplog):
    """Random weights give logits so close to each other that int8 ranks at random."""
    tuned = tune(gate=0.9999).tuned()
    refused = [each for each in tuned.contenders if each.choice.precision == "int8"]
    assert {each.choice.runtime for each in refused} >= {"onnxruntime"}
    for each in refused:
        assert each.speed is None
        assert each.out.startswith("int8 was refused: nDCG retention 0.")
    assert tuned.choice.precision == "fp32"


async def test_the_scorer_runs_as_was_chosen(quick, stand_in, tmp_path, passages):
    settings = Model(name="tiny", folder=str(tmp_path), gate=0.0, runtime="onnxruntime")
    scorer = open_scorer(stand_in("tiny-bert"), settings)
    choice = tuner_of(stand_in("tiny-bert"), settings).tuned().choice
    assert (scorer.precision, scorer.threads) == (choice.precision, choice.threads)
    assert f"; {choice.runtime}, measured: " in scorer.describe()
    assert len(await scorer.score("how do volcanoes form", passages)) == len(passages)
    await scorer.close()


def identity(folder: Path, settings: Model) -> str:
    scorer = open_scorer(folder, settings)
    asyncio.run(scorer.close())
    return scorer.identity


def test_the_identity_tells_apart_what_scores_apart(stand_in, tmp_path):
    def of(name="tiny-bert", **settings):
        return identity(stand_in(name), Model(**{"folder": str(tmp_path), "precision": "fp32"} | settings))

    one = of()
    assert of() == one
    assert of(threads=1) == one  # how many work decides nothing
    others = [
        of(precision="int8", gate=0.0),
        of(runtime="openvino"),
        of(max_tokens=64),
        of("tiny-xlm-roberta"),
    ]
    assert len({one, *others}) == 5


def test_a_model_without_weights_in_fp32_is_not_tuned(bundled, tmp_path):
    with pytest.raises(ModelError, match="there are no weights in fp32"):
        tuner_of(bundled, Model(folder=str(tmp_path)))


def test_the_bundled_model_opens_without_measuring_and_without_writing(bundled, tmp_path):
    folder = tmp_path / "models"
    assert identity(bundled, Model(folder=str(folder)))
    assert not folder.exists()
