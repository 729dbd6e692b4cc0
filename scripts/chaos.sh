#!/usr/bin/env bash
# Attacks the real application, in a process and on servers of its own, and proves that the ledger stands it.
#
# usage: scripts/chaos.sh [--rounds N] [--failovers N] [--minutes N] [--seed S]
#   --rounds N    kill the application under load N times, at the end of each named step of a write in turn
#   --failovers N kill PostgreSQL under load N times and let it come back; says how long callers felt either
#   --minutes N   random faults under load for N minutes: the application, PostgreSQL, Redis, MongoDB and the networks between them
#   --seed S      what happens follows from it; a run without one prints its own
#
# Without any of them it does all: 100 rounds, 20 failovers, then 5 minutes. Callers outside of the application keep a durable history
# of what they asked and were told; at the end it is held against both ledgers. The last line says
# "acknowledged lost N, applied twice N, in doubt N, ...", and the exit code is not 0 unless the first two, and everything
# else that would be wrong, are 0. Everything listens on the loopback address alone.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/requirements.sh
. "$ROOT/scripts/requirements.sh"
export ROOT

case ${1:-} in
  -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
esac
require_dotnet
require_node
packages=()
have_postgres || packages+=(postgresql)
have_redis || packages+=(redis-server)
[ ${#packages[@]} -eq 0 ] || debian_packages "${packages[@]}"
npm_packages "$ROOT/scripts/mongo-dev"
npm_packages "$ROOT/wwwroot-assets"
say "Building ..."
(cd "$ROOT" && dotnet build GavatDashboard.Tests --configuration Release --nologo --verbosity quiet </dev/null >/dev/null) || die "the build failed"
say "$(uname -sm), $(nproc) cores ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1)), .NET $(dotnet --version)"
exec dotnet "$ROOT/GavatDashboard.Tests/bin/Release/net10.0/GavatDashboard.Tests.dll" chaos "$@"
