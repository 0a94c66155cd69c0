#!/usr/bin/env bash
# Start one Solr node from published jars, in the foreground (this pid becomes the server's).
#   start.sh VERSION PORT DATA_DIR CACHE_DIR [NAME ...]
#   start.sh VERSION prepare CACHE_DIR       only fills the cache
#     VERSION    9         Solr 9.10.1, standalone   (Java 11 or later)
#                9-cloud   the same as SolrCloud of one node, with ZooKeeper inside on PORT+1000
#     PORT       HTTP port on 127.0.0.1
#     DATA_DIR   becomes the Solr home; each core NAME, or collection NAME[:SHARDS], that does not exist yet is made
#                from the configset _default
#     CACHE_DIR  jars, shared by all nodes (filled with Maven on first use; later starts need no network)
# Environment, all optional:
#   JAVA_HOME               a JDK to prefer, if its version suits
#   ENGINE_HEAP             heap size, default 512m
#   ENGINE_JAVA_OPTS        more JVM options
#   MAVEN_REPO_LOCAL        Maven's local repository, default CACHE_DIR/m2
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../common.sh
. "$here/../common.sh"
usage() { sed -n '2,/^set /p' "$0" | sed -e '/^set /d' -e 's/^# \{0,1\}//' >&2; exit 2; }

[ $# -ge 3 ] || usage
case $1 in
  9) mode=standalone ;;
  9-cloud) mode=cloud ;;
  *) die "VERSION must be 9 or 9-cloud, not '$1'" ;;
esac
if [ "$2" = prepare ]; then
  port='' data='' cache=$3
else
  [ $# -ge 4 ] || usage
  port=$2 data=$3 cache=$4
  shift 4
  [[ $port =~ ^[0-9]+$ ]] || die "PORT must be a number, not '$port'"
fi
find_jdk 'Solr 9.10.1' 11
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
: "${MAVEN_REPO_LOCAL:=$cache/m2}"

# --- jars once per pom.xml, classes once per SolrLauncher.java ---------------------------------
# shellcheck source=jars.sh
. "$here/jars.sh"
classes=$cache/launcher-$(sum "$here/SolrLauncher.java")

compile_launcher() {
  rm -rf "$classes"
  mkdir -p "$classes"
  "$JDK/bin/javac" --release 11 -nowarn -proc:none -cp "$lib/*" -d "$classes" "$here/SolrLauncher.java" >&2
  touch "$classes/.complete"
}
fetch_jars
once "$cache" "$classes/.complete" compile_launcher
[ -n "$port" ] || exit 0

mkdir -p "$data/logs"
data=$(cd "$data" && pwd)
native=()
[ "$JAVA_MAJOR" -lt 22 ] || native=(--enable-native-access=ALL-UNNAMED)
unset ZK_HOST
standalone=()
[ $mode = cloud ] || standalone=(-Dsolr.mode=standalone)
cd "$data"
# shellcheck disable=SC2086 # several options in one variable
exec "$JDK/bin/java" -server -Xmx"${ENGINE_HEAP:-512m}" -Xss512k -XX:+UseG1GC ${native[@]+"${native[@]}"} \
  -Duser.timezone=UTC -Dfile.encoding=UTF-8 -Djava.awt.headless=true ${standalone[@]+"${standalone[@]}"} \
  -Djetty.port="$port" -Dsolr.jetty.host=127.0.0.1 -Dsolr.solr.home="$data" -Dsolr.log.dir="$data/logs" \
  -Dsolr.log.console.level=WARN -Dlog4j.configurationFile="$here/log4j2.xml" \
  ${ENGINE_JAVA_OPTS:-} -cp "$classes:$lib/*" SolrLauncher $mode "$port" "$data" "$here/home" "$@"
