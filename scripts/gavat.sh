#!/usr/bin/env bash
# Runs a verb of GavatDashboard on the stores that scripts/run.sh uses.
#
# usage: scripts/gavat.sh [--stores embedded|local|compose|external] [--data DIR] VERB ...
#   verify               check ledger, fallback and audit trail, and the stores against each other; 1 at the first break, 3 where a store is out of reach
#   backup DIR           make a backup
#   restore FILE         put one back (--overwrite: onto a ledger that has entries)
#   apikey create|list|revoke ...
#
# The folder is .data/STORES unless --data names another. With local stores that are not running, they are
# started for the verb and stopped after it. Embedded and local stores may be in use, but not for restore;
# local ones must be stopped for it.
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

stores=embedded data=''
while [ $# -gt 0 ]; do
  case $1 in
    --stores | --data)
      [ -n "${2:-}" ] || die "$1 needs a value"
      declare -g "${1#--}=$2"
      shift 2
      ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    -*) die "unknown option '$1'; options come before the verb" ;;
    *) break ;;
  esac
done
case ${1:-} in
  verify | backup | restore | apikey) ;;
  '') die "name a verb: verify, backup, restore or apikey" ;;
  *) die "unknown verb '$1': use verify, backup, restore or apikey" ;;
esac
data=${data:-$ROOT/.data/$stores}
[ -d "$data" ] || die "there is no data folder $data; name it with --data"
data=$(cd "$data" && pwd -P)
require_dotnet
require_node
publish
# Whether run.sh runs on the data folder; it then has noted where its stores are.
is_running() { [ -s "$data/connections.env" ] && ! flock -n "$data/.lock" true 2>/dev/null; }

find_stores() {
  case $stores in
    embedded) export ConnectionStrings__PostgreSql='' ;;
    external) [ -n "${ConnectionStrings__PostgreSql:-}" ] || die "--stores external needs ConnectionStrings__PostgreSql" ;;
    local | compose)
      if is_running; then
        # shellcheck source=/dev/null
        . "$data/connections.env"
        return
      fi
      trap 'stop_local_stores; stop_compose_stores' EXIT
      trap 'exit 130' INT TERM HUP
      if [ "$stores" = local ]; then
        install_local_stores
        start_local_postgres
      else
        require_compose
        start_compose_stores
      fi
      ;;
    *) die "--stores must be embedded, local, compose or external, not '$stores'" ;;
  esac
}

# Keys are in a file of their own.
[ "$1" = apikey ] || find_stores
export Data__Directory=$data
umask 077
dotnet "$app/GavatDashboard.dll" "$@"
