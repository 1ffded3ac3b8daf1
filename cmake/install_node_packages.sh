#!/bin/sh
# Installs the readers of package-lock.json into FOLDER, once; tests that start together wait.
set -eu
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
if cmp -s "$here/package-lock.json" "$folder/installed.json"; then
  exit 0
fi
rm -f "$folder/installed.json"
cp "$here/package.json" "$here/package-lock.json" "$folder/"
cd "$folder"
npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >&2
cp package-lock.json installed.json
