#!/usr/bin/env bash
# Builds the real servers that the contract suites run against, into a cache
# folder outside the checkout; one subfolder a version, so a second run is free.
# Usage: build.sh [NAME…]   (default: every server; "popeye" only when named, the bench uses it)
#        build.sh --where     prints each program and its path, tab-separated, built or not
# Env:   AGENTOPS_TEST_SERVERS  the cache folder
#        UPDATE_GO_SUM=1        let the build complete go.mod and go.sum under go/, and keep them
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${AGENTOPS_TEST_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/agentops-test-servers}

KUBERNETES=1.36.3 ETCD=3.6.16 KWOK=0.8.0 METRICS_SERVER=0.9.0 VAULT=1.21.0 TOXIPROXY=2.5.0 POPEYE=0.22.1

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*" >&2; }

# Downloads can fail once: three tries, then say which one failed.
retry() {
  local try
  for try in 1 2 3; do
    "$@" && return 0
    say "try $try failed: $*"
    sleep $((try * 5))
  done
  say "gave up: $*"
  return 1
}

# go_build FOLDER LDFLAGS OUT PACKAGE: from a module of our own, so go.sum pins every dependency.
go_build() {
  local module=$1 ldflags=$2 out=$3 package=$4
  [ -x "$out" ] && return 0
  mkdir -p "$(dirname "$out")"
  say "building ${out##*/}"
  # A copy, so that a build never changes the checkout; read-only, so that go.mod and go.sum must be complete.
  local work mode=readonly
  work=$(mktemp -d)
  cp "$here/go/$module/"* "$work/"
  if [ -n "${UPDATE_GO_SUM:-}" ]; then mode=mod; fi
  (cd "$work" && CGO_ENABLED=0 retry go build -p 2 "-mod=$mode" -ldflags "-s -w $ldflags" -o "$out.part" "$package")
  if [ -n "${UPDATE_GO_SUM:-}" ]; then cp "$work/go.mod" "$work/go.sum" "$here/go/$module/"; fi
  mv "$out.part" "$out"
  rm -rf "$work"
}

# go_install VERSIONED_PACKAGE OUT: for modules without replace lines.
go_install() {
  local package=$1 out=$2
  [ -x "$out" ] && return 0
  local dir
  dir=$(dirname "$out")
  mkdir -p "$dir"
  say "building ${out##*/}"
  CGO_ENABLED=0 GOBIN="$dir/bin.part" retry go install -p 2 -ldflags "-s -w" "$package"
  mv "$dir"/bin.part/* "$out"
  rmdir "$dir/bin.part"
}

build() {
  case $1 in
    etcd) go_build etcd "" "$cache/etcd-$ETCD/etcd" go.etcd.io/etcd/server/v3 ;;
    kubernetes)
      local program
      for program in kube-apiserver kube-controller-manager kube-scheduler kubectl; do
        go_build kubernetes "-X k8s.io/component-base/version.gitVersion=v$KUBERNETES" \
          "$cache/kubernetes-$KUBERNETES/$program" "k8s.io/kubernetes/cmd/$program"
      done ;;
    kwok)
      go_install "sigs.k8s.io/kwok/cmd/kwok@v$KWOK" "$cache/kwok-$KWOK/kwok"
      if [ ! -f "$cache/kwok-$KWOK/kwok.yaml" ]; then
        local dir file
        dir=$(retry go mod download -json "sigs.k8s.io/kwok@v$KWOK" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')/kustomize
        for file in "$dir"/stage/node/fast/node-initialize.yaml "$dir"/stage/node/heartbeat-with-lease/node-*.yaml \
          "$dir"/stage/pod/general/pod-*.yaml "$dir"/metrics/usage/usage-*.yaml "$dir"/metrics/resource/metrics-*.yaml; do
          cat "$file"
          printf '\n---\n'
        done >"$cache/kwok-$KWOK/kwok.yaml.part"
        mv "$cache/kwok-$KWOK/kwok.yaml.part" "$cache/kwok-$KWOK/kwok.yaml"
      fi ;;
    metrics-server) go_install "sigs.k8s.io/metrics-server/cmd/metrics-server@v$METRICS_SERVER" "$cache/metrics-server-$METRICS_SERVER/metrics-server" ;;
    vault) go_build vault "-X github.com/hashicorp/vault/version.Version=$VAULT" "$cache/vault-$VAULT/vault" github.com/hashicorp/vault ;;
    toxiproxy) go_install "github.com/Shopify/toxiproxy/v2/cmd/server@v$TOXIPROXY" "$cache/toxiproxy-$TOXIPROXY/toxiproxy" ;;
    popeye) go_build popeye "" "$cache/popeye-$POPEYE/popeye" github.com/derailed/popeye ;;
    *) say "unknown server: $1"; return 2 ;;
  esac
}

if [ "${1:-}" = --where ]; then
  for program in kube-apiserver kube-controller-manager kube-scheduler kubectl; do
    printf '%s\t%s\n' "$program" "$cache/kubernetes-$KUBERNETES/$program"
  done
  printf '%s\t%s\n' etcd "$cache/etcd-$ETCD/etcd" kwok "$cache/kwok-$KWOK/kwok" kwok.yaml "$cache/kwok-$KWOK/kwok.yaml" \
    metrics-server "$cache/metrics-server-$METRICS_SERVER/metrics-server" vault "$cache/vault-$VAULT/vault" \
    toxiproxy "$cache/toxiproxy-$TOXIPROXY/toxiproxy" popeye "$cache/popeye-$POPEYE/popeye"
  exit 0
fi

[ $# -gt 0 ] || set -- etcd kubernetes kwok metrics-server toxiproxy vault
mkdir -p "$cache"
# One build at a time: two at once are slower than in a row, and a second caller must not see half a file.
exec 9>"$cache/.lock"
flock 9
for name in "$@"; do build "$name"; done
say "servers are ready in $cache"
