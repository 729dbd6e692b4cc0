#!/usr/bin/env bash
# Rows of the CDNOW sample a second, through the whole application: embedded, and on real PostgreSQL and Redis.
set -euo pipefail
# shellcheck source=scripts/requirements.sh
. "$ROOT/scripts/requirements.sh"
# shellcheck source=scripts/local-stores.sh
. "$ROOT/scripts/local-stores.sh"

file=$ROOT/GavatDashboard.Tests/Data/cdnow_sample.txt
rounds=3
folder=$(mktemp -d)
chmod 755 "$folder"
run_pid=''
Bootstrap__ApiKey=$(secret)
export Bootstrap__ApiKey

# shellcheck disable=SC2317  # called by the trap
stop() {
  if [ -n "$run_pid" ]; then
    kill -TERM "$run_pid" 2>/dev/null || true
    wait "$run_pid" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

# import_into STORES ROUND: prints lines a second of an import into an empty ledger.
import_into() {
  local port log=$folder/$1-$2.log tries=0
  port=$(free_ports 1)
  "$ROOT/scripts/run.sh" --stores "$1" --port "$port" --data "$folder/$1-$2" --no-demo >"$log" 2>&1 &
  run_pid=$!
  until curl -sf -o "$folder/health" -H "X-Api-Key: $Bootstrap__ApiKey" "http://127.0.0.1:$port/health" && grep -q '"healthy":7' "$folder/health"; do
    kill -0 "$run_pid" 2>/dev/null || { tail -20 "$log" >&2; die "the application ended; its log is above"; }
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || die "the application was not healthy within 300 s"
    sleep 0.5
  done
  "$ROOT/scripts/import.sh" --port "$port" --format cdnow "$file" 2>/dev/null | awk '/lines a second/ { gsub(",", "", $4); print $4 }'
  kill -TERM "$run_pid"
  wait "$run_pid" || true
  run_pid=''
}

command -v curl >/dev/null || die "curl is missing"
echo "import of $(wc -l <"$file") CDNOW purchases (two entries each) into an empty ledger, $rounds runs"
for stores in embedded local; do
  for round in $(seq "$rounds"); do import_into "$stores" "$round" >>"$folder/$stores.rates"; done
  echo "  $stores: $(sort -n "$folder/$stores.rates" | sed -n "$(((rounds + 1) / 2))p") lines a second (median of $(paste -sd' ' "$folder/$stores.rates"))"
done
