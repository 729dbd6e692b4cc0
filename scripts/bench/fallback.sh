#!/usr/bin/env bash
# The SQLite ledger alone: grouped commits against a commit for each call.
set -euo pipefail
# shellcheck source=scripts/bench-program.sh
. "$ROOT/scripts/bench-program.sh"
bench_program fallback
