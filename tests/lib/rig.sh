# SPDX-License-Identifier: Apache-2.0
# The rig every end-to-end test stands on: two network namespaces joined by a cable. The test script itself lives in the
# victim's (10.99.0.1, fd99::1); everything that listens lives in the sink's (10.99.0.2, fd99::2).
#
# Both are anonymous and belong to a private mount namespace, so nothing has to be removed afterwards: when the last
# process ends, the kernel takes namespaces, cable and bind mounts with it. Any number of rigs run side by side.
#
#   rig_enter "$@"     first statement of a script: re-executes it inside the victim's namespaces (needs root)
#   rig_up             cable, addresses, fake resolver, sink servers, fake user; sets RIG, SINK_LOG, SINK_WWW, HOME
#   rig_in_sink CMD    runs CMD on the sink's side; rig_serve CMD does so in the background
#   rig_reap PID       ends one process that the script started

RIG_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SINK4=10.99.0.2 SINK6=fd99::2 SINK4B=10.99.0.3 SINK6B=fd99::3 VICTIM4=10.99.0.1
: "${EGRET_SLOW:=1}" # how many times slower than bare metal this machine is (emulated guests: 10)
export SINK4 SINK6 SINK4B SINK6B VICTIM4 EGRET_SLOW

rig_die() { echo "rig: $*" >&2; exit 70; }

rig_enter() {
	[ -z "${RIG_INSIDE:-}" ] || return 0
	[ "$(id -u)" = 0 ] || rig_die "needs root: namespaces and bind mounts"
	# The distribution's own tools first: version managers put slow shims in front of python3 and node.
	export RIG_INSIDE=1 PATH="/usr/sbin:/usr/bin:/sbin:/bin:$PATH" LC_ALL=C.UTF-8
	exec unshare --mount --net --propagation private -- bash "$0" "$@"
}

rig_reap() { kill "$1" 2>/dev/null && wait "$1" 2>/dev/null; return 0; }

rig_down() {
	local pid
	for pid in "${RIG_PIDS[@]:-}"; do [ -z "$pid" ] || kill "$pid" 2>/dev/null; done
	rig_leave_cgroup
	[ -n "${EGRET_KEEP:-}" ] && echo "rig: kept $RIG" >&2 || rm -rf "$RIG"
}

# Waits up to SECONDS (scaled by EGRET_SLOW) for a command to succeed.
rig_wait() {
	local tries=$(($1 * 20 * EGRET_SLOW)); shift
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1)); [ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}

rig_in_sink() { nsenter --net="/proc/$RIG_SINK_PID/ns/net" "$@"; }

# Outside of the cgroup that is ruled: what serves is not the victim's.
rig_outside() {
	[ -z "${RIG_CGROUP:-}" ] || echo $BASHPID >"${RIG_CGROUP%/*}/cgroup.procs"
	exec "$@"
}

# In the background, until the rig goes. Not by way of rig_in_sink: $! must be the program itself, not a shell around it.
rig_serve() {
	rig_outside nsenter --net="/proc/$RIG_SINK_PID/ns/net" "$@" </dev/null >"$RIG/${1##*/}.out" 2>&1 &
	RIG_PIDS+=($!)
}

rig_other_net() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

rig_cable() {
	unshare --net sleep infinity </dev/null >/dev/null 2>&1 &
	RIG_SINK_PID=$!; RIG_PIDS+=($!)
	rig_wait 2 rig_other_net "$RIG_SINK_PID" || rig_die "no second network namespace"
	ip link set lo up
	ip link add eg-v type veth peer name eg-s netns "$RIG_SINK_PID" || rig_die "no veth in this kernel"
	ip addr add $VICTIM4/24 dev eg-v; ip -6 addr add fd99::1/64 dev eg-v nodad
	rig_in_sink sh -c "ip link set lo up; ip addr add $SINK4/24 dev eg-s; ip -6 addr add $SINK6/64 dev eg-s nodad
		ip addr add $SINK4B/24 dev eg-s; ip -6 addr add $SINK6B/64 dev eg-s nodad
		ip link set eg-s up; echo 3 >/proc/sys/net/ipv4/tcp_fastopen"
	ip link set eg-v up
	ip route add default via $SINK4
	echo 3 >/proc/sys/net/ipv4/tcp_fastopen
	echo "0 2147483647" >/proc/sys/net/ipv4/ping_group_range
}

