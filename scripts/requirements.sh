# Sourced by the other scripts: says what the machine lacks, and installs it where that is allowed.
# shellcheck shell=bash

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

# Bare machines have no locale and no home; .NET, npm and PostgreSQL each want one of them.
[ -n "${LANG:-}${LC_ALL:-}" ] || export LANG=C.UTF-8
[ -n "${HOME:-}" ] || { HOME=$(getent passwd "$(id -u)" | cut -d: -f6); export HOME; }

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# The .NET 10 SDK, as global.json asks for it.
require_dotnet() {
  command -v dotnet >/dev/null \
    || die "the .NET 10 SDK is missing (no 'dotnet' on the PATH). Get it from https://dotnet.microsoft.com/download/dotnet/10.0"
  dotnet --list-sdks | grep -q '^10\.' \
    || die "the .NET 10 SDK is missing; installed: $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd' '). Get it from https://dotnet.microsoft.com/download/dotnet/10.0"
  (cd "$ROOT" && dotnet --version >/dev/null 2>&1) \
    || die "no installed .NET SDK satisfies global.json ($(grep -o '"version": *"[^"]*"' "$ROOT/global.json")); installed: $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd' ')"
}

require_node() {
  local major
  command -v node >/dev/null || die "Node.js 20 or newer is missing (no 'node' on the PATH). Get it from https://nodejs.org"
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || die "Node.js 20 or newer is needed; this is $(node --version). Get it from https://nodejs.org"
  command -v npm >/dev/null || die "npm is missing; it comes with Node.js (https://nodejs.org), or as the package 'npm' on Debian"
}

# npm_packages FOLDER: installs what its lock file names, unless that is there already.
npm_packages() {
  local folder=$1 installed=$1/node_modules/.installed-lock.json
  [ -f "$folder/package-lock.json" ] || return 0
  cmp -s "$folder/package-lock.json" "$installed" && return 0
  say "Installing npm packages in ${folder#"$ROOT"/} ..."
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null >&2) \
    || die "'npm ci' failed in $folder"
  cp "$folder/package-lock.json" "$installed"
}

# postgres_program NAME: prints its path. Debian keeps the server's programs off the PATH.
postgres_program() {
  local folder
  # shellcheck disable=SC2012  # version numbers, no odd names
  for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -rV); do
    [ -x "$folder/$1" ] && { echo "$folder/$1"; return 0; }
  done
  command -v "$1"
}

have_postgres() { postgres_program initdb >/dev/null && postgres_program postgres >/dev/null && postgres_program psql >/dev/null; }
have_redis() { command -v redis-server >/dev/null; }
have_chromium() {
  local program
  for program in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$program" >/dev/null && return 0
  done
  return 1
}

# debian_packages PACKAGE...: installs them where this user may, and otherwise names the command.
# Nothing that a package brings is started, and PostgreSQL's own cluster is not made: the project
# starts private servers, and leaves the machine's services alone.
debian_packages() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo -n)
  fi
  command -v apt-get >/dev/null \
    || die "missing: $*. This machine has no apt-get; install them with its own package manager"
  "${as_root[@]}" true 2>/dev/null \
    || die "missing: $*. Install them with: sudo apt-get update && sudo apt-get install -y $*"
  say "Installing $* ..."
  "${as_root[@]}" bash -s -- "$@" <<'ROOT_PART' >&2 || die "could not install: $*"
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.d
made_policy=; made_folder=; made_rule=
undo() {
  [ -z "$made_policy" ] || rm -f "$policy"
  [ -z "$made_rule" ] || rm -f "$clusters/zz-no-main-cluster.conf"
  [ -z "$made_folder" ] || rmdir --ignore-fail-on-non-empty "$clusters" 2>/dev/null || true
}
trap undo EXIT
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; made_policy=1
fi
[ -d "$clusters" ] || { mkdir -p "$clusters"; made_folder=1; }
echo 'create_main_cluster = false' >"$clusters/zz-no-main-cluster.conf"; made_rule=1
apt-get update -q </dev/null
apt-get install -y -q --no-install-recommends "$@" </dev/null
ROOT_PART
}
