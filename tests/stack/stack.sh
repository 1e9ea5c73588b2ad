#!/usr/bin/env bash
# The real systems the connector works with, installed from packages and run without containers, for tests and demos.
#
#   stack.sh install                 download and build what is missing
#   stack.sh start [--fresh]         start; --fresh stops and empties the chosen systems first (packages and secrets stay)
#   stack.sh stop | status | env     status: exit code 1 when something is down; env: print stack.env
#   stack.sh n8n-import FOLDER       FOLDER/credentials.json and FOLDER/workflows/*.json into n8n, and publish them
#
#   --only "nocodb unomi"            (or STACK_ONLY) choose systems; what they stand on is added. Names, in start order:
#     engine        Elasticsearch 7.10 for Unomi            127.0.0.1:9210   ENGINE_PORT (transport: +100)
#     postgres      private cluster for NocoDB                       55433   PG_PORT
#     nocodb        the real NocoDB                                   8080   NOCODB_PORT
#     n8n           the real n8n, on SQLite                           5678   N8N_PORT (task broker 5679: N8N_RUNNERS_BROKER_PORT)
#     prism-brevo   plays Brevo from its specification                4010   BREVO_PORT
#     prism-openai  checks requests against OpenAI's specification    4011   OPENAI_SPEC_PORT
#     aimock        plays OpenAI chat completions                     4020   OPENAI_PORT
#     unomi         the real Apache Unomi                             8181   UNOMI_PORT (others: lib/unomi.sh)
#
# Exit codes: 0 done, 1 failed (the log's tail is shown), 2 wrong usage, 75 a download was not possible
# (line "SKIPPED <system>: <reason>"). Every subcommand may be repeated.
#
# Settings: LOYALTY_STACK_DIR (default ~/.cache/loyalty-stack) holds everything; LOYALTY_SPECS is the folder with
# brevo.openapi.json and openai.openapi.json; versions and limits stand at the top of each lib file.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STACK_DIR=${LOYALTY_STACK_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/loyalty-stack}
# shellcheck disable=SC2034
HOST=127.0.0.1
SYSTEMS="engine postgres nocodb n8n prism-brevo prism-openai aimock unomi"

for part in processes packages keys postgres nocodb n8n standins unomi; do
  # shellcheck source=/dev/null
  . "$here/lib/$part.sh"
done

usage() { sed -n '2,/^set -e/{/^set -e/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2; }

# ---- which systems
choose() { # prints the chosen systems in start order, with what they stand on
  local wanted=" ${STACK_ONLY//,/ } " name
  [ -n "${STACK_ONLY// /}" ] || wanted=" $SYSTEMS "
  for name in $wanted; do
    [[ " $SYSTEMS " == *" $name "* ]] || { echo "unknown system '$name'; known: $SYSTEMS" >&2; return 2; }
  done
  [[ $wanted == *" nocodb "* ]] && wanted+="postgres "
  [[ $wanted == *" unomi "* ]] && wanted+="engine "
  for name in $SYSTEMS; do
    if [[ $wanted == *" $name "* ]]; then echo "$name"; fi
  done
}
reversed() { printf '%s\n' "$@" | tac; }
call() { local system=$1 step=$2; shift 2; "${system//-/_}_$step" "$@"; } # call prism-brevo launch = prism_brevo_launch
has_step() { declare -F "${1//-/_}_$2" >/dev/null; }

# ---- subcommands
install_chosen() { # one system whose download fails does not keep the others from being installed
  local name code=0 result=0
  for name in "${chosen[@]}"; do
    # not "( … ) || code=$?": that would switch errexit off inside
    set +e; (set -e; call "$name" install); code=$?; set -e
    case $code in
      0) ;;
      75) result=75 ;;
      *) exit "$code" ;;
    esac
  done
  [ "$result" = 0 ] || exit "$result"
}

start_chosen() {
  local name began=$SECONDS
  need_specs "${chosen[@]}"
  install_chosen
  for name in "${chosen[@]}"; do
    if alive "$name"; then say "$name" "already runs"; else call "$name" launch; fi
  done
  for name in "${chosen[@]}"; do
    wait_until "$name" "${START_LIMIT_S:-300}" call "$name" answers
    if has_step "$name" settle; then call "$name" settle; fi
  done
  write_env
  status_chosen
  say stack "ready after $((SECONDS - began)) s; settings and keys: $STACK_DIR/stack.env"
}

stop_chosen() {
  local name
  for name in $(reversed "${chosen[@]}"); do stop_process "$name"; done
}

wipe_chosen() {
  local name
  for name in "${chosen[@]}"; do
    if has_step "$name" wipe; then call "$name" wipe; say "$name" "data removed"; fi
  done
}

status_chosen() {
  local name state result=0
  for name in "${chosen[@]}"; do
    if ! alive "$name"; then state=down result=1
    elif call "$name" answers; then state=up
    else state="not answering" result=1; fi
    if [ "$state" = down ]; then say "$name" down; continue; fi
    say "$name" "$(printf '%-13s %-8s %-32s pid %-7s %s' "$state" "$(call "$name" version)" "$(call "$name" url)" \
      "$(pid_of "$name")" "$(memory_of "$name")")"
  done
  return "$result"
}

write_env() { # of everything that runs, chosen now or earlier
  local name
  (
    umask 077
    for name in $SYSTEMS; do
      if alive "$name" && has_step "$name" env; then call "$name" env; fi
    done >"$STACK_DIR/stack.env.new"
  )
  mv "$STACK_DIR/stack.env.new" "$STACK_DIR/stack.env"
}

# ---- arguments
command=${1:-}; [ $# = 0 ] || shift
STACK_ONLY=${STACK_ONLY:-}; fresh=no; folder=
while [ $# -gt 0 ]; do
  case $1 in
    --fresh) fresh=yes ;;
    --only) STACK_ONLY=${2:?--only needs names}; shift ;;
    --only=*) STACK_ONLY=${1#*=} ;;
    -*) usage ;;
    *) if [ "$command" != n8n-import ] || [ -n "$folder" ]; then usage; fi; folder=$1 ;;
  esac
  shift
done
mkdir -p "$STACK_DIR"; STACK_DIR=$(cd "$STACK_DIR" && pwd)
LOG=$STACK_DIR/log RUN=$STACK_DIR/run DATA=$STACK_DIR/data
mkdir -p "$LOG" "$RUN" "$DATA"
names=$(choose) || exit 2
mapfile -t chosen <<<"$names"

case $command in
  install) one_at_a_time; install_chosen ;;
  start)
    one_at_a_time; load_secrets
    if [ "$fresh" = yes ]; then stop_chosen; wipe_chosen; fi
    start_chosen ;;
  stop) one_at_a_time; stop_chosen ;;
  status) load_secrets; status_chosen ;;
  env) cat "$STACK_DIR/stack.env" ;;
  n8n-import) [ -d "$folder" ] || usage; one_at_a_time; load_secrets; n8n_install; n8n_import "$(cd "$folder" && pwd)" ;;
  *) usage ;;
esac
