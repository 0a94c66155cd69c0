"""`searchrerank compare` between Solr and the proxy in front of it."""

import json
import subprocess
import sys

import pytest

QUERIES = ["q=points&df=text_t", "q=points&df=text_t&fl=*,score&rows=5&indent=true", "q=title_t:Super&fl=id,score&start=3"]


def compared(tmp_path, filled, constant, *flags):
    file = tmp_path / "requests.ndjson"
    lines = [json.dumps({"method": "GET", "target": f"/solr/{filled.name}/select?{query}"}) for query in QUERIES]
    file.write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "searchrerank", "compare", "--requests", str(file), *flags]
    addresses = ["--upstream", filled.engine, "--proxy", constant.engine]
    return subprocess.run([*command, *addresses], capture_output=True, text=True, timeout=120, check=False)


def test_with_the_constant_scorer_nothing_but_scores_differs(filled, constant, tmp_path):
    done = compared(tmp_path, filled, constant, "--tolerate", "took,scores")
    assert done.stdout == "3 requests, 0 differ; X-Searchrerank: reranked 3\n"
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("tolerated", ["took", "scores"])
def test_scores_and_times_are_tolerated_by_name(filled, constant, tmp_path, tolerated):
    done = compared(tmp_path, filled, constant, "--tolerate", tolerated)
    found = {line.strip().rpartition(".")[2] for line in done.stdout.splitlines() if line.startswith("  body $")}
    assert found <= ({"maxScore", "score"} if tolerated == "took" else {"QTime"})
    assert ("score" in found) == (tolerated == "took")
