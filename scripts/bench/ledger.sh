#!/usr/bin/env bash
# The whole write path against pgbench on the same server: PostgreSQL durable, every operation mirrored before it is answered.
set -euo pipefail
# shellcheck source=scripts/bench-program.sh
. "$ROOT/scripts/bench-program.sh"
bench_program ledger
