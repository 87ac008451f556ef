trap '' HUP INT PIPE QUIT
trap 'exit 1' TERM
psql=$1
url=$2
statements=
: "${PGCONNECT_TIMEOUT:=10}"
export PGCONNECT_TIMEOUT

run() {
    "$psql" -X -q -w -d "$url"
}

clean_up() {
    trap '' TERM
    [ -n "$statements" ] || return
    # Again after a while: the server finishes a CREATE DATABASE whose client is gone.
    for pause in 0 2; do
        sleep "$pause"
        printf '%s' "$statements" | run >/dev/null 2>&1
    done
}
trap clean_up EXIT

if ! problem=$(echo 'SELECT 1' | run 2>&1 >/dev/null); then
    printf 'failed\n%s\n' "$problem"
    exit
fi

cd /
echo 'ready yes'
exec >/dev/null
while IFS= read -r name; do
    statements="${statements}DROP DATABASE IF EXISTS $name WITH (FORCE);
"
done
