# shellcheck shell=bash disable=SC2154
# The API keys of n8n and NocoDB: kept in a file beside the data, made again when the server does not know them.
key_made() { # system url; fails while the REST routes are not up, which takes a moment longer than the health check
  local file=$DATA/$1.key
  (
    umask 077
    URL=$2 EMAIL=$owner_email PASSWORD=$owner_password KEY=$(cat "$file" 2>/dev/null || true) \
      "$STACK_DIR/bin/node" "$here/bootstrap.mjs" "$1" >"$file.new" 2>>"$LOG/$1.log"
  ) && mv "$file.new" "$file"
}
make_key() { wait_until "$1" 60 key_made "$1" "$2"; }
