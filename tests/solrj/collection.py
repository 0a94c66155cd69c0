"""A collection with a field of every type, on SolrCloud, direct or through the proxy."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import httpx

from searchrerank.evaluation import bundled_collection

__all__ = ["NAME", "SENTENCES", "Collection"]

NAME = "typed"
SENTENCES = bundled_collection().documents[:120]
_CONFIGSET = Path(__file__).parents[1] / "engines" / "solr" / "home" / "configsets" / "_default" / "conf"
_ENUMS = "<?xml version='1.0'?><enumsConfig><enum name='levels'><value>low</value><value>high</value></enum></enumsConfig>"
_SCHEMA = {
    "add-field-type": [
        {
            "name": "level",
            "class": "solr.EnumFieldType",
            "docValues": True,
            "enumsConfig": "enumsConfig.xml",
            "enumName": "levels",
        },
        {"name": "code", "class": "solr.UUIDField"},
    ],
    "add-dynamic-field": [
        {"name": "*_level", "type": "level", "stored": True},
        {"name": "*_levels", "type": "level", "stored": True, "multiValued": True},
        {"name": "*_bytes", "type": "binary", "stored": True, "indexed": False},
        {"name": "*_uuid", "type": "code", "stored": True},
    ],
}


@dataclass(frozen=True)
class Collection:
    """`engine` is the address without `/solr`."""

    engine: str
    name: str = NAME

    @property
    def solr(self):
        return f"{self.engine}/solr"

    def create(self):
        self._admin("configs", _configset(), action="UPLOAD", name=self.name)
        made = {"action": "CREATE", "name": self.name, "collection.configName": self.name, "numShards": "2"}
        self._admin("collections", waitForFinalState="true", **made)
        self._post("schema", _SCHEMA)
        self._add([_document(n, sentence) for n, sentence in enumerate(SENTENCES)])

    def remove(self):
        self._admin("collections", action="DELETE", name=self.name)
        self._admin("configs", action="DELETE", name=self.name)

    def get(self, parameters, handler="select"):
        return httpx.get(f"{self.solr}/{self.name}/{handler}", params=parameters, timeout=60)

    def _add(self, documents):
        """Until all are found: once in some hundred runs a shard that had just been made had none of its documents."""
        expected = sum(1 + len(each.get("parts", ())) for each in documents)
        for _ in range(5):
            self._post("update?commit=true", documents)
            found = self.get({"q": "*:*", "rows": "0"}).json()["response"]["numFound"]
            if found == expected:
                return
        raise AssertionError(f"{found} documents of {expected} are found")

    def _admin(self, what, content=None, **parameters):
        method, headers = ("GET", {}) if content is None else ("POST", {"content-type": "application/octet-stream"})
        url = f"{self.solr}/admin/{what}"
        answer = httpx.request(method, url, params=parameters, content=content, headers=headers, timeout=120)
        assert answer.status_code == 200, answer.text

    def _post(self, path, body):
        answer = httpx.post(f"{self.solr}/{self.name}/{path}", json=body, timeout=120)
        assert answer.status_code == 200, answer.text


def _configset():
    """That of the engines' recipe, zipped, with an enumeration."""
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for file in sorted(path for path in _CONFIGSET.rglob("*") if path.is_file()):
            archive.write(file, file.relative_to(_CONFIGSET))
        archive.writestr("enumsConfig.xml", _ENUMS)
    return packed.getvalue()


def _document(n, sentence):
    document = {
        "id": sentence.id,
        "title_s": sentence.title,
        "text_t": sentence.text,
        "tags_ss": [f"t{n % 7}", "<b> & 'é' 😀"],
        "n_i": n,
        "some_is": [n, -n],
        "big_l": 9007199254740993 + n,
        "some_ls": [n, 2**40],
        "price_f": n / 7,
        "some_fs": [n / 7, -1.5],
        "exact_d": n / 3,
        "some_ds": [n / 3, 1e300],
        "even_b": n % 2 == 0,
        "some_bs": [True, False],
        "added_dt": f"20{n % 100:02}-01-02T03:04:05.678Z",
        "some_dts": ["1969-12-31T23:59:59.999Z", "2026-01-01T00:00:00Z"],
        "where_p": f"{n % 90},{n}",
        "at_point": f"{n},1.5",
        "some_level": "high" if n % 3 else "low",
        "some_levels": ["low", "high"],
        "raw_bytes": "AAECA/8=",
        "code_uuid": f"00000000-0000-4000-8000-{n:012}",
    }
    if n % 10 == 0:
        document["parts"] = [{"id": f"{sentence.id}-{part}", "text_t": f"part {part} of {sentence.text}"} for part in range(2)]
    return document
