# shellcheck shell=bash disable=SC2154
# The real NocoDB (community edition) on PostgreSQL, with an administrator and an API token.
nocodb_wanted=${NOCODB_VERSION:-0.301.3}
NOCODB_PORT=${NOCODB_PORT:-8080}

nocodb_install() {
  node_install nocodb
  # xlsx: its own entry points at a file outside the registry
  npm_install nocodb nocodb "$nocodb_wanted" \
    '{"name":"stack-nocodb","private":true,"dependencies":{"nocodb":"'"$nocodb_wanted"'"},"overrides":{"xlsx":"npm:@e965/xlsx@0.20.3"}}'
  sqlite_build nocodb nocodb
}
nocodb_launch() {
  need_ports nocodb "$NOCODB_PORT"
  wait_until postgres 60 postgres_answers
  postgres_database nocodb
  cp "$here/nocodb-run.js" "$STACK_DIR/nocodb/run.js" # it has to lie beside node_modules
  (
    export PORT=$NOCODB_PORT NC_HOST=$HOST NC_TOOL_DIR=$DATA/nocodb NC_PUBLIC_URL=${NC_PUBLIC_URL:-$(nocodb_url)}
    export NC_DB="pg://$HOST:$PG_PORT?u=postgres&p=$postgres_password&d=nocodb"
    export NC_ADMIN_EMAIL=$owner_email NC_ADMIN_PASSWORD=$owner_password NC_AUTH_JWT_SECRET=$nocodb_jwt_secret
    export NC_ALLOW_LOCAL_HOOKS=true # the connector's webhooks are on loopback
    export NC_DATA_PAYLOAD_LIMIT=${NC_DATA_PAYLOAD_LIMIT:-1000} # rows in a bulk call; its own default is 100, in v3 10
    export NC_DISABLE_TELE=true NC_DISABLE_ERR_REPORTS=true NC_DISABLE_SUPPORT_CHAT=true NODE_ENV=production
    launch nocodb "$DATA/nocodb" "$STACK_DIR/bin/node" "$STACK_DIR/nocodb/run.js"
  )
}
nocodb_wipe() { rm -rf "$DATA/nocodb" "$DATA/nocodb.key"; }
nocodb_answers() { [ "$(http_status "$(nocodb_url)/api/v1/health")" = 200 ]; }
nocodb_settle() { make_key nocodb "$(nocodb_url)"; }
nocodb_url() { echo "http://$HOST:$NOCODB_PORT"; }
nocodb_version() { npm_version nocodb/node_modules/nocodb; }
nocodb_env() {
  cat <<EOF
NOCODB_URL=$(nocodb_url)
NOCODB_API_TOKEN=$(cat "$DATA/nocodb.key")
NOCODB_ADMIN_EMAIL=$owner_email
NOCODB_ADMIN_PASSWORD=$owner_password
NOCODB_VERSION=$(nocodb_version)
EOF
}
