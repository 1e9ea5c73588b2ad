# shellcheck shell=bash disable=SC2154
# Stand-ins for the two vendors nobody can install. Prism answers from a specification and refuses requests that break
# it; aimock behaves like OpenAI's chat completions but checks nothing, hence both for OpenAI.
prism_wanted=${PRISM_VERSION:-5.16.0}
aimock_wanted=${AIMOCK_VERSION:-1.43.0}
BREVO_PORT=${BREVO_PORT:-4010}
OPENAI_SPEC_PORT=${OPENAI_SPEC_PORT:-4011}
OPENAI_PORT=${OPENAI_PORT:-4020}

need_specs() { # chosen systems
  local name file
  for name in "$@"; do
    [[ $name == prism-* ]] || continue
    file=${LOYALTY_SPECS:-}/${name#prism-}.openapi.json
    [ -f "$file" ] || die "$name" "no ${name#prism-}.openapi.json: set LOYALTY_SPECS to its folder, or leave $name out (--only)"
  done
}
standins_install() { # system
  node_install "$1"
  npm_install "$1" standins "$prism_wanted-$aimock_wanted" \
    '{"name":"stack-standins","private":true,"dependencies":{"@stoplight/prism-cli":"'"$prism_wanted"'","@copilotkit/aimock":"'"$aimock_wanted"'"}}'
}
standins_modules=standins/node_modules

prism_launch() { # system port options…
  local name=$1 port=$2; shift 2
  need_ports "$name" "$port"
  "$STACK_DIR/bin/node" "$here/prism-spec.mjs" "$LOYALTY_SPECS/${name#prism-}.openapi.json" "$DATA/$name.json"
  launch "$name" "$STACK_DIR/standins" "$STACK_DIR/bin/node" "$STACK_DIR/$standins_modules/@stoplight/prism-cli/dist/index.js" \
    mock "$@" -h "$HOST" -p "$port" "$DATA/$name.json"
}
prism_refuses() { # system status url body: a Prism that accepts everything would prove nothing
  local got
  got=$(http_status -X POST -H 'content-type: application/json' -H 'api-key: x' -H 'authorization: Bearer x' -d "$4" "$3")
  [ "$got" = "$2" ] || die "$1" "does not check requests: $3 answers $got to $4, not $2"
}
prism_version() { npm_version "$standins_modules/@stoplight/prism-cli"; }
listens() { [ "$(http_status "$1")" != 000 ]; }

# --errors: what breaks the specification is answered as Brevo would, not with a made-up success
prism_brevo_install() { standins_install prism-brevo; }
prism_brevo_launch() { prism_launch prism-brevo "$BREVO_PORT" --errors; }
prism_brevo_answers() { listens "$(prism_brevo_url)"; }
prism_brevo_settle() { prism_refuses prism-brevo 400 "$(prism_brevo_url)/smtp/email" '{"to":"nobody"}'; }
prism_brevo_url() { echo "http://$HOST:$BREVO_PORT"; } # without /v3
prism_brevo_version() { prism_version; }
prism_brevo_env() { printf '%s\n' "BREVO_URL=$(prism_brevo_url)" "PRISM_VERSION=$(prism_version)"; }

# without --errors: with it Prism finds fault with the specification's own examples
prism_openai_install() { standins_install prism-openai; }
prism_openai_launch() { prism_launch prism-openai "$OPENAI_SPEC_PORT"; }
prism_openai_answers() { listens "$(prism_openai_url)"; }
prism_openai_settle() { prism_refuses prism-openai 422 "$(prism_openai_url)/chat/completions" '{"model":"x"}'; }
prism_openai_url() { echo "http://$HOST:$OPENAI_SPEC_PORT"; } # without /v1
prism_openai_version() { prism_version; }
prism_openai_env() { echo "OPENAI_SPEC_URL=$(prism_openai_url)"; }

aimock_install() { standins_install aimock; }
aimock_launch() {
  need_ports aimock "$OPENAI_PORT"
  launch aimock "$STACK_DIR/standins" "$STACK_DIR/bin/node" "$STACK_DIR/$standins_modules/@copilotkit/aimock/dist/cli.js" \
    --host "$HOST" -p "$OPENAI_PORT" -f "${OPENAI_FIXTURES:-$here/openai.fixtures.json}"
}
aimock_answers() { listens "$(aimock_url)/models"; }
aimock_url() { echo "http://$HOST:$OPENAI_PORT/v1"; }
aimock_version() { npm_version "$standins_modules/@copilotkit/aimock"; }
aimock_env() { printf '%s\n' "OPENAI_URL=$(aimock_url)" "AIMOCK_VERSION=$(aimock_version)"; }
