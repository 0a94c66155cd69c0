#!/usr/bin/env bash
# Start one OpenSearch node from published jars, in the foreground (this pid becomes the server's).
#   start.sh VERSION PORT DATA_DIR CACHE_DIR [-Esetting=value ...]
#   start.sh VERSION prepare CACHE_DIR       only fills the cache
#     VERSION    2   OpenSearch 2.19.6 with k-NN and neural-search   (Java 11 to 21)
#                2-ml   the same with ML Commons     (a download of 350 MB more)
#                3   OpenSearch 3.8.0, no plugins                    (Java 21 or later)
#     PORT       HTTP port on 127.0.0.1
#     DATA_DIR   this node's index data, config, logs and temporary files (created)
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
  2) os_version=2.19.6 profile=v2 jdk_min=11 jdk_max=21 suffix=Plugin ;;
  2-ml) os_version=2.19.6 profile=v2,ml jdk_min=11 jdk_max=21 suffix=Plugin ;;
  3) os_version=3.8.0  profile=v3 jdk_min=21 jdk_max='' suffix=ModulePlugin ;;
  *) die "VERSION must be 2, 2-ml or 3, not '$1'" ;;
esac
if [ "$2" = prepare ]; then
  port='' data='' cache=$3
else
  [ $# -ge 4 ] || usage
  port=$2 data=$3 cache=$4
  shift 4
  [[ $port =~ ^[0-9]+$ ]] || die "PORT must be a number, not '$port'"
fi
find_jdk "OpenSearch $os_version" $jdk_min $jdk_max
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
: "${MAVEN_REPO_LOCAL:=$cache/m2}"

# --- the server's home directory, once per cache ----------------------------------------------
name=opensearch-$os_version sums=("$here/opensearch-$os_version.sha256")
if [ "$profile" = v2,ml ]; then
  name+=-ml
  sums+=("$here/$name.sha256")
fi
home=$cache/$name

# module | class | plugins it extends: what the jars' own descriptors, which are not published, would say
modules() {
  cat <<EOF
aggs-matrix-stats|org.opensearch.search.aggregations.matrix.MatrixAggregation$suffix|
analysis-common|org.opensearch.analysis.common.CommonAnalysis$suffix|lang-painless
cache-common|org.opensearch.cache.common.tier.TieredSpilloverCachePlugin|
geo|org.opensearch.geo.GeoModulePlugin|
ingest-common|org.opensearch.ingest.common.IngestCommon$suffix|lang-painless
ingest-user-agent|org.opensearch.ingest.useragent.IngestUserAgent$suffix|
lang-expression|org.opensearch.script.expression.Expression$suffix|
lang-mustache|org.opensearch.script.mustache.Mustache$suffix|
lang-painless|org.opensearch.painless.Painless$suffix|
mapper-extras|org.opensearch.index.mapper.MapperExtras$suffix|
opensearch-dashboards|org.opensearch.dashboards.OpenSearchDashboards$suffix|
parent-join|org.opensearch.join.ParentJoin$suffix|
percolator|org.opensearch.percolator.Percolator$suffix|
rank-eval|org.opensearch.index.rankeval.RankEval$suffix|
reindex|org.opensearch.index.reindex.Reindex$suffix|
repository-url|org.opensearch.plugin.repository.url.URLRepository$suffix|
search-pipeline-common|org.opensearch.search.pipeline.common.SearchPipelineCommonModulePlugin|lang-painless
transport-netty4|org.opensearch.transport.Netty4$suffix|
EOF
}

build_home() {
  local stage=$cache/.stage-$name module class extends
  rm -rf "$stage"
  mkdir -p "$stage"
  run_maven "OpenSearch $os_version" -f "$here/pom.xml" -P $profile -Dhome="$stage" package
  rm -rf "$stage/.build"
  (cd "$stage" && cat "${sums[@]}" | sha256sum --quiet -c) >&2 || die "the jars in $stage are not those of $name.sha256"
  mkdir -p "$stage/bin" "$stage/config" "$stage/plugins"
  while IFS='|' read -r module class extends; do
    cat > "$stage/modules/$module/plugin-descriptor.properties" <<EOF
name=$module
description=$module
version=$os_version
opensearch.version=$os_version
java.version=$jdk_min
classname=$class
extended.plugins=$extends
has.native.controller=false
EOF
    # Only 2.x enforces this (through the Java security manager); scripts keep their own sandbox.
    echo 'grant { permission java.security.AllPermission; };' > "$stage/modules/$module/plugin-security.policy"
  done < <(modules)
  chmod -R a+rX "$stage"
  mv "$stage" "$home"
}
once "$cache" "$home" build_home
[ -n "$port" ] || exit 0

# --- this node's own directories --------------------------------------------------------------
mkdir -p "$data/config" "$data/data" "$data/logs" "$data/tmp"
data=$(cd "$data" && pwd)
cat > "$data/config/opensearch.yml" <<'EOF'
cluster.name: opensearch
node.name: node-1
discovery.type: single-node
network.host: 127.0.0.1
transport.port: 0
cluster.routing.allocation.disk.threshold_enabled: false
EOF
cat > "$data/config/log4j2.properties" <<'EOF'
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] [%node_name] %marker%m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
EOF

jvm=(-Xms"${ENGINE_HEAP:-512m}" -Xmx"${ENGINE_HEAP:-512m}" -XX:+UseG1GC -Xss1m
     -XX:-OmitStackTraceInFastThrow -XX:ErrorFile="$data/logs/hs_err_pid%p.log"
     -Djava.awt.headless=true -Dfile.encoding=UTF-8 -Djava.io.tmpdir="$data/tmp" -Djna.nosys=true
     -Dio.netty.noUnsafe=true -Dio.netty.noKeySetOptimization=true
     -Dio.netty.recycler.maxCapacityPerThread=0 -Dio.netty.allocator.numDirectArenas=0
     -Dlog4j.shutdownHookEnabled=false -Dlog4j2.disable.jmx=true)
if [[ $profile = v2* ]]; then
  [ "$JAVA_MAJOR" -lt 18 ] || jvm+=(-Djava.security.manager=allow)
else
  jvm+=(--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED)
fi
if [ "$(id -u)" = 0 ]; then
  # The server refuses to run as root, which it finds out through its native library. Where root is all
  # there is (a throw-away container), start without that library: memory locking, the system call filter
  # and a few start-up checks go with it. Start this script as another user to keep them.
  jvm+=(-Djna.nounpack=true -Djna.noclasspath=true)
fi
# shellcheck disable=SC2086 # several options in one variable
exec "$JDK/bin/java" "${jvm[@]}" ${ENGINE_JAVA_OPTS:-} \
  -Dopensearch.path.home="$home" -Dopensearch.path.conf="$data/config" \
  -Dopensearch.distribution.type=tar -Dopensearch.bundled_jdk=false \
  -cp "$home/lib/*" org.opensearch.bootstrap.OpenSearch \
  -Ehttp.port="$port" -Epath.data="$data/data" -Epath.logs="$data/logs" "$@"
