# Sourced by run.sh: PostgreSQL, Redis and MongoDB from this machine's own programs, private to one data folder.
# They listen on the loopback address only, on ports that are free at the start, and never run as root.
# Uses $ROOT, $data and what requirements.sh defines.
# shellcheck shell=bash disable=SC2154  # $data comes from run.sh

postgres_pid='' redis_pid='' mongo_pid=''
database=babagavat_db

secret() { head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

# kept_secret NAME: a password made once and kept in the data folder, readable by its owner alone.
kept_secret() {
  local file=$data/secrets/$1
  if [ ! -s "$file" ]; then
    (umask 077 && mkdir -p "$data/secrets" && secret >"$file.new" && mv "$file.new" "$file")
  fi
  cat "$file"
}

# free_ports N: prints N ports that nobody listens on.
free_ports() {
  node -e '
    const net = require("node:net"), count = Number(process.argv[1]), open = [];
    for (let i = 0; i < count; i++) {
      const server = net.createServer().listen(0, "127.0.0.1", () => {
        if (open.push(server) < count) return;
        console.log(open.map((one) => one.address().port).join(" "));
        open.forEach((one) => one.close());
      });
    }' "$1"
}

# as_user USER COMMAND...: runs it as USER where this script runs as root, and as oneself otherwise.
# Away from the terminal, so that Ctrl-C reaches run.sh alone, which stops the application first; and
# with a signal of its own should run.sh be killed.
as_user() {
  local user=$1 options=()
  shift
  if command -v setpriv >/dev/null; then
    [ "$(id -u)" -ne 0 ] || options=(--reuid="$user" --regid="$(id -g "$user")" --init-groups)
    exec setsid setpriv "${options[@]}" --pdeathsig "${death_signal:-TERM}" "$@"
  fi
  [ "$(id -u)" -ne 0 ] || die "'setpriv' (package util-linux) is needed to run the servers as another user than root"
  exec setsid "$@"
}

# account NAME...: the first of these accounts that exists; asked only as root.
account() {
  local name
  [ "$(id -u)" -eq 0 ] || { id -un; return; }
  for name in "$@"; do
    if id "$name" >/dev/null 2>&1; then echo "$name"; return; fi
  done
  die "none of the accounts $* exists; run this script as an ordinary user instead of root"
}

# server_folder NAME USER: a folder of the data folder that USER owns.
server_folder() {
  local folder=$data/$1 user=$2 elsewhere
  if [ -d "$folder" ] && (cd / && as_user "$user" test -w "$folder/."); then
    echo "$folder"
    return
  fi
  if [ "$(id -u)" -ne 0 ]; then
    (umask 077 && mkdir -p "$folder")
  elif (as_user "$user" test -x "$data"); then
    install -d -m 700 -o "$user" -g "$(id -g "$user")" "$folder"
  else
    # Below /root, say, no other account gets in: keep the files elsewhere, behind a link.
    elsewhere=/var/lib/gavatdashboard/$(printf %s "$data" | cksum | cut -d' ' -f1)
    if [ ! -L "$folder" ] && [ -e "$elsewhere/$1" ]; then
      # The data folder was removed and its passwords with it: what is left here cannot be opened again.
      mv "$elsewhere/$1" "$elsewhere/$1.left.$(date +%s)"
    fi
    install -d -m 711 /var/lib/gavatdashboard "$elsewhere"
    install -d -m 700 -o "$user" -g "$(id -g "$user")" "$elsewhere/$1"
    ln -sfn "$elsewhere/$1" "$folder"
    say "Note: the account '$user' cannot enter $data, so the files of $1 are in $elsewhere/$1"
    folder=$elsewhere/$1
  fi
  echo "$folder"
}

# wait_for NAME PID LOG COMMAND...: until COMMAND succeeds, at most 60 s.
wait_for() {
  local name=$1 pid=$2 log=$3 tries=0
  shift 3
  until "$@" >/dev/null 2>&1; do
    kill -0 "$pid" 2>/dev/null || { tail -n 20 "$log" >&2; die "$name ended while starting; its log is $log"; }
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { tail -n 20 "$log" >&2; die "$name did not answer within 60 s; its log is $log"; }
    sleep 0.1
  done
}

install_local_stores() {
  local packages=()
  have_postgres || packages+=(postgresql)
  have_redis || packages+=(redis-server)
  [ ${#packages[@]} -eq 0 ] || debian_packages "${packages[@]}"
  command -v mongod >/dev/null || npm_packages "$ROOT/scripts/mongo-dev"
}

start_postgres() {
  local port=$1 user folder log=$data/logs/postgres.log bin version admin_password app_password
  user=$(account postgres)
  folder=$(server_folder postgres "$user")
  admin_password=$(kept_secret postgres-admin)
  app_password=$(kept_secret postgres-app)
  bin=$(dirname "$(postgres_program postgres)")

  if [ -s "$folder/data/PG_VERSION" ]; then
    version=$(cat "$folder/data/PG_VERSION")
    [ ! -x "/usr/lib/postgresql/$version/bin/postgres" ] || bin=/usr/lib/postgresql/$version/bin
  else
    say "Making a PostgreSQL data folder in $folder ..."
    # A first start that was interrupted must not pass for a whole database.
    rm -rf "$folder/data.new" "$folder/password"
    (umask 077 && printf '%s\n' "$admin_password" >"$folder/password")
    [ "$(id -u)" -ne 0 ] || chown "$user" "$folder/password"
    (as_user "$user" "$bin/initdb" -D "$folder/data.new" -U postgres --pwfile="$folder/password" \
      --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-instructions) >"$log" 2>&1 \
      || { tail -n 20 "$log" >&2; die "initdb failed"; }
    rm -f "$folder/password"
    mv "$folder/data.new" "$folder/data"
  fi

  # INT is the fast shutdown; with TERM it would wait for its clients.
  death_signal=INT as_user "$user" "$bin/postgres" -D "$folder/data" -p "$port" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= >>"$log" 2>&1 &
  postgres_pid=$!
  wait_for PostgreSQL "$postgres_pid" "$log" "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"

  # The application's role owns its database and may make it again; it is no superuser.
  PGPASSWORD=$admin_password "$bin/psql" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U postgres -d postgres \
    >>"$log" 2>&1 <<SQL || { tail -n 20 "$log" >&2; die "the database $database could not be made"; }
SELECT 'CREATE ROLE gavat LOGIN CREATEDB' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gavat') \gexec
ALTER ROLE gavat PASSWORD '$app_password';
GRANT pg_monitor, pg_signal_backend TO gavat;
SELECT 'CREATE DATABASE $database OWNER gavat' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$database') \gexec
SQL
  export ConnectionStrings__PostgreSql="Host=127.0.0.1;Port=$port;Username=gavat;Password=$app_password;Database=$database"
  say "PostgreSQL $(cat "$folder/data/PG_VERSION") on 127.0.0.1:$port, files in $folder"
}

start_redis() {
  local port=$1 user folder log=$data/logs/redis.log password
  user=$(account redis postgres)
  folder=$(server_folder redis "$user")
  password=$(kept_secret redis)
  # The settings go in by a pipe: on the command line every user of the machine could read the password.
  as_user "$user" redis-server - >>"$log" 2>&1 < <(
    printf 'port %s\nbind 127.0.0.1\ndir %s\nsave ""\nappendonly yes\nappendfsync everysec\nrequirepass %s\n' "$port" "\"$folder\"" "$password"
  ) &
  redis_pid=$!
  wait_for Redis "$redis_pid" "$log" tcp_answers "$port"
  export ConnectionStrings__Redis="127.0.0.1:$port,password=$password"
  say "Redis on 127.0.0.1:$port, files in $folder"
}

start_mongo() {
  local port=$1 user folder log=$data/logs/mongo.log server=$ROOT/scripts/mongo-dev/server.mjs
  if command -v mongod >/dev/null; then
    user=$(account mongodb mongod postgres)
    folder=$(server_folder mongo "$user")
    as_user "$user" mongod --dbpath "$folder" --bind_ip 127.0.0.1 --port "$port" >>"$log" 2>&1 &
    mongo_pid=$!
    say "MongoDB on 127.0.0.1:$port, files in $folder"
  else
    user=$(account nobody)
    (as_user "$user" test -r "$server") || user=$(id -un)
    as_user "$user" node "$server" --port "$port" >>"$log" 2>&1 </dev/null &
    mongo_pid=$!
    export Stores__MongoDevelopmentServer=true
    say "Note: no 'mongod' on this machine. MongoDB's place is taken by a development server on 127.0.0.1:$port;"
    say "      it lives in memory, and the application fills it again from the ledger after each start."
  fi
  wait_for MongoDB "$mongo_pid" "$log" tcp_answers "$port"
  export ConnectionStrings__MongoDb="mongodb://127.0.0.1:$port/$database"
}

# tcp_answers PORT
tcp_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# PostgreSQL alone, for a verb.
start_local_postgres() {
  (umask 077 && mkdir -p "$data/logs")
  start_postgres "$(free_ports 1)"
}

start_local_stores() {
  local ports
  (umask 077 && mkdir -p "$data/logs")
  read -r -a ports < <(free_ports 3)
  export Stores__MongoDevelopmentServer=false
  start_postgres "${ports[0]}"
  start_redis "${ports[1]}"
  start_mongo "${ports[2]}"
}

stop_local_stores() {
  stop_process Redis "$redis_pid" TERM
  stop_process MongoDB "$mongo_pid" TERM
  # INT is PostgreSQL's fast shutdown: it ends sessions and writes a checkpoint.
  stop_process PostgreSQL "$postgres_pid" INT
  redis_pid='' mongo_pid='' postgres_pid=''
}
