#!/usr/bin/env bash
# Images of the tests' own engines, where the official ones cannot be pulled.
#   engine-image.sh CACHE_DIR ENGINE...   ENGINE: opensearch, elasticsearch, solr; built as searchrerank-test/ENGINE:local
# CACHE_DIR is the tests' cache (SEARCHRERANK_TEST_CACHE), which is filled where it is not yet.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
recipes=$(dirname "$here")/engines
[ $# -ge 2 ] || { echo 'usage: engine-image.sh CACHE_DIR ENGINE...' >&2; exit 2; }
cache=$(cd "$1" && pwd)
shift

for engine; do
  case $engine in
    opensearch) version=2 data=/usr/share/opensearch ;;
    elasticsearch) version=8 data=/usr/share/elasticsearch ;;
    solr) version=9 data=/var/solr/data ;;
    *) echo "engine-image.sh: opensearch, elasticsearch or solr, not '$engine'" >&2; exit 2 ;;
  esac
  MAVEN_REPO_LOCAL=${MAVEN_REPO_LOCAL:-$cache/m2} "$recipes/$engine/start.sh" $version prepare "$cache/$engine"
  context=$(mktemp -d)
  trap 'rm -rf "$context"' EXIT
  mkdir "$context/recipes" "$context/cache"
  cp -a "$recipes/common.sh" "$recipes/$engine" "$here/entrypoint.sh" "$context/recipes"
  cd "$cache/$engine"
  case $engine in
    opensearch) kept=(opensearch-2.*[0-9]) ;;
    elasticsearch) kept=(es8-*) ;;
    solr) kept=(jars-* launcher-*) ;;
  esac
  cp -a "${kept[@]}" "$context/cache"
  docker build -q -f "$here/engine.Dockerfile" -t "searchrerank-test/$engine:local" \
    --build-arg ENGINE="$engine" --build-arg DATA="$data" "$context" >/dev/null
  rm -rf "$context"
  echo "searchrerank-test/$engine:local"
done
