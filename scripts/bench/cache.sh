#!/usr/bin/env bash
# Lookups that hit the balance cache, against redis-benchmark on the same server.
set -euo pipefail
# shellcheck source=scripts/bench-program.sh
. "$ROOT/scripts/bench-program.sh"
command -v redis-benchmark >/dev/null || debian_packages redis-server redis-tools
bench_program cache
