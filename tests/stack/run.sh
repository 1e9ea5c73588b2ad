#!/usr/bin/env bash
# The whole job on the real systems: installs what is missing, starts everything fresh, runs against it the tests that a plain
# `cargo test` lists as ignored, stops. What could not be done is reported as SKIPPED with its reason and ends with 75, never
# as passed.
#
#   run.sh [--keep]     --keep leaves the systems running
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
stack=$here/stack.sh
started=$SECONDS

for file in brevo.openapi.json openai.openapi.json; do
  [ -f "${LOYALTY_SPECS:-/nonexistent}/$file" ] && continue
  cat <<'EOF'
SKIPPED stack: LOYALTY_SPECS does not name a folder with brevo.openapi.json and openai.openapi.json.
They are the vendors' own descriptions, which are not part of this repository:
  brevo.openapi.json    https://api.brevo.com/v3/swagger_definition_v3.yml, as JSON
  openai.openapi.json   openapi.yaml of https://github.com/openai/openai-openapi, as JSON
EOF
  exit 75
done

code=0; "$stack" install || code=$?
[ "$code" = 75 ] && { echo "SKIPPED stack: a download was not possible, see the line above"; exit 75; }
[ "$code" = 0 ] || exit "$code"
echo "installed after $((SECONDS - started)) s"

stop() { [ "${1:-}" = --keep ] || "$stack" stop; }
trap 'stop "${1:-}"' EXIT
"$stack" start --fresh || { echo "not everything came up; once more, from nothing"; "$stack" start --fresh; }
echo "all up after $((SECONDS - started)) s"

set -a
eval "$("$stack" env)"
set +a
# one after the other: they share the systems
for tests in stack nocodb unomi setup words; do
  cargo test --test "$tests" -- --ignored --nocapture --test-threads 1
done
echo "stack test done after $((SECONDS - started)) s"
