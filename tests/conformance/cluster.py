"""A cluster as if nothing had ever been stored in it."""

from typing import Any

import httpx

_STATE = (
    "/_cluster/state/metadata?filter_path=metadata.indices.*.state,metadata.templates.*.order,"
    "metadata.index_template.index_template.*.index_patterns,metadata.component_template.component_template.*.version,"
    "metadata.component_template.component_template.*.template,metadata.data_stream.data_stream.*.name,"
    "metadata.ingest.pipeline.id,metadata.search_pipeline.pipeline.id,metadata.stored_scripts.*.lang,"
    "metadata.repositories.*.type"
)
_SETTINGS = "/_cluster/settings?flat_settings=true"


def stored(node: httpx.Client) -> list[str]:
    """The path of each thing that somebody stored, in an order in which they can be deleted."""
    metadata = _asked(node, _STATE).get("metadata", {})
    indices = [name for name in metadata.get("indices", ()) if not name.startswith(".ds-")]
    return [
        *(f"/_data_stream/{name}" for name in _within(metadata, "data_stream")),
        *([f"/{','.join(indices)}"] if indices else ()),
        *(f"/_template/{name}" for name in metadata.get("templates", ())),
        *(f"/_index_template/{name}" for name in _within(metadata, "index_template")),
        *(f"/_component_template/{name}" for name in _within(metadata, "component_template")),
        *(f"/_ingest/pipeline/{each['id']}" for each in metadata.get("ingest", {}).get("pipeline", ())),
        *(f"/_search/pipeline/{each['id']}" for each in metadata.get("search_pipeline", {}).get("pipeline", ())),
        *(f"/_scripts/{name}" for name in metadata.get("stored_scripts", ())),
        *(f"/_snapshot/{name}" for name in metadata.get("repositories", ())),
    ]


def wipe(node: httpx.Client) -> None:
    """Delete what a test stored: indices, templates, pipelines, scripts, repositories, settings, scrolls and points in time."""
    for path in stored(node):
        node.delete(path).raise_for_status()
    settings = _asked(node, _SETTINGS)
    unset = {kind: dict.fromkeys(values) for kind, values in settings.items() if values}
    if unset:
        node.put("/_cluster/settings", json=unset).raise_for_status()
    node.delete("/_search/scroll/_all")
    node.delete("/_search/point_in_time/_all")
    node.delete("/_cluster/voting_config_exclusions", params={"wait_for_removal": "false"})


def _within(metadata: dict[str, Any], name: str) -> list[str]:
    return list(metadata.get(name, {}).get(name, ()))


def _asked(node: httpx.Client, target: str) -> dict[str, Any]:
    answer = node.get(target)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
