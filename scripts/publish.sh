# Sourced by run.sh and gavat.sh: builds the application into $app, and stops what was started.
# Uses $ROOT and what requirements.sh defines.
# shellcheck shell=bash disable=SC2154  # $ROOT comes from the script

app=$ROOT/artifacts/app

# True when something that goes into the application is newer than what was published last. Folders
# count too: their time changes when a file is removed.
is_stale() {
  [ -f "$app/.published" ] || return 0
  [ -n "$(find "$ROOT"/GavatDashboard "$ROOT"/GavatDashboard.Domain "$ROOT"/wwwroot-assets "$ROOT"/Directory.*.props "$ROOT"/global.json \
    \( -name bin -o -name obj -o -name node_modules \) -prune -o -newer "$app/.published" -print -quit 2>/dev/null)" ]
}

publish() {
  is_stale || return 0
  npm_packages "$ROOT/wwwroot-assets"
  say "Building ..."
  # Beside, then swapped: a running application keeps the files that it has open.
  rm -rf "$app.new"
  (cd "$ROOT" && dotnet publish GavatDashboard --configuration Release --output "$app.new" --nologo --verbosity quiet </dev/null >&2) \
    || die "the build failed"
  touch "$app.new/.published"
  rm -rf "$app.old"
  [ ! -e "$app" ] || mv "$app" "$app.old"
  mv "$app.new" "$app"
  rm -rf "$app.old"
}

# stop_process NAME PID SIGNAL: waits 30 s for an orderly end, then kills.
stop_process() {
  local name=$1 pid=$2 tries=0
  [ -n "$pid" ] && kill -s "$3" "$pid" 2>/dev/null || return 0
  while kill -0 "$pid" 2>/dev/null; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ]; then
      say "$name did not stop within 30 s and was killed"
      kill -KILL "$pid" 2>/dev/null || true
      break
    fi
    sleep 0.1
  done
}
