#!/usr/bin/env bash
# Makes a Docker engine answer: installs Debian's when this machine has none, starts it, and fails if it does not start.
# An engine that answers already is left alone. One that this starts runs on until the machine ends, or somebody ends it.
set -euo pipefail

answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

need() { # need COMMAND PACKAGE...
  command -v "$1" >/dev/null 2>&1 && return
  shift
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "The Docker tests need: $*. Install them, or run this as root on Debian." >&2
    exit 1
  fi
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

need debootstrap debootstrap
need docker-registry docker-registry # the dev container CLI takes templates from a registry alone
[ -z "${CI:-}" ] || need sshd openssh-server # on a machine that somebody works on it would start; without it tests skip
if ! answers; then
  need dockerd docker.io iptables
  if [ "$(id -u)" != 0 ]; then
    echo "Docker does not answer, and only root can start it: sudo $0" >&2
    exit 1
  fi
  log=${TMPDIR:-/tmp}/dockerd.log
  echo "starting dockerd; its log is $log"
  setsid dockerd --log-level warn >"$log" 2>&1 </dev/null &
  for _ in $(seq 120); do
    answers && break
    sleep 0.5
  done
  if ! answers; then
    echo "dockerd does not answer after 60 s. The end of its log:" >&2
    tail -n 30 "$log" >&2
    exit 1
  fi
fi
echo "Docker $(docker version --format '{{.Server.Version}}') answers"
