#!/usr/bin/env bash
# Sends a file of history to the running application, waits and shows progress.
#
# usage: scripts/import.sh [--port 5080 | --url URL] --format cdnow|csv FILE
#   --port   port of the application on this machine (5080)
#   --url    its address, where it runs elsewhere
#
# The API key is taken from Bootstrap__ApiKey. Importing the same file again changes nothing. Ends with the
# lines that were rejected and why; the exit code is not 0 when the import failed or was cancelled.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/requirements.sh
. "$ROOT/scripts/requirements.sh"

require_node
exec node "$ROOT/scripts/import.mjs" "$@"
