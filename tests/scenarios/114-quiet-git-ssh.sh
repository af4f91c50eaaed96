# SPDX-License-Identifier: Apache-2.0
TITLE="git clone over ssh from a host in a hashed known_hosts; afterwards the clone is run"
VERDICT=QUIET NEEDS="git ssh sshd ssh-keygen python3"
prepare() {
	mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f hostkey
	rm -f "$HOME/.ssh/id_ed25519" "$HOME/.ssh/id_ed25519.pub" && ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
	cp "$HOME/.ssh/id_ed25519.pub" authorized
	echo "git.test $(cut -d' ' -f1,2 hostkey.pub)" >"$HOME/.ssh/known_hosts"
	ssh-keygen -q -H -f "$HOME/.ssh/known_hosts" 2>/dev/null; rm -f "$HOME/.ssh/known_hosts.old"
	git init -q seed && (cd seed && echo "import urllib.request as u; u.urlopen('http://other.test/', timeout=10)" >app.py &&
		git add app.py && git commit -q -m first)
	printf '%s\n' "HostKey $PWD/hostkey" "AuthorizedKeysFile $PWD/authorized" "StrictModes no" "UsePAM no" \
		"PermitRootLogin yes" "PidFile $PWD/sshd.pid" >sshd.conf
	nsenter --net="/proc/$RIG_SINK_PID/ns/net" "$(command -v sshd)" -D -f "$PWD/sshd.conf" -p 22 &
	for try in {1..100}; do (exec 9<>"/dev/tcp/$SINK4/22") 2>/dev/null && break; sleep 0.05; done
}
# Not by GIT_SSH_COMMAND: in ssh's environment it is a doubt about who runs.
attack() {
	git -c core.sshCommand="ssh -4 -o BatchMode=yes -o UserKnownHostsFile=$HOME/.ssh/known_hosts -i $HOME/.ssh/id_ed25519" \
		clone -q "root@git.test:$PWD/seed" clone && python3 clone/app.py
	local status=$?
	kill "$(cat sshd.pid)" # it has gone to /, where nobody looks for what is left
	return $status
}
