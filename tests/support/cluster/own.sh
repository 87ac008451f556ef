trap '' HUP INT PIPE QUIT
trap 'exit 1' TERM
umask 077
bin=$1
temporary=$2
shift 2
LC_ALL=C
# Spares initdb the search for the zone of the machine.
TZ=UTC
directory=
export LC_ALL TZ bin directory port

# Runs a script as a user PostgreSQL accepts.
as_server() {
    case $way in
        self) sh -c "$1" ;;
        setpriv) setpriv --reuid="$(id -u "$user")" --regid="$(id -g "$user")" --clear-groups sh -c "$1" ;;
        runuser) runuser -u "$user" -- sh -c "$1" ;;
        su) su -s /bin/sh -c "$1" "$user" ;;
    esac </dev/null
}

clean_up() {
    trap '' TERM
    [ -n "$directory" ] || return
    if [ -f "$directory/data/postmaster.pid" ]; then
        as_server '"$bin/pg_ctl" stop -D "$directory/data" -m immediate -s -w -t 10' >/dev/null 2>&1 ||
            kill -9 "$(head -n 1 "$directory/data/postmaster.pid")" 2>/dev/null
    fi
    cd /
    rm -rf "$directory"
}
trap clean_up EXIT

give_up() {
    printf 'failed\n%s\n' "$1"
    [ -z "$directory" ] || tail -n 40 "$directory/log" "$directory/server.log" 2>/dev/null
    exit 1
}

way=self
if [ "$(id -u)" = 0 ]; then
    way=
    for user in postgres nobody; do
        wanted=$(id -u "$user" 2>/dev/null) || continue
        for way in setpriv runuser su; do
            [ "$(as_server 'id -u' 2>/dev/null)" != "$wanted" ] || break 2
        done
        way=
    done
    if [ -z "$way" ]; then
        echo 'absent root cannot run PostgreSQL and cannot become postgres or nobody by setpriv, runuser or su'
        exit
    fi
fi

directory=$(mktemp -d "$temporary/fieldhouse-postgres.XXXXXX" 2>/dev/null) ||
    give_up "no directory can be made in $temporary"
cd "$directory"
log=$directory/log
: >"$log"
[ "$way" = self ] || chown "$user" "$directory" 2>>"$log" || give_up "chown $user failed"

# Not every system has C.UTF-8.
for locale in C.UTF-8 C; do
    export locale
    as_server '"$bin/initdb" -D "$directory/data" --username=postgres --auth=trust --encoding=UTF8 \
        --locale="$locale" --no-sync --no-instructions' >>"$log" 2>&1 && break
done
[ -f "$directory/data/postgresql.conf" ] || give_up "$bin/initdb failed"

cat >>"$directory/data/postgresql.conf" <<'SETTINGS'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
min_wal_size = 32MB
max_wal_size = 256MB
SETTINGS

started=
for port; do
    rm -f "$directory/server.log"
    if as_server '"$bin/pg_ctl" start -D "$directory/data" -l "$directory/server.log" -o "-p $port" -s -w -t 60' \
        >>"$log" 2>&1; then
        started=yes
        break
    fi
    grep -q 'Address already in use' "$directory/server.log" || break
done
[ -n "$started" ] || give_up "$bin/pg_ctl start failed"

printf 'ready %s\n' "$port"
exec >/dev/null
while read -r line; do :; done
