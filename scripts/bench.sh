#!/usr/bin/env bash
# Runs the benchmarks and prints ratios.
#
# usage: scripts/bench.sh [NAME ...]
#
# Without a name all are run. A benchmark is a file in scripts/bench/; its lines "ratio NAME N.NN" are the results that
# hold on other machines too. docs/benchmarks.md has what was measured.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/requirements.sh
. "$ROOT/scripts/requirements.sh"
export ROOT

names() {
  local file
  for file in "$ROOT"/scripts/bench/*.sh; do basename "$file" .sh; done
}

case ${1:-} in
  -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; echo "names: $(names | paste -sd' ')"; exit 0 ;;
esac
for name in "$@"; do
  [ -f "$ROOT/scripts/bench/$name.sh" ] || die "there is no benchmark '$name'; there are: $(names | paste -sd' ')"
done
require_dotnet
require_node
[ $# -gt 0 ] || mapfile -t all < <(names)
say "$(uname -sm), $(nproc) cores ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1)), .NET $(dotnet --version)"
for name in "$@" ${all[@]+"${all[@]}"}; do
  echo "== $name"
  bash "$ROOT/scripts/bench/$name.sh"
done