# Every *.test name is the sink; those below apart.test have an address of their own there. nsswitch is replaced too: systems with systemd-resolved would ask it, outside the rig.
rig_resolver() {
	rig_serve dnsmasq --keep-in-foreground --user=root --pid-file= --conf-file=/dev/null --no-resolv --no-hosts \
		--listen-address=$SINK4,$SINK6 --bind-interfaces --log-queries --log-facility="$SINK_LOG/dns.log" \
		--address=/test/$SINK4 --address=/test/$SINK6 --address=/apart.test/$SINK4B --address=/apart.test/$SINK6B
	printf 'nameserver %s\noptions timeout:2 attempts:1\n' $SINK4 >"$RIG/resolv.conf"
	printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$RIG/nsswitch.conf"
	mount --bind "$RIG/resolv.conf" "$(readlink -f /etc/resolv.conf)" || rig_die "cannot replace resolv.conf"
	[ ! -e /etc/nsswitch.conf ] || mount --bind "$RIG/nsswitch.conf" /etc/nsswitch.conf
}

# A login user whose home is the fake one, so that `~` in watch patterns reaches it.
rig_user() {
	export HOME=$RIG/home USER=ada
	mkdir -p "$HOME"
	{ cat /etc/passwd; echo "ada:x:61990:61990:test user:$HOME:/bin/bash"; } >"$RIG/passwd"
	mount --bind "$RIG/passwd" /etc/passwd
}

# A cgroup of its own, in which alone sockets are gated: rigs beside each other do not meet. Without a writable cgroup2 the
# guard takes the root, as it does for everybody.
rig_cgroup() {
	local root
	root=$(awk '$9 == "cgroup2" || $8 == "cgroup2" || $10 == "cgroup2" {print $5; exit}' /proc/self/mountinfo)
	[ -n "$root" ] && mkdir "$root/egret-rig-$$" 2>/dev/null && echo $$ >"$root/egret-rig-$$/cgroup.procs" || return 0
	RIG_CGROUP=$root/egret-rig-$$
	export EGRET_CGROUP=$RIG_CGROUP
}

# Whoever was killed a moment ago may still be in it.
rig_leave_cgroup() {
	local try
	[ -n "${RIG_CGROUP:-}" ] && echo $$ >"${RIG_CGROUP%/*}/cgroup.procs" 2>/dev/null || return 0
	for try in 1 2 3 4 5 6; do rmdir "$RIG_CGROUP" 2>/dev/null && return 0; sleep 0.05; done
}

rig_listening() { rig_in_sink bash -c "exec 9<>/dev/tcp/$SINK4/80"; }
rig_resolving() { getent ahostsv4 ready.test | grep -q $SINK4; }

rig_up() {
	RIG=$(mktemp -d "${TMPDIR:-/tmp}/egret-rig.XXXXXX") RIG_PIDS=()
	chmod 711 "$RIG" # the front is nobody, and must reach its folder below
	trap rig_down EXIT; trap 'exit 130' INT; trap 'exit 143' TERM
	SINK_LOG=$RIG/sink SINK_WWW=$RIG/www
	mkdir -p "$SINK_LOG" "$SINK_WWW"
	rig_cgroup
	rig_cable; rig_resolver; rig_user
	rig_serve python3 "$RIG_LIB/sink.py" --log "$SINK_LOG" --www "$SINK_WWW" --pull $VICTIM4:7777
	rig_wait 10 rig_listening || rig_die "the sink does not listen"
	rig_wait 10 rig_resolving || rig_die "the resolver does not answer"
	export RIG SINK_LOG SINK_WWW RIG_SINK_PID
}
