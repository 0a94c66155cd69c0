"""`searchrerank bench`: how fast it is on this machine, beside those that do the same work."""

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.console import Console

from searchrerank.bench import api, proxy, scoring
from searchrerank.bench.machine import programs, this_machine
from searchrerank.bench.report import Report
from searchrerank.config.settings import Model, Precision
from searchrerank.errors import ConfigurationError
from searchrerank.evaluation import bundled_collection, read_collection
from searchrerank.models import resolve
from searchrerank.models.checkpoint import Checkpoint

__all__ = ["app"]


def _end_as_ctrl_c_does() -> None:
    """Have SIGTERM end the programs that a run has started as well."""
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))


app = typer.Typer(
    callback=_end_as_ctrl_c_does, help="Measure how fast searchrerank is on this machine, beside others.", no_args_is_help=True
)

_PACKAGES = ("searchrerank", "onnxruntime", "openvino", "tokenizers", "fastembed", "flashrank")

OutOption = Annotated[Path, typer.Option(metavar="FOLDER", help="Where the report is written.", file_okay=False)]
QuickOption = Annotated[bool, typer.Option("--quick", help="About a minute: less of everything.")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of searchrerank, as in config.toml.")
]


@app.command("scoring")
def bench_scoring(
    *,
    model: Annotated[str, typer.Option(metavar="NAME|FOLDER", help="The model that scores.")] = Model().name,
    collection: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="A judged collection in BEIR's layout; else the bundled one.")
    ] = None,
    threads: Annotated[int, typer.Option(metavar="N", min=0, help="Of everyone; 0 leaves it to each.")] = 0,
    precision: Annotated[str, typer.Option(metavar="auto,fp32,…", help="Of searchrerank.")] = "auto,fp32",
    peers: Annotated[str, typer.Option(metavar="NAME,…", help="Who else is measured.")] = ",".join(scoring.PEERS),
    peers_python: Annotated[
        str, typer.Option(metavar="PATH", help="The interpreter that fastembed and FlashRank run in.")
    ] = "",
    settings: SetOption = None,
    out: OutOption = Path("bench-results"),
    quick: QuickOption = False,
) -> None:
    """Measure how fast pairs are scored: by length, by window, under concurrency; memory, start, repeated traffic."""
    precisions = _among("--precision", precision, get_args(Precision))
    checkpoint = Checkpoint.read(resolve(model, progress=True))
    texts = bundled_collection() if collection is None else read_collection(collection)
    contenders = scoring.contenders(
        checkpoint.folder.resolve(),
        threads=threads or None,
        max_tokens=checkpoint.max_tokens,
        precisions=precisions,
        settings=_settings(settings or ()),
        peers=_among("--peers", peers, tuple(scoring.PEERS)),
    )
    machine = this_machine(_PACKAGES)
    console = Console(highlight=False, soft_wrap=True)
    with console.status("starting") as status:
        measured = asyncio.run(
            scoring.measure(
                contenders,
                scoring.Workload(texts, checkpoint.tokenizer),
                scoring.QUICK if quick else scoring.FULL,
                pythons={each.name: peers_python for each in contenders if each.is_package and peers_python},
                progress=status.update,
            )
        )
    report = scoring.report(checkpoint, texts.name, contenders, measured, machine)
    _finish(console, report, out, f"scoring-{checkpoint.folder.name}")


@app.command("proxy")
def bench_proxy(*, settings: SetOption = None, out: OutOption = Path("bench-results"), quick: QuickOption = False) -> None:
    """Measure what the proxy costs: requests passed through and searches reranked, beside nginx and a bare relay."""
    machine = this_machine(("searchrerank", "aiohttp", "uvloop"), programs("nginx", "wrk"))
    console = Console(highlight=False, soft_wrap=True)
    with console.status("starting") as status:
        measured = asyncio.run(
            proxy.measure(proxy.QUICK if quick else proxy.FULL, settings=_settings(settings or ()), progress=status.update)
        )
    report = proxy.report(measured, machine)
    _finish(console, report, out, "proxy")


@app.command("api")
def bench_api(
    *,
    model: Annotated[str, typer.Option(metavar="NAME|FOLDER", help="The model that scores.")] = Model().name,
    infinity: Annotated[str, typer.Option(metavar="PATH", help="The program infinity_emb, where it is not on the PATH.")] = "",
    tei: Annotated[
        str, typer.Option(metavar="PATH", help="The program text-embeddings-router, where it is not on the PATH.")
    ] = "",
    settings: SetOption = None,
    out: OutOption = Path("bench-results"),
    quick: QuickOption = False,
) -> None:
    """Measure what the rerank APIs cost over the scorer alone, under load and overload, beside other servers of such APIs."""
    checkpoint = Checkpoint.read(resolve(model, progress=True))
    texts = bundled_collection()
    machine = this_machine(("searchrerank", "aiohttp", "uvloop", "onnxruntime", "openvino", "tokenizers"))
    console = Console(highlight=False, soft_wrap=True)
    with console.status("starting") as status:
        measured = asyncio.run(
            api.measure(
                checkpoint.folder.resolve(),
                scoring.Workload(texts, checkpoint.tokenizer),
                api.QUICK if quick else api.FULL,
                settings=_settings(settings or ()),
                programs={"infinity": infinity, "TEI": tei},
                progress=status.update,
            )
        )
    report = api.report(checkpoint.folder.name, texts.name, measured, machine)
    _finish(console, report, out, f"api-{checkpoint.folder.name}")


def _among(option: str, text: str, known: Sequence[str]) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in names if name not in known]:
        raise typer.BadParameter(f"{unknown[0]!r} is not one of {', '.join(known)}", param_hint=option)
    return names


def _settings(given: Sequence[str]) -> Mapping[str, str]:
    pairs = [each.partition("=") for each in given]
    if wrong := [key for key, sign, _ in pairs if not (sign and "." in key)]:
        raise ConfigurationError(f"--set {wrong[0]}: not KEY=VALUE with a key such as model.threads")
    return {key: value for key, _, value in pairs}


def _finish(console: Console, report: Report, out: Path, name: str) -> None:
    report.write(out, name)
    report.show(console)
    print(f"The whole report is in {out / name}.md", file=sys.stderr)
