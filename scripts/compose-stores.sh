# Sourced by run.sh: the stores of docker-compose.yml. Uses $ROOT, $data and what requirements.sh defines.
# shellcheck shell=bash disable=SC2154  # $data comes from run.sh

compose_started=''

compose() { docker compose --project-directory "$ROOT" --env-file "$data/compose.env" "$@"; }

require_compose() {
  command -v docker >/dev/null || die "docker is missing. Get it from https://docs.docker.com/engine/install/"
  docker compose version >/dev/null 2>&1 || die "the Docker Compose plugin is missing: https://docs.docker.com/compose/install/"
  docker info >/dev/null 2>&1 || die "no Docker engine answers ('docker info' fails). Start it, or join the group 'docker'"
}

# Passwords and ports are made once and kept: the volumes remember the passwords.
compose_settings() {
  local file=$data/compose.env ports
  [ -s "$file" ] && return
  read -r -a ports < <(free_ports 3)
  (umask 077 && cat >"$file.new") <<SETTINGS
POSTGRES_PASSWORD=$(secret)
REDIS_PASSWORD=$(secret)
MONGO_PASSWORD=$(secret)
POSTGRES_PORT=${ports[0]}
REDIS_PORT=${ports[1]}
MONGO_PORT=${ports[2]}
SETTINGS
  mv "$file.new" "$file"
}

start_compose_stores() {
  compose_settings
  say "Starting PostgreSQL, Redis and MongoDB with docker compose ..."
  compose_started=1
  compose up --detach --wait postgres redis mongo >&2 || die "docker compose could not start the stores"
  # shellcheck source=/dev/null
  . "$data/compose.env"
  export ConnectionStrings__PostgreSql="Host=127.0.0.1;Port=$POSTGRES_PORT;Username=gavat;Password=$POSTGRES_PASSWORD;Database=babagavat_db"
  export ConnectionStrings__Redis="127.0.0.1:$REDIS_PORT,password=$REDIS_PASSWORD"
  export ConnectionStrings__MongoDb="mongodb://gavat:$MONGO_PASSWORD@127.0.0.1:$MONGO_PORT/babagavat_db?authSource=admin"
}

stop_compose_stores() {
  [ -n "$compose_started" ] || return 0
  compose stop postgres redis mongo >&2 || say "docker compose could not stop the stores; see 'docker compose ps'"
  compose_started=''
}
