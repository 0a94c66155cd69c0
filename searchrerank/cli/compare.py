"""`searchrerank compare`: what a proxy changes, found by asking it and the engine behind it the same."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from searchrerank.compare import IGNORED_HEADERS, SCORES, TOOK, RequestsFileError, Result, read_requests, replay
from searchrerank.config.addresses import check_url
from searchrerank.message import Request

__all__ = ["compare"]

_TOLERABLE = {"took": TOOK, "scores": SCORES}
_LONGEST = 160
_KIND = re.compile(r"[\w-]+(?:; reason=[\w-]+)?")
_BROKEN = 2


def compare(
    *,
    upstream: Annotated[str, typer.Option(metavar="URL", help="The search engine's address.")],
    proxy: Annotated[str, typer.Option(metavar="URL", help="The proxy's address.")],
    requests: Annotated[Path, typer.Option(metavar="FILE", help="The recorded requests, one JSON object a line.")],
    ignore_header: Annotated[list[str] | None, typer.Option(metavar="NAME", help="A header that may differ.")] = None,
    tolerate: Annotated[str, typer.Option(metavar="took,scores", help="Whose numbers may differ.")] = "took",
    concurrency: Annotated[int, typer.Option(min=1, metavar="N", help="Requests under way at once.")] = 1,
) -> None:
    """Replay requests against an engine and a proxy, and print every difference.

    Every request is sent to both. The exit status is 0 without a difference, 1 with one, 2 for a file that cannot be read.
    """
    names = frozenset[str]().union(*map(_tolerable, filter(None, tolerate.split(","))))
    ignored = IGNORED_HEADERS | {name.lower() for name in ignore_header or ()}
    results = replay(
        _read(requests),
        upstream=_address("--upstream", upstream),
        proxy=_address("--proxy", proxy),
        tolerate=names,
        ignored=ignored,
        concurrency=concurrency,
    )
    if asyncio.run(_print(results, requests)):
        raise typer.Exit(1)


def _tolerable(name: str) -> frozenset[str]:
    if name not in _TOLERABLE:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(_TOLERABLE)}", param_hint="--tolerate")
    return _TOLERABLE[name]


def _address(option: str, url: str) -> str:
    try:
        check_url(url)
    except ValueError as error:
        raise typer.BadParameter(f"{url!r}: {error}", param_hint=option) from None
    return url


def _read(file: Path) -> Sequence[tuple[int, Request]]:
    """The whole file, so that nothing is sent where a line of it is broken."""
    try:
        with file.open("rb") as lines:
            return list(read_requests(lines, str(file)))
    except (OSError, RequestsFileError) as error:
        told = f"{file}: {error.strerror}" if isinstance(error, OSError) else str(error)
        typer.echo(f"searchrerank: {told}", err=True)
        raise typer.Exit(_BROKEN) from None


async def _print(results: AsyncIterator[Result], file: Path) -> int:
    """Print the differences as they are found, and then the summary. Returns how many requests differ."""
    reports: Counter[str] = Counter()
    differing = 0
    async for result in results:
        reports[_kind(result.report)] += 1
        if result.differences:
            differing += 1
            typer.echo(_told(result, file))
    counts = ", ".join(f"{kind} {count}" for kind, count in reports.most_common())
    verb = "differs" if differing == 1 else "differ"
    typer.echo(f"{reports.total()} requests, {differing} {verb}; X-Searchrerank: {counts or 'none'}")
    return differing


def _kind(report: str | None) -> str:
    """What the header said, less its numbers and names: `reranked`, `passed; reason=sorted`, …."""
    found = _KIND.match(report or "absent")
    return found[0] if found else "unreadable"


def _told(result: Result, file: Path) -> str:
    """The request's place in the file, then a line for each difference, with both values below."""
    lines = [f"{file}:{result.line}: {result.request.method} {result.request.target}"]
    for difference in result.differences:
        lines += (
            f"  {difference.where}",
            f"    upstream  {_shortened(difference.upstream)}",
            f"    proxy     {_shortened(difference.proxy)}",
        )
    return "\n".join(lines)


def _shortened(value: str | None) -> str:
    if value is None:
        return "(absent)"
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}… ({len(value)} characters)"
