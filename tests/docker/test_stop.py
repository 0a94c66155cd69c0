"""`docker stop`: who got in gets a whole answer, who comes later is refused, and a stop is heeded from the first moment."""

import http.client
import json
import threading
import time
from collections import Counter

import pytest
from containers import IMAGE, docker, running

pytestmark = pytest.mark.docker

SEARCH = json.dumps({"query": {"match": {"text": "who founded the university?"}}, "size": 20})


class Client(threading.Thread):
    """Searches until it is refused, each time on a connection of its own or always on the same. `outcomes` says what it met."""

    def __init__(self, address: str, *, keeps: bool) -> None:
        super().__init__()
        self._address = address
        self._keeps = keeps
        self.outcomes: list[str] = []

    def run(self) -> None:
        connection = None
        while not self.outcomes or self.outcomes[-1] in {"answered", "answered, the last"}:
            if connection is None:
                connection = http.client.HTTPConnection(self._address, 9280, timeout=60)
                try:
                    connection.connect()
                except OSError as error:
                    self.outcomes.append(f"refused: {error!r}")
                    return
            outcome = self._search(connection)
            self.outcomes.append(outcome)
            if outcome != "answered" or not self._keeps:
                connection.close()
                connection = None

    def _search(self, connection: http.client.HTTPConnection) -> str:
        try:
            connection.request("POST", "/xquad/_search", SEARCH, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            hits = json.loads(answer.read())["hits"]["hits"]
        except (OSError, http.client.HTTPException, ValueError) as error:
            return f"lost: {error!r}"
        if answer.status != 200 or len(hits) != 20:
            return f"wrong: {answer.status}, {len(hits)} hits"
        return "answered, the last" if answer.will_close else "answered"


@pytest.mark.parametrize("keeps", [False, True], ids=["a connection each", "kept connections"])
def test_a_stop_under_load_loses_no_request(loaded, network, keeps):
    settings = ("-e", f"SEARCHRERANK_UPSTREAM_URL={loaded}", "-e", "SEARCHRERANK_RERANK_WINDOW=20")
    with running("--network", network, *settings, IMAGE) as proxy:
        proxy.until(lambda: "reranks" in proxy.log, "start")
        clients = [Client(proxy.address, keeps=keeps) for _ in range(16)]
        for client in clients:
            client.start()
        proxy.until(lambda: all(client.outcomes for client in clients), "answer to everyone")
        docker("stop", "-t", "60", proxy.id)
        for client in clients:
            client.join()
        counted = Counter(outcome.partition(":")[0] for client in clients for outcome in client.outcomes)
        lost = [outcome for client in clients for outcome in client.outcomes if outcome.startswith(("lost", "wrong"))]
        assert lost == []
        assert counted["refused"] == len(clients)
        assert counted["answered"] + counted["answered, the last"] > len(clients)
        assert proxy.state["ExitCode"] == 0, proxy.log
        assert proxy.log.rstrip().endswith("stopped")


# Python reads its modules for most of the first second; later it reads the model, asks the engine, and serves.
@pytest.mark.parametrize("seconds", [0, 0.1, 0.2, 0.4, 0.8, 1.6])
def test_a_stop_while_it_starts_is_heeded(seconds):
    with running(IMAGE, "serve") as proxy:
        time.sleep(seconds)
        docker("stop", "-t", "60", proxy.id)
        # 137 is what Docker's own patience ends with.
        assert proxy.state["ExitCode"] in {0, 128 + 15}, proxy.log
