# shellcheck shell=bash disable=SC2154
# Progress lines, secrets and processes: a server is launched in its own session, found by pid *and* start time (so a
# reused pid is never taken for ours, let alone killed) and stopped by signal.

say() { printf '%-14s %s\n' "[$1]" "$2"; }
die() { printf '[%s] ERROR: %s\n' "$1" "$2" >&2; exit 1; }
skip() { printf 'SKIPPED %s: %s\n' "$1" "$2"; exit 75; }

one_at_a_time() { # two runs at once would start everything twice
  exec 9>"$STACK_DIR/.lock"
  flock -n 9 || { say stack "another run is busy, waiting"; flock -w 1800 9 || die stack "the other run does not end"; }
}

random_hex() { od -An -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }
load_secrets() { # made once, kept over --fresh: whoever has read stack.env can go on with its passwords
  local file=$STACK_DIR/stack.secrets
  [ -f "$file" ] || (
    umask 077
    cat >"$file" <<EOF
owner_email=${STACK_EMAIL:-owner@example.com}
owner_password=Aa1-$(random_hex 10)
n8n_encryption_key=$(random_hex 16)
nocodb_jwt_secret=$(random_hex 24)
postgres_password=$(random_hex 12)
unomi_admin_password=$(random_hex 12)
unomi_peer_key=$(random_hex 16)
EOF
  )
  # shellcheck source=/dev/null
  . "$file"
}

# ---- processes
start_time() { awk '{ sub(/.*\) /, ""); if ($1 != "Z") print $20 }' "/proc/$1/stat" 2>/dev/null; } # a zombie is gone
pid_of() { cut -d' ' -f1 "$RUN/$1.pid"; }
memory_of() { awk '/VmRSS/ { printf "%d MB", $2 / 1024 }' "/proc/$(pid_of "$1")/status"; }
alive() {
  local pid since
  [ -f "$RUN/$1.pid" ] && read -r pid since <"$RUN/$1.pid" && [ -n "$since" ] && [ "$(start_time "$pid")" = "$since" ]
}

launch() { # system folder command…
  local name=$1 folder=$2 pid; shift 2
  mkdir -p "$folder"
  say "$name" "starting"
  (cd "$folder" && exec setsid "$@" >"$LOG/$name.log" 2>&1 </dev/null 9>&-) & # 9: the lock must not outlive this run
  pid=$!
  echo "$pid $(start_time "$pid")" >"$RUN/$name.pid"
}

last_words() { tail -n 25 "$LOG/$1.log"; if has_step "$1" errors; then call "$1" errors || true; fi; } # system
wait_until() { # system seconds check…
  local name=$1 limit=$2 began=$SECONDS; shift 2
  until "$@"; do
    alive "$name" || { last_words "$name" >&2; die "$name" "stopped while starting, see $LOG/$name.log"; }
    [ $((SECONDS - began)) -lt "$limit" ] || { last_words "$name" >&2; die "$name" "not ready after $limit s, see $LOG/$name.log"; }
    sleep 0.3
  done
}

stop_process() { # system
  local name=$1 pid began=$SECONDS
  if alive "$name"; then
    pid=$(pid_of "$name")
    # PostgreSQL takes TERM as "when all clients are gone" and INT as "now, cleanly"
    if [ "$name" = postgres ]; then kill -INT "$pid"; else kill -TERM "$pid"; fi
    while alive "$name" && [ $((SECONDS - began)) -lt 60 ]; do sleep 0.2; done
    if alive "$name"; then kill -KILL -- "-$pid"; say "$name" "killed after 60 s"; else say "$name" "stopped after $((SECONDS - began)) s"; fi
  fi
  rm -f "$RUN/$name.pid"
}

# ---- ports and HTTP
taken() { (exec 3<>"/dev/tcp/$HOST/$1") 2>/dev/null; }
need_ports() { # system port…
  local name=$1 port began=$SECONDS; shift
  for port in "$@"; do
    while taken "$port"; do # a process that has just ended may hold its port a little longer
      [ $((SECONDS - began)) -lt 5 ] || die "$name" "port $port is taken by another program (ports can be set, see stack.sh)"
      sleep 0.2
    done
  done
}
http_status() { curl -s -o /dev/null -w '%{http_code}' --max-time 5 "$@" || true; } # 000: no answer
