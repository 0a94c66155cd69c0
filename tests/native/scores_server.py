"""A server that gives the bundled model's logits to the engines' own rerankers, in the words of Hugging Face or of Cohere."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from searchrerank.config import Model
from searchrerank.models import bundled_folder
from searchrerank.scoring import open_scorer


@contextmanager
def scores_server() -> Iterator["ScoresServer"]:
    """A running server on a free port of 127.0.0.1."""
    server = ScoresServer()
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        asyncio.run(server.scorer.close())


class ScoresServer(ThreadingHTTPServer):
    """`failing` makes it answer 500."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scorer = open_scorer(bundled_folder(), Model())
        self.failing = False

    @property
    def authority(self):
        return f"127.0.0.1:{self.server_port}"

    def scores(self, query, texts):
        """With the digits of a 32-bit float: ML Commons fails at numbers that its parser takes for more than a double."""
        return [float(f"{score:.8g}") for score in asyncio.run(self.scorer.score(query, texts))]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = {"error": "failing", "error_type": "test"} if self.server.failing else self._answer(asked)
        body = json.dumps(answer).encode()
        self.send_response(500 if self.server.failing else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, asked):
        if "texts" in asked:
            texts, name = asked["texts"], "score"
        else:
            texts, name = asked["documents"], "relevance_score"
        scored = enumerate(self.server.scores(asked["query"], texts))
        results = sorted(({"index": index, name: score} for index, score in scored), key=lambda result: -result[name])
        if asked.get("return_text"):
            results = [{**result, "text": texts[result["index"]]} for result in results]
        return results if "texts" in asked else {"results": results}

    def log_message(self, *arguments):
        pass
