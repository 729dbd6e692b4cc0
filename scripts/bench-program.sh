# Sourced by the files of scripts/bench/: builds the benchmarks and runs one. Uses $ROOT.
# shellcheck shell=bash disable=SC2154  # $ROOT comes from bench.sh
# shellcheck source=scripts/requirements.sh
. "$ROOT/scripts/requirements.sh"

# bench_program NAME: runs a benchmark of GavatDashboard.Tests/Benchmarks, built for release.
bench_program() {
  npm_packages "$ROOT/wwwroot-assets"
  say "Building ..."
  (cd "$ROOT" && dotnet build GavatDashboard.Tests --configuration Release --nologo --verbosity quiet </dev/null >/dev/null) || die "the build failed"
  dotnet "$ROOT/GavatDashboard.Tests/bin/Release/net10.0/GavatDashboard.Tests.dll" "$1"
}
