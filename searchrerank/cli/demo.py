"""`searchrerank demo`: the whole path on an embedded engine, with a real collection and the bundled model."""

from collections.abc import Container, Sequence
from typing import Annotated

import msgspec
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from searchrerank.app import running
from searchrerank.cli.serve import run, termination
from searchrerank.config import Configuration, Duration, Model, Rerank, Server
from searchrerank.config import Upstream as UpstreamSettings
from searchrerank.embedded import EmbeddedEngine
from searchrerank.evaluation import Collection, Hit, Measured, bundled_collection, compare, index_collection, ndcg, search_all

__all__ = ["demo"]

_INDEX = "xquad"
_SHOWN = 5
# Enough for nDCG@10 to move, and few enough for all questions to be asked in well under a minute on two cores.
_WINDOW = 10

_Answers = dict[str, list[Hit]]


def demo(
    once: Annotated[bool, typer.Option("--once", help="Leave after the comparison.")] = False,
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the proxy listens.")] = "127.0.0.1:9280",
    model: Annotated[str, typer.Option(metavar="NAME|FOLDER", help="The model that scores.")] = Model().name,
    window: Annotated[int, typer.Option(metavar="N", min=1, max=10_000, help="How many hits are reranked.")] = _WINDOW,
) -> None:
    """Compare an engine's answers with the reranked ones on 1,186 judged questions; needs nothing but this package."""
    run(_demo(once=once, listen="127.0.0.1:0" if once else listen, model=model, window=window))


async def _demo(*, once: bool, listen: str, model: str, window: int) -> None:
    console = Console(highlight=False)
    collection = bundled_collection()
    async with EmbeddedEngine() as engine:
        await index_collection(engine.url, collection, _INDEX)
        configuration = Configuration(
            server=Server(listen=listen),
            upstream=UpstreamSettings(url=engine.url),
            model=Model(name=model),
            # A figure that quietly held the engine's own pages would be none, so nothing fails open here.
            rerank=Rerank(window=window, budget=Duration(60), on_failure="closed"),
        )
        async with running(configuration) as proxy:
            console.print(
                f"{len(collection.documents):,} sentences of Wikipedia (XQuAD, CC BY-SA 4.0) in an engine at {engine.url}\n"
                f"searchrerank in front of it at {proxy.url}, window {window}; {proxy.scorer.describe()}"
            )
            before, after = await _ask_both(console, engine.url, proxy.url, collection)
            _show(console, collection, before, after)
            if not once:
                _show_how_to_ask(console, engine.url, proxy.url)
                await termination().wait()


async def _ask_both(console: Console, engine: str, proxy: str, collection: Collection) -> tuple[_Answers, _Answers]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    answers: list[_Answers] = []
    with Progress(*columns, console=console) as progress:
        for url, what in ((engine, "asking the engine  "), (proxy, "asking searchrerank")):
            task = progress.add_task(what, total=len(collection.queries))
            found: _Answers = {}
            async for query_id, hits in search_all(url, _INDEX, collection.queries):
                found[query_id] = hits
                progress.advance(task)
            answers.append(found)
    before, after = answers
    return before, after


def _show(console: Console, collection: Collection, before: _Answers, after: _Answers) -> None:
    measured = compare(*(ndcg(collection.judgements, _rankings(answers)) for answers in (before, after)))
    for title, chosen in (("The three questions that gain most", measured[:3]), ("The one that loses most", measured[-1:])):
        console.rule(title)
        for each in chosen:
            console.print(_side_by_side(collection, each, before[each.query_id], after[each.query_id]))
    console.rule()
    console.print(
        f"nDCG@10 before {_mean([each.before for each in measured]):.3f} after {_mean([each.after for each in measured]):.3f}"
        f"  ({len(measured):,} judged questions: {sum(each.gain > 0 for each in measured)} gain,"
        f" {sum(each.gain < 0 for each in measured)} lose)"
    )


def _side_by_side(collection: Collection, measured: Measured, before: Sequence[Hit], after: Sequence[Hit]) -> Table:
    """The top of both rankings, the judged answer marked."""
    right = collection.judgements[measured.query_id]
    table = Table(title=collection.queries[measured.query_id], title_justify="left", expand=True, box=SIMPLE_HEAD)
    table.add_column("", width=1)
    table.add_column(f"the engine: nDCG@10 {measured.before:.2f}", ratio=1)
    table.add_column(f"searchrerank: nDCG@10 {measured.after:.2f}", ratio=1)
    for rank in range(min(_SHOWN, max(len(before), len(after)))):
        table.add_row(str(rank + 1), *(_cell(hits, rank, right.keys()) for hits in (before, after)))
    return table


def _cell(hits: Sequence[Hit], rank: int, right: Container[str]) -> Text:
    if rank >= len(hits):
        return Text()
    hit = hits[rank]
    is_right = hit.id in right
    return Text(f"{'✓ ' if is_right else ''}{hit.score:.3f}  {hit.text}", style="bold green" if is_right else "")


def _rankings(answers: _Answers) -> dict[str, list[str]]:
    return {query: [hit.id for hit in hits] for query, hits in answers.items()}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _show_how_to_ask(console: Console, engine: str, proxy: str) -> None:
    body = msgspec.json.encode({"query": {"match": {"text": "who founded the university?"}}, "size": 3}).decode()
    console.print("Ask it yourself (Ctrl-C ends it), and compare with the engine's own answer:")
    for url in (proxy, engine):
        command = f"curl -i '{url}/{_INDEX}/_search?pretty' -H 'Content-Type: application/json' -d '{body}'"
        console.print(f"  {command}", soft_wrap=True, markup=False)
