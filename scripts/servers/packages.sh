#!/usr/bin/env bash
# Installs the servers that come from Debian's packages, only where they are missing.
# None of them is started: the tests start their own, on loopback, in a temporary folder.
set -euo pipefail

declare -A package_of=(
  [prometheus]=prometheus [promtool]=prometheus [redis-server]=redis-server [redis-cli]=redis-tools [openssl]=openssl
  [/usr/lib/postgresql/15/bin/postgres]=postgresql-15
)

missing=()
for program in "${!package_of[@]}"; do
  command -v "$program" >/dev/null || missing+=("${package_of[$program]}")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "missing: ${missing[*]}; install these packages (Debian names), then run this again" >&2
  exit 1
fi

# RUNLEVEL=1: Debian's service scripts start nothing in single-user mode.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
for try in 1 2 3; do
  if apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then exit 0; fi
  echo "try $try failed: apt-get install ${missing[*]}" >&2
  sleep $((try * 5))
done
echo "gave up: apt-get install ${missing[*]}" >&2
exit 1
