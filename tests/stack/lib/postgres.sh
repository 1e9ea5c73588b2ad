# shellcheck shell=bash disable=SC2154
# A private PostgreSQL cluster. NocoDB needs it: on SQLite it shows "unique" fields but does not enforce them.
PG_PORT=${PG_PORT:-55433}

postgres_bin() { # 15 is what NocoDB was checked on; any newer one is taken when it is missing
  local folder
  for folder in "${PG_BIN:-}" /usr/lib/postgresql/15/bin $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
    if [ -x "$folder/initdb" ]; then echo "$folder"; return; fi
  done
  return 1
}
postgres_install() {
  postgres_bin >/dev/null && return
  need_program postgres initdb postgresql
  postgres_bin >/dev/null || die postgres "no initdb found, set PG_BIN"
}

# The server refuses to run as root, so root runs it as the system's user postgres.
as_postgres=()
[ "$(id -u)" != 0 ] || as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups --)
# Root's cache folder is usually closed to that user; then the cluster lies in its home, one folder for each stack.
postgres_folder() {
  if [ -n "${STACK_PG_DIR:-}" ]; then echo "$STACK_PG_DIR"
  elif "${as_postgres[@]}" test -x "$STACK_DIR" 2>/dev/null; then echo "$STACK_DIR/pg"
  else echo "$(getent passwd postgres | cut -d: -f6)/loyalty-stack-$(printf %s "$STACK_DIR" | cksum | cut -d' ' -f1)"; fi
}
postgres_wipe() { local folder; folder=$(postgres_folder); rm -rf "${folder:?}/data"; }

postgres_launch() {
  local bin folder
  bin=$(postgres_bin); folder=$(postgres_folder)
  mkdir -p "$folder"
  if [ ! -f "$folder/data/PG_VERSION" ]; then
    say postgres "new cluster in $folder"
    (umask 077; echo "$postgres_password" >"$folder/password")
    if [ "$(id -u)" = 0 ]; then chown -R postgres: "$folder"; fi
    (cd "$folder" && "${as_postgres[@]}" "$bin/initdb" -D data -U postgres -A scram-sha-256 --pwfile=password -E UTF8 --locale=C.UTF-8) \
      >"$LOG/initdb.log" 2>&1 || { tail -n 25 "$LOG/initdb.log" >&2; die postgres "initdb failed"; }
    rm -f "$folder/password"
  fi
  need_ports postgres "$PG_PORT"
  # no socket: its path may be too long, and everyone uses TCP
  launch postgres "$folder" "${as_postgres[@]}" "$bin/postgres" -D "$folder/data" -p "$PG_PORT" -c listen_addresses="$HOST" -c unix_socket_directories=
}
postgres_sql() { PGPASSWORD=$postgres_password "$(postgres_bin)/psql" -h "$HOST" -p "$PG_PORT" -U postgres -Atq "$@"; }
postgres_answers() { [ "$(postgres_sql -c 'select 1' 2>/dev/null)" = 1 ]; }
postgres_database() { # name
  [ "$(postgres_sql -c "select 1 from pg_database where datname = '$1'")" = 1 ] || postgres_sql -c "create database \"$1\""
}
postgres_version() { "$(postgres_bin)/postgres" --version | awk '{ print $3 }'; }
postgres_url() { echo "$HOST:$PG_PORT"; }
postgres_env() {
  echo "POSTGRES_URL=postgres://postgres:$postgres_password@$HOST:$PG_PORT/postgres"
  echo "POSTGRES_VERSION=$(postgres_version)"
}
