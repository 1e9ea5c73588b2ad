# shellcheck shell=bash disable=SC2154
# The real n8n on SQLite, with an owner and an API key, and the import of workflow files.
n8n_wanted=${N8N_VERSION:-2.41.1}
N8N_PORT=${N8N_PORT:-5678}
N8N_RUNNERS_BROKER_PORT=${N8N_RUNNERS_BROKER_PORT:-$((N8N_PORT + 1))}

n8n_install() {
  node_install n8n
  # xlsx: its own entry points at a file outside the registry; linkedom: later ones need a package that is not published
  npm_install n8n n8n "$n8n_wanted" \
    '{"name":"stack-n8n","private":true,"dependencies":{"n8n":"'"$n8n_wanted"'"},"overrides":{"xlsx":"npm:@e965/xlsx@0.20.3","linkedom":"0.18.12"}}'
  sqlite_build n8n n8n
}
n8n_environment() { # for the server and for its command line alike
  export N8N_USER_FOLDER=$DATA/n8n N8N_ENCRYPTION_KEY=$n8n_encryption_key
  export N8N_LISTEN_ADDRESS=$HOST N8N_HOST=$HOST N8N_PORT N8N_PROTOCOL=http N8N_RUNNERS_BROKER_PORT
  export WEBHOOK_URL=${WEBHOOK_URL:-$(n8n_url)/} N8N_SECURE_COOKIE=false GENERIC_TIMEZONE=${GENERIC_TIMEZONE:-UTC}
  export N8N_DIAGNOSTICS_ENABLED=false N8N_VERSION_NOTIFICATIONS_ENABLED=false N8N_TEMPLATES_ENABLED=false
  export N8N_PERSONALIZATION_ENABLED=false N8N_HIRING_BANNER_ENABLED=false N8N_DYNAMIC_BANNERS_ENABLED=false
  # "legacy" has two to four times the throughput of the default, which fences off strangers' expressions
  export N8N_EXPRESSION_ENGINE=${N8N_EXPRESSION_ENGINE:-legacy}
  # publication is asynchronous; look every second instead of every 10 to 15
  export N8N_WORKFLOW_PUBLICATION_OUTBOX_POLL_INTERVAL_MS=1000 N8N_WORKFLOW_PUBLICATION_RECONCILE_INTERVAL_SECONDS=1
  mkdir -p "$N8N_USER_FOLDER"
}
n8n_program=node_modules/n8n/bin/n8n

n8n_launch() {
  need_ports n8n "$N8N_PORT" "$N8N_RUNNERS_BROKER_PORT"
  (n8n_environment; launch n8n "$DATA/n8n" "$STACK_DIR/bin/node" "$STACK_DIR/n8n/$n8n_program" start)
}
n8n_wipe() { rm -rf "$DATA/n8n" "$DATA/n8n.key"; }
n8n_answers() { [ "$(http_status "$(n8n_url)/healthz/readiness")" = 200 ]; }
n8n_settle() { make_key n8n "$(n8n_url)"; }
n8n_url() { echo "http://$HOST:$N8N_PORT"; }
n8n_version() { npm_version n8n/node_modules/n8n; }
n8n_env() {
  cat <<EOF
N8N_URL=$(n8n_url)
N8N_API_KEY=$(cat "$DATA/n8n.key")
N8N_OWNER_EMAIL=$owner_email
N8N_OWNER_PASSWORD=$owner_password
N8N_USER_FOLDER=$DATA/n8n
N8N_VERSION=$(n8n_version)
EOF
}

# ---- import
n8n_cli() {
  (n8n_environment; cd "$STACK_DIR/n8n" && "$STACK_DIR/bin/node" "$n8n_program" "$@") >>"$LOG/n8n-import.log" 2>&1 9>&- \
    || { tail -n 25 "$LOG/n8n-import.log" >&2; die n8n "n8n $1 failed, see $LOG/n8n-import.log"; }
}
# Works before the first start and on a running n8n. An import always unpublishes what it replaces, and a running n8n
# follows the database only after a while: so everything is published afterwards, and this waits until n8n has followed.
# A workflow file with "active": false stays a draft.
n8n_import() { # folder
  local folder=$1 bundle=$RUN/n8n-workflows.json id began=$SECONDS ids=()
  : >"$LOG/n8n-import.log"
  if [ -f "$folder/credentials.json" ]; then
    say n8n "importing credentials"
    n8n_cli import:credentials --input="$folder/credentials.json"
  fi
  # one call for all files: each start of the command line costs about five seconds
  mapfile -t ids < <("$STACK_DIR/bin/node" "$here/n8n-workflows.mjs" bundle "$folder/workflows" "$bundle")
  wait $! || die n8n "the files in $folder/workflows cannot be imported"
  say n8n "importing workflows, ${#ids[@]} to publish"
  n8n_cli import:workflow --input="$bundle"
  for id in "${ids[@]}"; do n8n_publish "$id"; done
  until "$STACK_DIR/bin/node" "$here/n8n-workflows.mjs" check "$DATA/n8n/.n8n/database.sqlite" "$(n8n_state)" "${ids[@]}" >"$RUN/n8n-pending" 2>>"$LOG/n8n-import.log"; do
    [ $((SECONDS - began)) -lt 300 ] || { cat "$RUN/n8n-pending" >&2; die n8n "not published after 300 s"; }
    [ "$(n8n_state)" = running ] || { cat "$RUN/n8n-pending" >&2; die n8n "not published, see $LOG/n8n-import.log"; }
    sleep 0.3
  done
  say n8n "imported and published ${#ids[@]} workflows after $((SECONDS - began)) s (n8n is $(n8n_state))"
}
n8n_state() { if alive n8n; then echo running; else echo stopped; fi; }
n8n_publish() { # id; a running n8n does it in a blink, and checks more than its command line does
  if alive n8n && [ -f "$DATA/n8n.key" ]; then
    curl -fsS --max-time 60 -X POST -H "X-N8N-API-KEY: $(cat "$DATA/n8n.key")" "$(n8n_url)/api/v1/workflows/$1/activate" \
      >>"$LOG/n8n-import.log" 2>&1 && return
    say n8n "$1: the API refused to publish it ($(tail -n 1 "$LOG/n8n-import.log")), trying the command line"
  fi
  n8n_cli publish:workflow --id="$1"
}
