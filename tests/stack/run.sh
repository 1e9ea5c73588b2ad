#!/usr/bin/env bash
# The whole job on the real systems: installs what is missing, starts everything fresh, runs tests/stack/main.rs against it,
# stops. A download that failed is reported as SKIPPED with its reason, never as passed.
#
#   run.sh [--keep]     --keep leaves the systems running
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
stack=$here/stack.sh
started=$SECONDS

if [ -z "${LOYALTY_SPECS:-}" ]; then
  echo "SKIPPED stack: LOYALTY_SPECS does not name the folder with brevo.openapi.json and openai.openapi.json"
  exit 0
fi

code=0; "$stack" install || code=$?
[ "$code" = 75 ] && { echo "SKIPPED stack: a download was not possible, see the line above"; exit 0; }
[ "$code" = 0 ] || exit "$code"
echo "installed after $((SECONDS - started)) s"

stop() { [ "${1:-}" = --keep ] || "$stack" stop; }
trap 'stop "${1:-}"' EXIT
"$stack" start --fresh || { echo "not everything came up; once more, from nothing"; "$stack" start --fresh; }
echo "all up after $((SECONDS - started)) s"

set -a
eval "$("$stack" env)"
set +a
LOYALTY_STACK=1 cargo test --test stack -- --nocapture --test-threads 1
echo "stack test done after $((SECONDS - started)) s"
