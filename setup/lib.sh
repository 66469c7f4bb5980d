# lib.sh - what demo and check have in common: packages, users, processes.
#
# Sourced by /bin/sh with $top set to the checkout. Sets
#	state	where everything goes that is made: build, database, sockets
#	run	short path for sockets
#	as	command prefix that runs something as the user of the servers
#	by	command prefix that builds (the user behind sudo, if any)

say() { printf '%s\n' "$*"; }
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# --- packages ---------------------------------------------------------------

has_package() {
	case $1 in
	nodejs) command -v node >/dev/null && return 0 ;;
	npm) command -v npm >/dev/null && return 0 ;;
	esac
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed'
}

# Packages start their services when they are installed. Not now: a policy says
# no for the time, and no cluster is made; both are put back.
without_services() {
	policy=/usr/sbin/policy-rc.d cluster=/etc/postgresql-common/createcluster.conf
	[ -e $policy ] && $root mv $policy $policy.pulse
	printf '#!/bin/sh\nexit 101\n' | $root tee $policy >/dev/null
	$root chmod 755 $policy
	made=
	if [ ! -e $cluster ]; then
		made=1
		$root mkdir -p ${cluster%/*}
		echo 'create_main_cluster = false' | $root tee $cluster >/dev/null
	fi
	"$@"
	status=$?
	[ -n "$made" ] && $root sed -i '/^create_main_cluster = false$/d' $cluster
	$root rm -f $policy
	[ -e $policy.pulse ] && $root mv $policy.pulse $policy
	return $status
}

# need_packages CLASS...: install what is missing of these classes.
need_packages() {
	missing=
	for class; do
		for package in $(awk -v c="$class" '$1 == c { print $2 }' "$top/setup/packages"); do
			has_package "$package" || missing="$missing $package"
		done
	done
	[ -z "$missing" ] && return 0
	root=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || fail "these packages are missing, and there is no sudo:$missing"
		root=sudo
	fi
	say "Installing:$missing"
	fresh=$missing
	$root apt-get update -qq || fail "apt-get update failed"
	without_services $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends -o Dpkg::Options::=--force-confold $missing \
		>"${TMPDIR:-/tmp}/pulse-apt.$$" 2>&1 || {
		tail -n 20 "${TMPDIR:-/tmp}/pulse-apt.$$" >&2
		fail "apt-get install failed"
	}
	rm -f "${TMPDIR:-/tmp}/pulse-apt.$$"
	# Nor at the next boot: they were installed for our private ones.
	for unit in lighttpd mosquitto postgresql; do
		case " $fresh " in *" $unit"*)
			[ -d /run/systemd/system ] && $root systemctl disable $unit >/dev/null 2>&1 ;;
		esac
	done
	return 0
}

# --- users and places ---------------------------------------------------------

# initdb refuses root: as root we work as the user behind sudo, else as a
# system user of our own.
choose_user() {
	as= by=
	if [ "$(id -u)" = 0 ]; then
		user=${SUDO_USER:-pulse-demo}
		[ "$user" = root ] && user=pulse-demo
		id "$user" >/dev/null 2>&1 ||
			useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin "$user" ||
			fail "cannot create the user $user"
		as="runuser -u $user --"
		[ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ] && by=$as
	else
		user=$(id -un)
	fi
	state=$top/var
	mkdir -p "$top/var" 2>/dev/null
	# A checkout under a closed home cannot be reached by that user.
	if ! $as test -x "$top" 2>/dev/null || ! $as test -r "$top/setup/lib.sh" 2>/dev/null; then
		state=/var/lib/pulse-demo
		mkdir -p $state
	fi
	if [ -n "$by" ]; then chown "$user" "$state"; fi
	run=$state/run
	[ ${#run} -gt 70 ] && run=/tmp/pulse-$(printf %s "$state" | cksum | cut -d ' ' -f 1)
	return 0
}

# own DIR...: make directories that belong to the user of the servers.
own() {
	for dir; do
		mkdir -p "$dir"
		[ -z "$as" ] || chown "$user" "$dir"
	done
}

# --- build ------------------------------------------------------------------

# build DIR [configure options]: configure and make there, quietly.
build() {
	dir=$1
	shift
	$by mkdir -p "$dir"
	if [ ! -e "$top/configure" ] || [ "$top/configure.ac" -nt "$top/configure" ] ||
	   [ -n "$(find "$top" -name files.mk -newer "$top/configure" 2>/dev/null | head -n 1)" ] ||
	   [ "$top/Makefile.am" -nt "$top/configure" ]; then
		say "Preparing configure"
		(cd "$top" && $by autoreconf -fi >"$dir/autoreconf.log" 2>&1 && $by touch configure) ||
			{ tail "$dir/autoreconf.log" >&2; fail "autoreconf failed"; }
	fi
	if [ ! -e "$dir/config.status" ] || [ "$top/configure" -nt "$dir/config.status" ]; then
		say "Configuring"
		(cd "$dir" && $by "$top/configure" -q "$@" >configure.log 2>&1) ||
			{ tail "$dir/configure.log" >&2; fail "configure failed"; }
	fi
	say "Building"
	$by make -s -C "$dir" -j"$(nproc)" >"$dir/make.log" 2>&1 ||
		{ grep -E 'error|Error|warning' "$dir/make.log" | head -n 20 >&2; fail "make failed, see $dir/make.log"; }
}

# npm_packages DIR FROM: what FROM/package-lock.json names, installed in DIR. npm
# writes its own lock as the last thing: without it an earlier run was stopped.
npm_packages() {
	$by mkdir -p "$1"
	cmp -s "$2/package-lock.json" "$1/package-lock.json" && [ -f "$1/node_modules/.package-lock.json" ] && return 0
	say "Fetching the tests' own npm packages"
	$by cp "$2/package.json" "$2/package-lock.json" "$1/"
	(cd "$1" && $by npm ci --no-audit --no-fund --loglevel=error >"$1.log" 2>&1) ||
		{ $by rm -f "$1/package-lock.json"; tail "$1.log" >&2; fail "npm ci failed"; }
}

# --- processes ---------------------------------------------------------------

# A process is known by its number and the moment it started, so that a number
# that was given away again is never signalled. One that has ended and that
# nobody has waited for (Z; in a container perhaps for ever) counts as gone.
started_at() { [ -r "/proc/$1/stat" ] && sed 's/.*) //; /^[ZX]/d' "/proc/$1/stat" | cut -d ' ' -f 20; }
note_process() { echo "$2 $(started_at "$2")" >"$run/$1.pid"; }

is_running() {
	[ -r "$run/$1.pid" ] || return 1
	read -r pid start <"$run/$1.pid" || return 1
	[ -n "$start" ] && [ "$(started_at "$pid")" = "$start" ]
}

# has_ended SECONDS NAME: wait for it.
has_ended() {
	for i in $(seq "$1"0); do
		is_running "$2" || return 0
		sleep 0.1
	done
	return 1
}

# launch NAME command...: in the background, with a log of its own, and a mark
# that all its children have too.
launch() {
	name=$1
	shift
	$as env PULSE_STARTED_IN="$state" \
		sh -c 'echo $$ >"$0/$1.start"; shift; exec setsid "$@"' "$run" "$name" "$@" \
		>>"$state/log/$name.log" 2>&1 </dev/null &
	for i in $(seq 200); do
		[ -s "$run/$name.start" ] && break
		sleep 0.05
	done
	note_process "$name" "$(cat "$run/$name.start")"
	rm -f "$run/$name.start"
}

# halt NAME...: ask to end, wait, then insist. Each leads a process group of
# its own (setsid), so what it started ends with it.
halt() {
	for name; do
		is_running "$name" && kill -- "-$pid" 2>/dev/null
	done
	for name; do
		has_ended 10 "$name" || kill -9 -- "-$pid" 2>/dev/null
		rm -f "$run/$name.pid"
	done
}

# The processes that launch ever started here and that still run, known by
# their mark: also those whose number was lost, or whose parent has died. (As
# their own user: root may not look everywhere in a container.)
all_launched() { $as grep -lsxzF "PULSE_STARTED_IN=$state" /proc/[0-9]*/environ | cut -d / -f 3; }

# halt_all NAME...: in this order, and then whatever else is left.
halt_all() {
	halt "$@"
	for i in $(seq 50); do
		left=$(all_launched)
		[ -n "$left" ] || return 0
		[ "$i" = 1 ] && kill $left 2>/dev/null
		sleep 0.1
	done
	kill -9 $left 2>/dev/null
	return 0
}

# free_port FROM: the first port from there that nobody listens on.
free_port() {
	port=$1
	while grep -qE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$port") [0-9A-F:]+ 0A" /proc/net/tcp /proc/net/tcp6 2>/dev/null; do
		port=$((port + 1))
	done
	echo "$port"
}

pgbin=/usr/lib/postgresql/15/bin

# start_cluster DIR [setting...]: a private cluster, reached by a socket in
# $run only; it never meets another PostgreSQL.
start_cluster() {
	data=$1
	shift
	if [ ! -e "$data/PG_VERSION" ]; then
		own "$data"
		$as chmod 700 "$data"
		$as $pgbin/initdb -D "$data" -U pulse -A trust -E UTF8 --locale=C.UTF-8 >/dev/null 2>&1 ||
			fail "initdb failed in $data"
	fi
	if ! $as $pgbin/pg_ctl -D "$data" status >/dev/null 2>&1; then
		options="-c listen_addresses= -c unix_socket_directories=$run"
		for setting; do options="$options -c $setting"; done
		$as $pgbin/pg_ctl -w -t 60 -D "$data" -l "$state/log/postgresql.log" -o "$options" start >/dev/null ||
			{ tail "$state/log/postgresql.log" >&2; fail "PostgreSQL does not start"; }
	fi
}

stop_cluster() {
	[ -e "$1/postmaster.pid" ] && $as $pgbin/pg_ctl -w -D "$1" -m fast stop >/dev/null 2>&1
	return 0
}
