# Sourced by the start.sh of each engine.

# Ends with status 2: something this machine lacks, or a wrong argument. The fixtures skip on it; any other status is a failure.
die() { echo "start.sh: $*" >&2; exit 2; }

# find_jdk NAME OLDEST [NEWEST]: sets JDK (its folder) and JAVA_MAJOR, from JAVA_HOME, the PATH, then JVM_DIR.
find_jdk() {
  local name=$1 oldest=$2 newest=${3:-} range home major seen=''
  if [ -n "$newest" ]; then range="$oldest to $newest"; else range="$oldest or later"; fi
  for home in "${JAVA_HOME:-}" "$(home_of_java_on_path)" "${JVM_DIR:-/usr/lib/jvm}"/*; do
    [ -n "$home" ] && [ -x "$home/bin/java" ] || continue
    major=$("$home/bin/java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.specification\.version = //p') || true
    if ! [[ $major =~ ^[0-9]+$ ]]; then
      seen+=" $home (not Java 9 or later)"
    elif [ ! -x "$home/bin/javac" ]; then
      seen+=" $home (Java $major without a compiler)"
    elif [ "$major" -lt "$oldest" ] || { [ -n "$newest" ] && [ "$major" -gt "$newest" ]; }; then
      seen+=" $home (Java $major)"
    else
      JDK=$home JAVA_MAJOR=$major
      return
    fi
  done
  die "$name needs a JDK, Java $range; found:${seen:- none}" \
      "(looked at JAVA_HOME, the PATH and ${JVM_DIR:-/usr/lib/jvm})"
}
home_of_java_on_path() {
  local java
  java=$(command -v java) || return 0
  dirname "$(dirname "$(readlink -f "$java")")"
}

# once CACHE DONE COMMAND...: runs COMMAND unless DONE exists; of several at a time one runs it, the others wait.
once() {
  local cache=$1 done=$2
  shift 2
  [ ! -e "$done" ] || return 0
  (
    if command -v flock >/dev/null; then flock 9; fi
    [ -e "$done" ] || "$@" 9>&-
  ) 9>"$cache/.lock"
}

# run_maven WHAT ARGUMENT...: Maven without a terminal, everything it says on standard error.
run_maven() {
  local what=$1
  shift
  command -v mvn >/dev/null || die "Maven (mvn) is needed once, to fetch $what"
  echo "start.sh: fetching $what (once)" >&2
  JAVA_HOME=$JDK mvn -B -q -ntp -Dstyle.color=never -Dmaven.repo.local="$MAVEN_REPO_LOCAL" "$@" >&2 </dev/null ||
    die "Maven could not fetch $what"
}
