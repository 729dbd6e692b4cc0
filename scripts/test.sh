#!/usr/bin/env bash
# Runs every test of the project.
#
# usage: scripts/test.sh [--fast]
#   --fast   leave out the tests marked Slow, Browser and Fault
#
# Installs what the tests need (Debian packages as root or with sudo, npm packages), builds, and runs
# the .NET and the Node tests. The last line is "N passed, N failed, N skipped", summed over all
# runners; the exit code is not 0 when a test failed or none ran.
#
# POSTGRES_TEST_URL, REDIS_TEST_URL and MONGODB_TEST_URL name servers to use instead of private ones;
# CONFIGURATION names the build configuration (Debug by default).
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/requirements.sh
. "$ROOT/scripts/requirements.sh"
cd "$ROOT"
exec </dev/null

fast=
while [ $# -gt 0 ]; do
  case $1 in
    --fast) fast=1 ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) die "unknown option '$1'; usage: scripts/test.sh [--fast]" ;;
  esac
  shift
done

configuration=${CONFIGURATION:-Debug}
results=$ROOT/artifacts/test-results
browser_needed=$([ -n "$fast" ] || echo 1)
passed=0 failed=0 skipped=0 broken=

install_requirements() {
  local packages=()
  require_dotnet
  require_node
  [ -n "${POSTGRES_TEST_URL:-}" ] || have_postgres || packages+=(postgresql)
  [ -n "${REDIS_TEST_URL:-}" ] || have_redis || packages+=(redis-server)
  [ -z "$browser_needed" ] || have_chromium || packages+=(chromium)
  [ ${#packages[@]} -eq 0 ] || debian_packages "${packages[@]}"
  npm_packages "$ROOT/scripts/mongo-dev"
  npm_packages "$ROOT/wwwroot-assets"
}

# add PASSED FAILED SKIPPED
add() { passed=$((passed + $1)); failed=$((failed + $2)); skipped=$((skipped + $3)); }

dotnet_tests() {
  local filter=() counts code=0
  [ -z "$fast" ] || filter=(--filter 'Category!=Slow&Category!=Browser&Category!=Fault')
  say "Running the .NET tests ..."
  dotnet test GavatDashboard.sln --no-build --configuration "$configuration" --nologo "${filter[@]}" \
    --results-directory "$results" --logger "trx;LogFilePrefix=dotnet" \
    --blame-hang-timeout 10m --blame-hang-dump-type none || code=$?
  counts=$(node scripts/count-trx.mjs "$results") || { broken="the .NET tests left no readable result"; return; }
  # shellcheck disable=SC2086  # three numbers
  add $counts
  if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then
    broken="the .NET test runner ended with code $code although no test failed"
  fi
}

node_tests() {
  local files=() tap=$results/node.tap code=0
  mapfile -t files < <(find wwwroot-assets scripts -name node_modules -prune -o \
    -type f \( -name '*.test.mjs' -o -name '*.test.js' \) -print 2>/dev/null | sort)
  [ ${#files[@]} -gt 0 ] || return 0
  say "Running the Node tests ..."
  node --test --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=tap --test-reporter-destination="$tap" "${files[@]}" || code=$?
  local count_passed count_failed count_cancelled count_skipped count_todo
  count_passed=$(tap_count pass) count_failed=$(tap_count fail) count_cancelled=$(tap_count cancelled)
  count_skipped=$(tap_count skipped) count_todo=$(tap_count todo)
  add "$count_passed" $((count_failed + count_cancelled)) $((count_skipped + count_todo))
  if [ "$code" -ne 0 ] && [ $((count_failed + count_cancelled)) -eq 0 ]; then
    broken="the Node test runner ended with code $code although no test failed"
  fi
}

# tap_count WORD: the number in the summary line "# WORD N"
tap_count() { awk -v word="$1" '$1 == "#" && $2 == word { n = $3 } END { print n + 0 }' "$results/node.tap"; }

install_requirements
rm -rf "$results"
mkdir -p "$results"
if [ -n "${CI:-}" ]; then
  # Build servers that outlive the run keep a CI job's output open.
  export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false
fi
say "Building ..."
dotnet build GavatDashboard.sln --configuration "$configuration" --nologo --verbosity quiet \
  || die "the build failed"
dotnet_tests
node_tests

[ -z "$broken" ] || say "error: $broken"
total=$((passed + failed))
[ "$total" -gt 0 ] || say "error: no test ran"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$total" -gt 0 ] && [ -z "$broken" ]
