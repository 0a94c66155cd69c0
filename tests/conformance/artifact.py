"""The engines' published REST tests and API specs, fetched once into the tests' cache and never committed.

`org.opensearch:rest-api-spec` (Apache License 2.0) holds `rest-api-spec/{api,test}`; Elasticsearch's tests have the same form.
"""

import hashlib
import os
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

from engines import EngineUnavailableError
from engines.process import cache_folder

VERSION = "3.1.0"
SHA256 = "fbaced31d6144a2aa816bfe5525c7bfdd13b2d7681e341a7a09f6ade4df2759e"
_FETCHED_WITHIN = 600


def published_suite(environment: Mapping[str, str]) -> Path:
    """The folder that holds `api` and `test`.

    Raises:
        EngineUnavailableError: It is not in the cache, and Maven is missing or cannot fetch it.
        ValueError: What was fetched is not what was pinned.
    """
    folder = cache_folder(environment) / "rest-api-spec" / f"{VERSION}-{SHA256[:16]}"
    if not folder.exists():
        _unpack(_fetched(environment), folder)
    return folder / "rest-api-spec"


def _fetched(environment: Mapping[str, str]) -> Path:
    maven = shutil.which("mvn", path=environment.get("PATH"))
    if maven is None:
        raise EngineUnavailableError("Maven (mvn) is needed once, to fetch the REST tests")
    local = Path(environment.get("MAVEN_REPO_LOCAL") or cache_folder(environment) / "m2")
    artifact = f"org.opensearch:rest-api-spec:{VERSION}:jar"
    goal = ["dependency:get", f"-Dartifact={artifact}", "-Dtransitive=false"]
    command = [maven, "-B", "-q", "-ntp", "-Dstyle.color=never", f"-Dmaven.repo.local={local}", *goal]
    done = subprocess.run(
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_FETCHED_WITHIN,
        check=False,
    )
    if done.returncode != 0:
        raise EngineUnavailableError(f"Maven could not fetch {artifact}: {(done.stdout + done.stderr)[-1000:]}")
    return local / "org" / "opensearch" / "rest-api-spec" / VERSION / f"rest-api-spec-{VERSION}.jar"


def _unpack(jar: Path, folder: Path) -> None:
    found = hashlib.sha256(jar.read_bytes()).hexdigest()
    if found != SHA256:
        raise ValueError(f"{jar} has the SHA-256 {found}, not {SHA256}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    stage = folder.with_name(f".{folder.name}-{os.getpid()}")
    with zipfile.ZipFile(jar) as archive:
        archive.extractall(stage)
    try:
        stage.rename(folder)
    except OSError:  # another run was first
        shutil.rmtree(stage)
