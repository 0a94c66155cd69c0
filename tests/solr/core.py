"""A core of Solr, direct or through the proxy."""

import json
from dataclasses import dataclass

import httpx

CLIENT = httpx.Client(timeout=120)
"""One for all: a client of its own for each request takes longer than the request."""


@dataclass(frozen=True)
class Core:
    """`engine` is the address without `/solr`."""

    engine: str
    name: str

    @property
    def url(self):
        return f"{self.engine}/solr/{self.name}"

    def get(self, parameters, handler="/select", **headers):
        """parameters: pairs, or a dict."""
        return CLIENT.get(f"{self.url}{handler}", params=_pairs(parameters), headers=headers)

    def form(self, parameters, handler="/select", **headers):
        pairs = _pairs(parameters)
        content = str(httpx.QueryParams(pairs)).encode()
        media = {"content-type": "application/x-www-form-urlencoded", **headers}
        return CLIENT.post(f"{self.url}{handler}", content=content, headers=media)

    def json(self, body, handler="/query", parameters=(), **headers):
        content = body if isinstance(body, str) else json.dumps(body)
        media = {"content-type": "application/json", **headers}
        return CLIENT.post(
            f"{self.url}{handler}", params=_pairs(parameters), content=content.encode(), headers=media, timeout=60
        )

    def create(self):
        self._admin(action="CREATE", configSet="_default")

    def remove(self):
        self._admin(action="UNLOAD", deleteIndex="true", deleteDataDir="true", deleteInstanceDir="true")

    def configure(self, handlers):
        """Handlers belong to the configuration of all cores, where an earlier run may have left them."""
        there = CLIENT.get(f"{self.url}/config/overlay").json()["overlay"].get("requestHandler", {})
        for name, defaults in handlers.items():
            own = {"name": name, "class": "solr.SearchHandler", "defaults": defaults}
            self._post("/config", {"update-requesthandler" if name in there else "add-requesthandler": own})

    def add(self, documents):
        self._post("/update?commit=true", documents)

    def _admin(self, **parameters):
        url = f"{self.engine}/solr/admin/cores"
        key = "name" if parameters["action"] == "CREATE" else "core"
        CLIENT.get(url, params={key: self.name, **parameters}).raise_for_status()

    def _post(self, path, body):
        answer = CLIENT.post(f"{self.url}{path}", json=body)
        assert answer.status_code == 200, answer.text
        assert "errorMessages" not in answer.text, answer.text


def _pairs(parameters):
    return list(parameters.items()) if isinstance(parameters, dict) else list(parameters)
