#!/usr/bin/env bash
# What a request costs through the whole application: lookups and coin operations with an API key, beside what does nothing.
set -euo pipefail
# shellcheck source=scripts/bench-program.sh
. "$ROOT/scripts/bench-program.sh"
bench_program http
