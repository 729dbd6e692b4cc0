#!/usr/bin/env bash
# Builds GavatDashboard, starts its stores and runs it in the foreground.
#
# usage: scripts/run.sh [--stores embedded|local|compose|external] [--port 5080] [--data DIR]
#                       [--demo|--no-demo] [--urls URLS]
#   --stores embedded  everything inside the process (the default)
#            local     this machine's own PostgreSQL, Redis and MongoDB programs, private to the data folder
#            compose   the stores of docker-compose.yml
#            external  servers named by ConnectionStrings__PostgreSql, __Redis and __MongoDb
#   --port             port on the loopback address (5080)
#   --urls             addresses to listen on instead, as in ASPNETCORE_URLS
#   --data             folder for everything that is kept (.data/STORES)
#   --demo, --no-demo  a seeded community and gentle traffic, on an empty ledger only
#                      (on with embedded and local, off otherwise)
#
# Ctrl-C stops everything that was started, the application first.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/requirements.sh
. "$ROOT/scripts/requirements.sh"
# shellcheck source=scripts/publish.sh
. "$ROOT/scripts/publish.sh"
# shellcheck source=scripts/local-stores.sh
. "$ROOT/scripts/local-stores.sh"
# shellcheck source=scripts/compose-stores.sh
. "$ROOT/scripts/compose-stores.sh"

stores=embedded port='' urls='' data='' demo=''
app_pid='' stopping=''

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; }

parse() {
  while [ $# -gt 0 ]; do
    case $1 in
      --stores | --port | --data | --urls)
        [[ -n ${2:-} && $2 != -* ]] || die "$1 needs a value"
        declare -g "${1#--}=$2"
        shift
        ;;
      --stores=* | --port=* | --data=* | --urls=*)
        local pair=${1#--}
        declare -g "${pair%%=*}=${pair#*=}"
        ;;
      --demo) demo=true ;;
      --no-demo) demo=false ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; die "unknown option '$1'" ;;
    esac
    shift
  done
  case $stores in
    embedded | local | compose | external) ;;
    *) die "--stores must be embedded, local, compose or external, not '$stores'" ;;
  esac
  if [ -n "$port" ] && { [[ ! $port =~ ^[0-9]{1,5}$ ]] || [ "$port" -lt 1 ] || [ "$port" -gt 65535 ]; }; then
    die "--port must be a number from 1 to 65535, not '$port'"
  fi
  [ -z "$port" ] || [ -z "$urls" ] || die "give --port or --urls, not both"
  if [ -z "$demo" ]; then
    case $stores in embedded | local) demo=true ;; *) demo=false ;; esac
  fi
}

# The address: what the command line says, then the environment, then port 5080 of this machine.
choose_address() {
  if [ -z "$urls" ] && [ -z "$port" ] && [ -n "${ASPNETCORE_URLS:-}" ]; then
    return
  fi
  if [ -z "$urls" ]; then
    port=${port:-5080}
    ! tcp_answers "$port" || die "port $port is in use; choose another one with --port"
    urls=http://localhost:$port
  fi
  export ASPNETCORE_URLS=$urls
}

choose_data() {
  data=${data:-$ROOT/.data/$stores}
  # Other accounts may pass through (PostgreSQL does not run as root), and see nothing.
  mkdir -p "$(dirname "$data")"
  (umask 077 && mkdir -p "$data")
  [ "$(id -u)" -ne 0 ] || chmod 711 "$data"
  data=$(cd "$data" && pwd -P)
  if command -v flock >/dev/null; then
    exec 9>"$data/.lock"
    flock -n 9 || die "another run uses $data; stop it, or choose another folder with --data"
  fi
}

require_external() {
  local name missing=()
  for name in ConnectionStrings__PostgreSql ConnectionStrings__Redis ConnectionStrings__MongoDb; do
    [ -n "${!name:-}" ] || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] || die "--stores external needs these variables: ${missing[*]}"
}

# shellcheck disable=SC2317  # called by the trap
stop_all() {
  local code=$?
  trap '' INT TERM HUP
  trap - EXIT
  stop_process GavatDashboard "$app_pid" TERM
  forget_connections
  stop_local_stores
  stop_compose_stores
  exit "$code"
}

# Before the application runs, a signal simply ends the script, and stop_all stops what was started.
# shellcheck disable=SC2317  # called by the trap
on_signal() {
  stopping=1
  if [ -n "$app_pid" ]; then kill -TERM "$app_pid" 2>/dev/null || true; else exit 130; fi
}

# For gavat.sh, which has to find the stores that run on ports of the moment.
connections_noted=''
note_connections() {
  (umask 077 && printf 'export ConnectionStrings__PostgreSql=%q\n' "$ConnectionStrings__PostgreSql" >"$data/connections.env")
  connections_noted=1
}
# shellcheck disable=SC2317  # called by stop_all
forget_connections() { [ -z "$connections_noted" ] || rm -f "$data/connections.env"; }

# Says where the application is once it listens; its own log is for machines in production.
announce() {
  local url=${ASPNETCORE_URLS%%;*} port
  port=${url##*:}
  port=${port%%/*}
  [[ $port =~ ^[0-9]+$ ]] || return 0
  until tcp_answers "$port"; do
    kill -0 "$app_pid" 2>/dev/null || return 0
    sleep 0.2
  done
  say "GavatDashboard is at ${ASPNETCORE_URLS//;/ }  (stores: $stores, data: $data). Ctrl-C stops it."
}

run_app() {
  export Stores__Mode=$stores Data__Directory=$data Demo__Enabled=$demo
  # Bash leaves background commands deaf to Ctrl-C, so that the stop goes through stop_all, in order.
  cd "$app"
  umask 077
  if command -v setpriv >/dev/null; then
    setpriv --pdeathsig TERM dotnet GavatDashboard.dll </dev/null &
  else
    dotnet GavatDashboard.dll </dev/null &
  fi
  app_pid=$!
  announce 9>&- &
  local code=0
  wait "$app_pid" || code=$?
  if [ -n "$stopping" ]; then
    # The signal ended the wait early.
    stop_process GavatDashboard "$app_pid" TERM
    code=0
  fi
  app_pid=''
  [ "$code" -eq 0 ] || say "GavatDashboard ended with code $code"
  exit "$code"
}

parse "$@"
require_dotnet
require_node
case $stores in
  local) install_local_stores ;;
  compose) require_compose ;;
  external) require_external ;;
esac
choose_address
choose_data
trap stop_all EXIT
trap on_signal INT TERM HUP
# Build servers outlive the build; they must not hold the data folder's lock.
publish 9>&-
case $stores in
  embedded) export ConnectionStrings__PostgreSql='' ConnectionStrings__Redis='' ConnectionStrings__MongoDb='' ;;
  local) start_local_stores; note_connections ;;
  compose) start_compose_stores; note_connections ;;
esac
run_app
