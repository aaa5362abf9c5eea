# shellcheck shell=bash
# script/folders.sh: Debian folders to build and test in, for script/matrix and
# script/package.  They are made by debootstrap, as root, and kept in $cache.

cache=${RELMAP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/relmap}
mirror=${RELMAP_MIRROR:-http://deb.debian.org/debian}

# Give up where folders can't be made.
need_folders() {
	if [[ $EUID -ne 0 ]] || ! command -v debootstrap >/dev/null; then
		die 'needs root and debootstrap'
	fi
	mkdir -p "$cache"
}

# Run a command in a folder, without what the caller's environment says.  It
# has mounts, a /dev/shm and processes of its own, which end with it; and two
# hours.
inside() {
	local folder=$1
	shift
	# shellcheck disable=SC2016 # expanded inside
	timeout --foreground 2h unshare --mount --pid --fork --kill-child sh -c '
		mount -t proc proc "$1/proc" && mount -t tmpfs tmpfs "$1/dev/shm" || exit
		folder=$1
		shift
		exec chroot "$folder" env -i CI=true HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"' \
		sh "$folder" "$@" </dev/null
}

# apt-get in a folder.
apt_inside() {
	local folder=$1
	shift
	inside "$folder" apt-get -qq --no-install-recommends \
		-o Acquire::Check-Valid-Until=false -o APT::Update::Error-Mode=any "$@"
}

# Make a folder of a suite that may take packages of others too.  Servers that
# are installed there get no cluster.
make_folder() {
	local folder=$1 base=$2
	shift
	[[ $base != experimental ]] || base=sid
	rm -rf --one-file-system "$folder"
	debootstrap --variant=minbase "$base" "$folder" "$mirror"
	printf "deb $mirror %s main\n" "$base" "$@" | sort -u >"$folder/etc/apt/sources.list"
	mkdir -p "$folder/dev/shm" "$folder/etc/postgresql-common/createcluster.d"
	echo 'create_main_cluster = false' >"$folder/etc/postgresql-common/createcluster.d/relmap.conf"
	apt_inside "$folder" update
}
