# SPDX-License-Identifier: Apache-2.0
# A developer's home full of dummy secrets, each carrying the canary of this run, among files that are no secrets.
#
#   home_fill          (re)makes $HOME with a fresh $CANARY
#
# The canary is lower case hexadecimal so that it survives DNS, URLs and shells unchanged.

# Without a single process: in an emulated guest each would cost 20 ms, before every scenario.
home_file() { # PATH, content on stdin
	local text
	IFS= read -r -d '' text
	printf '%s' "$text" >"$HOME/$1"
}

home_clouds() {
	home_file .aws/credentials <<-END
	[default]
	aws_access_key_id = AKIA0000000000DUMMY0
	aws_secret_access_key = $CANARY
	END
	home_file .kube/config <<-END
	apiVersion: v1
	clusters: [{name: c, cluster: {server: "https://kube.test:6443"}}]
	users: [{name: u, user: {token: $CANARY}}]
	END
	home_file .config/gh/hosts.yml <<-END
	api.github.test:
	    oauth_token: $CANARY
	END
	home_file .config/solana/id.json <<-END
	["$CANARY"]
	END
}

home_keys() {
	home_file .ssh/id_ed25519 <<-END
	-----BEGIN OPENSSH PRIVATE KEY-----
	$CANARY
	-----END OPENSSH PRIVATE KEY-----
	END
	home_file .npmrc <<-END
	//registry.test/:_authToken=$CANARY
	registry=http://registry.test/
	END
	home_file .netrc <<-END
	machine files.test login ada password $CANARY
	END
	home_file .bash_history <<-END
	mysql -p$CANARY
	END
	home_file project/.env <<-END
	API_KEY=$CANARY
	END
	chmod 600 "$HOME/.ssh/id_ed25519" "$HOME/.netrc"
}

home_harmless() {
	home_file .ssh/id_ed25519.pub <<<"ssh-ed25519 AAAAC3Nz-dummy ada@test"
	home_file .ssh/known_hosts <<<"sink.test ssh-ed25519 AAAAC3Nz-dummy"
	home_file .ssh/config <<<$'Host sink.test\n\tUser ada'
	home_file .gitconfig <<<$'[user]\n\tname = Ada\n\temail = ada@test'
	home_file .aws/config <<<$'[default]\nregion = eu-test-1'
	home_file project/README.txt <<<"nothing to see"
}

home_fill() {
	CANARY=eg$(od -An -N15 -tx1 /dev/urandom | tr -d ' \n')
	export CANARY
	# Emptied, not replaced: the folder itself may be watched or mounted.
	find "$HOME" -mindepth 1 -delete
	mkdir -p "$HOME"/{.aws,.kube,.config/gh,.config/solana,.ssh,project}
	home_clouds; home_keys; home_harmless
}
