#!/bin/sh
# Installs the packages of SOURCE/package-lock.json into FOLDER, once; who starts meanwhile waits.
set -eu
source=$1
folder=$2
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
if cmp -s "$source/package-lock.json" "$folder/installed.json"; then
  exit 0
fi
rm -f "$folder/installed.json"
cp "$source/package.json" "$source/package-lock.json" "$folder/"
cd "$folder"
npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >&2
cp package-lock.json installed.json
