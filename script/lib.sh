# shellcheck shell=bash
# shellcheck disable=SC2034 # variables that the scripts use
# script/lib.sh: what script/demo, script/test and script/assert share.
#
# A private copy of the server's tree takes the build and runs a throwaway
# server, so that nothing on the system changes but for packages that were
# missing.  All of it lives in one directory, $work, removed at exit:
#
#   $work/relmap    a copy of the sources, built there
#   $work/shared    a copy of ../shared/data, where there is one
#   $work/root      the private server: a copy of the system's, or unpacked there
#   $work/data      its cluster; $work/sock its socket; $work/log its log

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
minimum=15

# Say what is going on.
say() {
	printf '== %s\n' "$*"
}

# Give up.
die() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

# Forget the caller's server: keep PG_CONFIG and the like, drop PGHOST and co.
forget_environment() {
	local name
	for name in "${!PG@}"; do
		[[ $name == PG_* ]] || unset "$name"
	done
	unset LANGUAGE
	# PostgreSQL's test modules drop LC_ALL
	export LC_ALL=C.UTF-8 LANG=C.UTF-8
}

# Leave the empty results of functions that return void out of psql's output.
without_void() {
	perl -0777 -pe 's/^ \w+ +\n-+\n +\n(\(1 row\)\n)?\n//mg'
}

# ---- What is there, what is missing ---------------------------------------

# The major version of the server that a pg_config belongs to.
major_of() {
	{ "$1" --version 2>/dev/null || true; } | sed -n 's/^PostgreSQL \([0-9]*\).*/\1/p'
}

# Is there a server of a version that will do behind this pg_config?
is_server() {
	local major
	major=$(major_of "$1")
	[[ -n $major && $major -ge $minimum && -x $("$1" --bindir)/postgres ]]
}

# Can extensions be built and tested with it?
is_complete() {
	is_server "$1" &&
		[[ -f $("$1" --pgxs) && -f $("$1" --includedir-server)/postgres.h ]] &&
		[[ -x $(dirname "$("$1" --pgxs)")/../test/regress/pg_regress ]]
}

# All pg_configs: the one on the PATH, then Debian's, newest first.
pg_configs() {
	command -v pg_config || true
	printf '%s\n' /usr/lib/postgresql/*/bin/pg_config | sort -rV
}

# Set pg_config to $PG_CONFIG, or to the first that can build, or to the first
# that at least has a server; to nothing if there is none.
find_server() {
	local candidate test
	pg_config=
	if [[ -n ${PG_CONFIG:-} ]]; then
		pg_config=$(command -v "$PG_CONFIG") || die "PG_CONFIG: there is no $PG_CONFIG"
		is_complete "$pg_config" ||
			die "PG_CONFIG: $pg_config is not a PostgreSQL $minimum or newer with server, headers and pg_regress"
		return
	fi
	for test in is_complete is_server; do
		while read -r candidate; do
			if [[ -x $candidate ]] && "$test" "$candidate"; then
				pg_config=$candidate
				return
			fi
		done < <(pg_configs)
	done
}

# The packages that are missing for "build" or "tests", one a line.
missing_packages() {
	command -v make >/dev/null || echo make
	command -v gcc >/dev/null || echo gcc
	[[ -f /usr/include/stdio.h ]] || echo libc6-dev
	if [[ $1 == tests ]]; then
		command -v prove >/dev/null || echo perl
		perl -MIPC::Run -e 1 2>/dev/null || echo libipc-run-perl
		perl -MDBD::Pg -e 1 2>/dev/null || echo libdbd-pg-perl
	fi
}

# Run a command as root.
as_root() {
	if [[ $EUID -eq 0 ]]; then
		"$@"
	else
		sudo "$@"
	fi
}

# apt-get that asks nothing and speaks only if it fails.
apt_get() {
	local log status=0
	log=$(mktemp)
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" \
		</dev/null >"$log" 2>&1 || status=$?
	[[ $status -eq 0 ]] || cat "$log" >&2
	rm -f "$log"
	return "$status"
}

# Install packages, and keep Debian's from starting a cluster of its own.
install_packages() {
	local conf=/etc/postgresql-common/createcluster.d/relmap.conf status=0
	as_root mkdir -p "$(dirname "$conf")"
	echo 'create_main_cluster = false' | as_root tee "$conf" >/dev/null
	apt_get install --no-install-recommends "$@" || status=$?
	as_root rm -f "$conf"
	return "$status"
}

# Make sure that packages can be installed, and know which ones there are.
ready_to_install() {
	command -v apt-get >/dev/null ||
		die "no apt-get here: install a PostgreSQL $minimum or newer with its headers, make, gcc, prove and Perl's IPC::Run"
	[[ $EUID -eq 0 ]] || command -v sudo >/dev/null ||
		die "neither root nor sudo here, and there are packages to install: $*"
	say 'apt-get update'
	apt_get update || say 'that failed; going on with the package lists that are here'
}

# Install those of the named packages that are not there.
need_packages() {
	local package missing=()
	for package in "$@"; do
		dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed' || missing+=("$package")
	done
	if [[ ${#missing[@]} -gt 0 ]]; then
		ready_to_install "${missing[@]}"
		say_and_install "${missing[@]}"
	fi
}

# Install packages after saying which, and how much that is.
say_and_install() {
	local size
	size=$(apt-get -o Debug::NoLocking=1 install --no-install-recommends --assume-no "$@" 2>/dev/null </dev/null |
		sed -n 's/^Need to get \(.*\) of archives.*/\1 to fetch/p; s/^After this operation, \(.*\) of additional.*/\1 of disk/p' |
		paste -sd , | sed 's/,/, /') || true
	say "apt-get install $*${size:+ ($size)}"
	install_packages "$@" || die 'that failed'
}

