# shellcheck shell=bash disable=SC2154
# The real Apache Unomi (unmodified distribution; only files in etc/, bin/setenv and the version of Groovy change) and its
# search engine, both on Java 17. UNOMI_* variables that the server itself reads are passed through.
unomi_wanted=${UNOMI_VERSION:-2.1.0}
UNOMI_PORT=${UNOMI_PORT:-8181} UNOMI_HTTPS_PORT=${UNOMI_HTTPS_PORT:-9443} UNOMI_SSH_PORT=${UNOMI_SSH_PORT:-8102}
UNOMI_HAZELCAST_PORT=${UNOMI_HAZELCAST_PORT:-5701} UNOMI_RMI_PORT=${UNOMI_RMI_PORT:-1099} UNOMI_RMI_SERVER_PORT=${UNOMI_RMI_SERVER_PORT:-44444}
ENGINE_PORT=${ENGINE_PORT:-9210}
UNOMI_MEMORY=${UNOMI_MEMORY:-1536M} ENGINE_MEMORY=${ENGINE_MEMORY:-1g}
engine_wanted=7.10.2.0
groovy_wanted=3.0.22

# ---- java
java_home() { # a JDK 17: Unomi 2.1 does not run on later ones
  local folder
  for folder in "${JAVA17_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/*17*; do
    if [ -x "$folder/bin/javac" ] && "$folder/bin/javac" -version 2>&1 | grep -q '^javac 17'; then echo "$folder"; return; fi
  done
  return 1
}
java_install() { # system
  java_home >/dev/null || need_program "$1" javac-17 openjdk-17-jdk-headless # no such program: always installs
  java_home >/dev/null || die "$1" "no JDK 17 found, set JAVA17_HOME"
  need_program "$1" mvn maven
  need_program "$1" curl curl
}
maven() { # system goal and options…
  local name=$1 log=$LOG/install-$1.log; shift
  mkdir -p "$STACK_DIR/unomi/mvn"; cp "$here/unomi/pom.xml" "$STACK_DIR/unomi/mvn/"
  (cd "$STACK_DIR/unomi/mvn" && JAVA_HOME=$(java_home) mvn -B -q -Dengine.version="$engine_wanted" "$@") >"$log" 2>&1 </dev/null \
    || skip "$name" "maven: $(grep -m 1 ERROR "$log" | cut -c 1-200) (see $log)"
}

# ---- engine
engine_folder() { echo "$STACK_DIR/unomi/engine"; }
engine_install() {
  local folder source=$here/unomi/Engine.java
  folder=$(engine_folder)
  if [ ! -f "$folder/.installed-$engine_wanted" ]; then
    java_install engine
    say engine "installing Elasticsearch ${engine_wanted%.*}"
    rm -rf "$folder"
    maven engine dependency:copy-dependencies -DoutputDirectory="$folder/lib" -DincludeScope=runtime
    touch "$folder/.installed-$engine_wanted"
  fi
  if ! cmp -s "$source" "$folder/Engine.java"; then # the class of this checkout, not of an earlier one
    rm -rf "$folder/classes" "$folder/Engine.java"; mkdir -p "$folder/classes"
    "$(java_home)/bin/javac" -nowarn -cp "$folder/lib/*" -d "$folder/classes" "$source" >"$LOG/javac.log" 2>&1 \
      || { cat "$LOG/javac.log" >&2; die engine "Engine.java does not compile"; }
    cp "$source" "$folder/Engine.java"
  fi
}
engine_launch() {
  local folder; folder=$(engine_folder)
  need_ports engine "$ENGINE_PORT" $((ENGINE_PORT + 100))
  launch engine "$DATA/engine" "$(java_home)/bin/java" -Xms512m "-Xmx$ENGINE_MEMORY" -Dlog4j2.disable.jmx=true \
    -cp "$folder/classes:$folder/lib/*" Engine "$DATA/engine" "$ENGINE_PORT"
}
engine_wipe() { rm -rf "$DATA/engine"; }
engine_answers() { [ "$(http_status "$(engine_url)/_cluster/health?wait_for_status=yellow&timeout=4s")" = 200 ]; }
engine_url() { echo "http://$HOST:$ENGINE_PORT"; }
engine_version() { echo "${engine_wanted%.*}"; }
engine_env() { echo "UNOMI_SEARCH_URL=$(engine_url)"; }

