#!/usr/bin/env bash
# A Docker engine of its own, beside whatever else runs here. Debian, as root, with docker.io and iptables.
#   engine.sh start FOLDER    returns once it answers, on unix://FOLDER/docker.sock; its log is FOLDER/dockerd.log
#   engine.sh stop FOLDER     ends it, by its own process id; images and volumes stay in FOLDER/data
set -euo pipefail
die() { echo "engine.sh: $*" >&2; exit 2; }

[ $# = 2 ] || die 'usage: engine.sh start|stop FOLDER'
folder=$(realpath -m "$2")
socket=$folder/docker.sock pidfile=$folder/docker.pid log=$folder/dockerd.log
# The kernel's limit of a socket's path.
[ ${#socket} -le 107 ] || die "$socket is too long a path for a socket"
answers() { [ -S "$socket" ] && curl -fsS -o /dev/null --max-time 5 --unix-socket "$socket" http://docker/_ping 2>/dev/null; }

case $1 in
  start)
    [ "$(id -u)" = 0 ] || die 'only root may start a Docker engine'
    command -v dockerd >/dev/null || die 'dockerd is missing (Debian: apt-get install docker.io iptables)'
    mkdir -p "$folder"
    ! answers || exit 0
    rm -f "$pidfile"
    setsid dockerd --host "unix://$socket" --pidfile "$pidfile" --data-root "$folder/data" --exec-root "$folder/exec" \
      >"$log" 2>&1 </dev/null &
    for _ in {1..300}; do
      ! answers || exit 0
      kill -0 $! 2>/dev/null || break
      sleep 0.1
    done
    tail -n 20 "$log" >&2
    die "no Docker engine; $log ends with the above"
    ;;
  stop)
    [ -e "$pidfile" ] || exit 0
    pid=$(<"$pidfile")
    kill "$pid" 2>/dev/null || exit 0
    for _ in {1..300}; do
      kill -0 "$pid" 2>/dev/null || exit 0
      sleep 0.1
    done
    die "the Docker engine, process $pid, does not end"
    ;;
  *) die "start or stop, not '$1'" ;;
esac
