# Starts a cluster, does what its standard input says line by line, and at the end of the input (the process that holds
# the other end is gone, however it went) stops the cluster and removes the folder. One process does it all, so that
# nothing of it can overtake.
#
# usage: keeper.sh FOLDER PROGRAMS [WORDS THAT RUN A COMMAND AS ANOTHER USER..]
# Each answer is one line: `ready`, `stopped`, or `failed` and why.
folder=$1
programs=$2
shift 2
cd "$folder" || exit 1

run() { # program, arguments: standard input stays with this script
    program=$1
    shift
    "${as[@]}" "$programs/$program" "$@" </dev/null >>"$folder/programs" 2>&1
}

start() {
    if run pg_ctl -D "$folder/data" -l "$folder/log" -w -t 120 start; then
        echo ready
    else
        echo "failed: $(tail -n 3 "$folder/programs" "$folder/log" 2>&1 | tr '\n' ' ')"
    fi
}

end() {
    run pg_ctl -D "$folder/data" -m immediate -w stop
    cd /
    rm -rf "$folder"
}

as=("$@")
if ! run initdb -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync; then
    echo "failed: $(tail -n 3 "$folder/programs" | tr '\n' ' ')"
    end
    exit 1
fi
# A commit waits for its record to leave the process, so that it survives the end of all processes; that it survives a
# loss of power, which no test makes, is not waited for.
cat >>"$folder/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$folder'
max_connections = 200
synchronous_commit = on
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
CONF
start
while read -r command; do
    case $command in
    crash) if run pg_ctl -D "$folder/data" -m immediate -w stop; then echo stopped; else echo "failed: it did not stop"; fi ;;
    start) start ;;
    esac
done
end
