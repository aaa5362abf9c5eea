# shellcheck shell=bash
# bench/lib.sh: what script/bench and the scripts in bench/ share.
# shellcheck source=script/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../script/lib.sh"

# Build relmap and start a throwaway server, as steady as can be.
begin() {
	forget_environment
	need_server build
	make_copy
	install_relmap
	run gcc -O2 -shared -fPIC -I"$("$pg_config" --includedir-server)" bench/floor.c -o "$work/floor.so"
	export RELMAP_FLOOR=$work/floor.so
	start_server -t 60
	run tee -a "$work/data/postgresql.conf" >/dev/null <<-END
		autovacuum = off
		checkpoint_timeout = 1d
		full_page_writes = off
		jit = off
		max_wal_size = 8GB
		shared_buffers = 512MB
		wal_level = replica
	END
	run pg_ctl -D "$work/data" -l "$work/log" -w restart >/dev/null
	run createdb bench
	export PGDATABASE=bench
}

# Execute SQL; the result is printed without ornament.
query() {
	run psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1"
}

# Make the tables of one way, for so many rows.
make_tables() {
	run psql -X -q -v way="$1" -v scale="$2" -v floor="$RELMAP_FLOOR" -f bench/tables.sql
}
