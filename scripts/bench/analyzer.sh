#!/usr/bin/env bash
# The analysis of everybody and of one user, and the policy simulator, on PostgreSQL, at three sizes of the community, and the figures of
# docs/analyzer.md.
set -euo pipefail
# shellcheck source=scripts/bench-program.sh
. "$ROOT/scripts/bench-program.sh"
bench_program analyzer-figures
bench_program analyzer
bench_program analyzer-simulation