# ---- unomi
unomi_folder() { echo "$STACK_DIR/unomi/unomi-$unomi_wanted"; }
unomi_install() {
  local folder archive=$STACK_DIR/unomi/mvn/unomi-$unomi_wanted.tar.gz
  folder=$(unomi_folder)
  if [ -d "$folder/etc.shipped" ]; then unomi_groovy; return; fi
  java_install unomi
  say unomi "installing Unomi $unomi_wanted (165 MB)"
  maven unomi dependency:copy -Dartifact="org.apache.unomi:unomi:$unomi_wanted:tar.gz" -DoutputDirectory="$STACK_DIR/unomi/mvn"
  rm -rf "$folder"; mkdir -p "$folder"
  tar xzf "$archive" -C "$folder" --strip-components=1; rm -f "$archive"
  # its Karaf knows Java up to 15 and ends at once on 17: repeat the entries of 15 (later lines of a properties file win)
  if ! grep -q '^jre-17' "$folder/etc/jre.properties"; then
    # shellcheck disable=SC2016
    printf '\njre-17 = ${jre-15}\n' >>"$folder/etc/jre.properties"
    { echo; sed -n '/^eecap-15 = /,/[^\\]$/p' "$folder/etc/config.properties" | sed 's/^eecap-15/eecap-17/; s/15\.0"/15.0,16.0,17.0"/'; echo; } \
      >"$RUN/eecap-17"
    cat "$RUN/eecap-17" >>"$folder/etc/config.properties"
  fi
  # it writes its settings back into etc/ while another of its threads reads them; a file read half-written is lost for good
  # (seen: the address of the engine gone, so it looked for one on 9200)
  printf '\nfelix.fileinstall.enableConfigSave = false\n' >>"$folder/etc/config.properties"
  # loopback only: HTTP(S) and the cluster port here, the remaining ports by unomi_environment
  printf '\norg.ops4j.pax.web.listening.addresses=%s\n' "$HOST" >>"$folder/etc/org.ops4j.pax.web.cfg"
  if [ -f "$folder/etc/hazelcast.xml" ]; then
    sed -i 's#<interfaces enabled="false">#<interfaces enabled="true">#; s#<interface>10\.10\.1\.\*</interface>#<interface>127.0.0.1</interface>#
      s#<property name="hazelcast.jmx">true</property>#<property name="hazelcast.jmx">false</property><property name="hazelcast.socket.bind.any">false</property><property name="hazelcast.phone.home.enabled">false</property>#' \
      "$folder/etc/hazelcast.xml"
  fi
  # shellcheck disable=SC2016
  sed -i 's/^export JAVA_MAX_MEM=.*/export JAVA_MAX_MEM=${JAVA_MAX_MEM:-1536M}/' "$folder/bin/setenv"
  unomi_groovy
  cp -a "$folder/etc" "$folder/etc.making"; mv "$folder/etc.making" "$folder/etc.shipped"
}
# Its Groovy reads classes of Java 14 at most, so on 17 it runs no actions in Groovy; a later one of the same line does.
unomi_groovy() {
  local jar folder
  folder=$(unomi_folder)/system/org/codehaus/groovy
  if [ -f "$folder/.installed-$groovy_wanted" ] || [ ! -d "$folder/groovy/3.0.3" ]; then return; fi
  say unomi "installing Groovy $groovy_wanted"
  for jar in groovy groovy-json groovy-xml; do
    maven unomi dependency:copy -Dartifact="org.codehaus.groovy:$jar:$groovy_wanted" -DoutputDirectory="$STACK_DIR/unomi/mvn"
    mv "$STACK_DIR/unomi/mvn/$jar-$groovy_wanted.jar" "$folder/$jar/3.0.3/$jar-3.0.3.jar"
  done
  touch "$folder/.installed-$groovy_wanted"
}
unomi_environment() {
  unset UNOMI_VERSION # ours, not the server's
  JAVA_HOME=$(java_home); export JAVA_HOME
  export JAVA_MIN_MEM=256M JAVA_MAX_MEM=$UNOMI_MEMORY KARAF_EXEC=exec # exec: the process launched is the server itself
  export KARAF_OPTS="-Dunomi.autoStart=true -Djava.net.preferIPv4Stack=true ${UNOMI_JVM_OPTS:-}"
  export UNOMI_HTTP_PORT=$UNOMI_PORT UNOMI_SECURE_HTTP_PORT=$UNOMI_HTTPS_PORT UNOMI_SHELL_SSHHOST=$HOST UNOMI_SHELL_SSHPORT=$UNOMI_SSH_PORT
  export UNOMI_HAZELCAST_NETWORK_PORT=$UNOMI_HAZELCAST_PORT UNOMI_HAZELCAST_TCPIP_MEMBERS=$HOST:$UNOMI_HAZELCAST_PORT
  export ORG_APACHE_KARAF_MANAGEMENT_RMIREGISTRYPORT=$UNOMI_RMI_PORT ORG_APACHE_KARAF_MANAGEMENT_RMISERVERPORT=$UNOMI_RMI_SERVER_PORT
  export UNOMI_CLUSTER_PUBLIC_ADDRESS=http://$HOST:$UNOMI_PORT UNOMI_CLUSTER_INTERNAL_ADDRESS=https://$HOST:$UNOMI_HTTPS_PORT
  export UNOMI_ROOT_PASSWORD=$unomi_admin_password UNOMI_THIRDPARTY_PROVIDER1_KEY=$unomi_peer_key
  export UNOMI_ELASTICSEARCH_ADDRESSES=$HOST:$ENGINE_PORT
  # one shard for each index, by the names of 2.1 and of later versions
  export UNOMI_ELASTICSEARCH_DEFAULTINDEX_SHARDS=1 UNOMI_ELASTICSEARCH_MONTHLYINDEX_SHARDS=1 UNOMI_ELASTICSEARCH_ROLLOVER_SHARDS=1
  export UNOMI_PROFILE_PURGE_INACTIVETIME=${UNOMI_PROFILE_PURGE_INACTIVETIME:--1} # never forget a quiet customer
}
unomi_launch() {
  wait_until engine 180 engine_answers
  need_ports unomi "$UNOMI_PORT" "$UNOMI_HTTPS_PORT" "$UNOMI_SSH_PORT" "$UNOMI_HAZELCAST_PORT" "$UNOMI_RMI_PORT" "$UNOMI_RMI_SERVER_PORT"
  rm -rf "$(unomi_folder)/etc"; cp -a "$(unomi_folder)/etc.shipped" "$(unomi_folder)/etc" # every start from the same settings
  (unomi_environment; launch unomi "$(unomi_folder)" "$(unomi_folder)/bin/karaf" server)
}
unomi_wipe() { rm -rf "$(unomi_folder)/data"; mkdir -p "$(unomi_folder)/data/tmp"; } # the deployed modules; profiles are in the engine
unomi_has() { curl -fsS --max-time 5 -u "karaf:$unomi_admin_password" "$(unomi_url)/cxs/$1" 2>/dev/null | grep -q "$2"; }
# 2.1 has no health endpoint. Ready means: administration answers, the shipped definitions are loaded, and the public
# endpoint is there (it refuses a request without ids with 400; before that it is 404 or 503).
unomi_answers() {
  unomi_has privacy/info serverVersion && unomi_has jsonSchema json/event/ \
    && unomi_has definitions/conditions/pastEventCondition pastEventCondition \
    && unomi_has definitions/actions/setEventOccurenceCountAction ccurenceCount \
    && [ "$(http_status "$(unomi_url)/cxs/context.json")" = 400 ]
}
unomi_errors() { grep -hE '\| ERROR|^Caused by' "$(unomi_folder)/data/log/karaf.log" | cut -c 1-300 | tail -n 15; } # its own log tells more
unomi_url() { echo "http://$HOST:$UNOMI_PORT"; }
unomi_version() { echo "$unomi_wanted"; }
unomi_env() {
  cat <<EOF
UNOMI_URL=$(unomi_url)
UNOMI_ADMIN_USER=karaf
UNOMI_ADMIN_PASSWORD=$unomi_admin_password
UNOMI_PEER_KEY=$unomi_peer_key
UNOMI_VERSION=$unomi_wanted
EOF
}