# The major version of this system's own PostgreSQL.
packaged_major() {
	apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1
}

# Give up if this system's own PostgreSQL is too old, or there is none.
check_packaged_major() {
	local major
	major=$(packaged_major)
	[[ -n $major && $major -ge $minimum ]] ||
		die "relmap needs PostgreSQL $minimum or newer, and this system's packages have ${major:-none}." \
			"Add the repository of https://wiki.postgresql.org/wiki/Apt, or set PG_CONFIG to the pg_config of a newer one"
}

# The shared libraries that the server's packages need.  Not LLVM, which is 100 MB
# and only for the JIT compiler.
server_libraries() {
	apt-cache depends --no-recommends --no-suggests "$@" |
		sed -n 's/^ *Depends: \(lib[a-z0-9.+-]*\|tzdata\)$/\1/p' | grep -v '^libllvm' | sort -u
}

# How much these packages, as they would be fetched, are together.
size_of_packages() {
	apt-cache show --no-all-versions "$@" | awk '$1 == "Size:" { n += $2 } END { printf "%.1f MB", n / 1000000 }'
}

# Fetch a server and its headers, and unpack them into the private tree: their
# packages would bring clang, LLVM and a cluster with them.
fetch_server() {
	local major package missing=() debs=("postgresql-$1" "postgresql-client-$1" "postgresql-server-dev-$1")
	major=$1
	apt-cache show "${debs[@]}" >/dev/null 2>&1 ||
		die "no PostgreSQL $major among this system's packages; see https://wiki.postgresql.org/wiki/Apt"
	while read -r package; do
		dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed' || missing+=("$package")
	done < <(server_libraries "${debs[@]:0:2}")
	if [[ ${#missing[@]} -gt 0 ]]; then
		say_and_install "${missing[@]}"
	fi
	say "fetching ${debs[*]}, into a folder that goes at the end ($(size_of_packages "${debs[@]}") to fetch)"
	mkdir "$work/packages"
	(cd "$work/packages" && apt-get -qq -o APT::Sandbox::User= download "${debs[@]}") || die 'that failed'
	for package in "$work"/packages/*.deb; do
		dpkg -x "$package" "$work/root"
	done
	rm -r "$work/packages"
	# without LLVM's library the server must not find its JIT compiler
	rm -f "$work/root/usr/lib/postgresql/$major/lib"/llvmjit*
	pg_config=$work/root/usr/lib/postgresql/$major/bin/pg_config
}

# Set pg_config to a server for "build" or "tests": one that is here, or one in
# the private tree.
need_server() {
	local missing
	make_folder_of_our_own
	find_server
	mapfile -t missing < <(missing_packages "$1")
	if [[ ${#missing[@]} -gt 0 ]] || ! is_complete "${pg_config:-none}"; then
		ready_to_install "${missing[@]}"
	fi
	# before anything is installed or fetched
	[[ -n $pg_config ]] || check_packaged_major
	if [[ ${#missing[@]} -gt 0 ]]; then
		say_and_install "${missing[@]}"
	fi
	if [[ -z $pg_config ]]; then
		fetch_server "$(packaged_major)"
	elif ! is_complete "$pg_config"; then
		fetch_server "$(major_of "$pg_config")"
	fi
	is_complete "$pg_config" || die "$pg_config is not a PostgreSQL $minimum or newer with server, headers and pg_regress"
	say "$("$pg_config" --version), $("$pg_config" --bindir)"
}

# ---- The private copy -----------------------------------------------------

# Run a command in the copy as the user who runs the server: ourselves, but
# for root, whom PostgreSQL refuses.
run() {
	if [[ $EUID -eq 0 ]]; then
		setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups \
			env HOME="$work" PATH="$bin:$PATH" "$@"
	else
		env HOME="$work" PATH="$bin:$PATH" "$@"
	fi
}

# Make $work, and have it removed at exit.
make_folder_of_our_own() {
	user=$(id -un)
	if [[ $EUID -eq 0 ]]; then
		user=nobody
		if id postgres >/dev/null 2>&1; then user=postgres; fi
	fi
	work=$(mktemp -d /tmp/relmap.XXXXXX)
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

# Copy the sources, the test data and the server's tree, unless that is private
# already.
make_copy() {
	local directory
	bin=$("$pg_config" --bindir)
	pgxs=$(dirname "$("$pg_config" --pgxs)")/../..
	destdir=
	if [[ $bin != "$work"/* ]]; then
		destdir=$work/root
		bin=$destdir$bin
		for directory in bindir pkglibdir sharedir; do
			directory=$("$pg_config" --"$directory")
			mkdir -p "$destdir$directory"
			cp -a "$directory/." "$destdir$directory/"
		done
	fi
	mkdir -p "$work/relmap" "$work/sock" "$work/shared"
	tar -C "$root" --exclude=./.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' --exclude='./relmap--*.sql' \
		--exclude=./results --exclude=./output_iso --exclude=./tmp_check --exclude=./log \
		--exclude=node_modules --exclude=./clients/generated \
		-cf - . | tar -C "$work/relmap" --no-same-owner -xf -
	if [[ -d $root/../shared/data ]]; then
		cp -r "$root/../shared/data" "$work/shared/"
	fi
	chmod -R u+w "$work"
	chmod 755 "$work"
	if [[ $EUID -eq 0 ]]; then
		chown -R "$user" "$work"
	fi
	cd "$work/relmap" || exit
}

# Does this process run in the copy?  Not if it has ended, though in a container
# whose first process waits for nobody its number stays.
is_ours() {
	[[ $(readlink "/proc/$1/cwd") == "$work"/* ]]
}

# Stop what still runs in the copy, and remove it.
clean_up() {
	local pid
	trap '' INT TERM HUP
	cd /
	for pid in $(jobs -p); do
		kill -- "-$pid" 2>/dev/null || true
	done
	wait
	find "$work" -name postmaster.pid -exec head -n 1 {} \; | while read -r pid; do
		is_ours "$pid" || continue
		kill -QUIT "$pid" || true
		while is_ours "$pid"; do sleep 0.1; done
	done
	if [[ -n ${RELMAP_KEEP:-} && -d $work/relmap ]]; then
		cp -r "$work/relmap/src" "$RELMAP_KEEP"
		find "$work/log" "$work/tap" -type f \( -name log -o -name '*.log' \) \
			-exec cp -t "$RELMAP_KEEP" {} + 2>/dev/null || true
	fi
	rm -rf "$work"
}

# Build with a compiler, warnings being errors.
build() {
	local flags=-Werror
	# The server's own flags and headers are for the compiler that built it.
	if [[ $1 == *clang* ]]; then
		flags+=' -Wno-unknown-warning-option -Wno-ignored-optimization-argument'
		flags+=' -Wno-ignored-attributes'
	fi
	say "building with $1"
	run make -s PG_CONFIG="$pg_config" clean >/dev/null
	run make -s -j "$(nproc)" PG_CONFIG="$pg_config" CC="$1" COPT="$flags ${RELMAP_COPT:-}" relmap.so
}

# The clang that the server's bitcode is made with, or any; nothing if none.
find_clang() {
	local name
	name=$(sed -n 's/^CLANG[[:space:]]*= *//p' "$pgxs/src/Makefile.global")
	command -v "${name:-clang}" || command -v clang || true
}

# Build with gcc and install into the private tree, without the bitcode for the
# JIT compiler: it takes long, and tests don't look at it.
install_relmap() {
	build gcc &&
		run make -s PG_CONFIG="$pg_config" DESTDIR="$destdir" with_llvm=no install >/dev/null
}

# Have the copy's server run with these variables set, whoever starts it.  It
# goes by its name, as that is what "pg_ctl restart" starts again.
wrap_server() {
	[[ $# -gt 0 ]] || return 0
	run mv "$bin/postgres" "$bin/postgres.bin"
	{
		echo '#!/bin/bash'
		printf 'export %q\n' "$@"
		printf 'exec -a %q %q "$@"\n' "$bin/postgres" "$bin/postgres.bin"
	} >"$bin/postgres"
	chmod 755 "$bin/postgres"
}

# Start a throwaway server with the given options of pg_ctl.
start_server() {
	run initdb -D "$work/data" -U postgres -A trust --no-sync \
		-E UTF8 --locale=C.UTF-8 --lc-messages=C >/dev/null
	cat >>"$work/data/postgresql.conf" <<-END
		listen_addresses = ''
		unix_socket_directories = '$work/sock'
		fsync = off
		shared_buffers = 64MB
		wal_level = logical
		max_prepared_transactions = 10
	END
	run pg_ctl -D "$work/data" -l "$work/log" -w "$@" start >/dev/null || {
		cat "$work/log"
		die 'the server did not start'
	}
	export PGHOST=$work/sock PGUSER=postgres PGDATABASE=postgres
}
