#!/usr/bin/env bash
# Runs every fuzz target of BUILD for SECONDS, starting from the golden sidecars and the kept findings.
# A finding is kept under BUILD/fuzz/findings; once mended, it belongs into tests/fuzz/regressions.
set -euo pipefail
build=${1:?usage: run.sh BUILD [SECONDS] [NAME...]}
seconds=${2:-60}
here=$(cd "$(dirname "$0")" && pwd)
shift $(($# > 2 ? 2 : $#))
failed=0
for target in "$build"/fuzz/*_fuzz; do
  name=$(basename "$target")
  [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
  corpus=$build/fuzz/corpus/$name
  findings=$build/fuzz/findings/$name
  mkdir -p "$corpus" "$findings"
  seeds=()
  for folder in "$here/seeds/$name" "$here/regressions/$name"; do
    [ -d "$folder" ] && seeds+=("$folder")
  done
  for golden in "$here"/../golden/subtitles/*."${name%%_*}"; do
    [ -f "$golden" ] && cp "$golden" "$corpus/"
  done
  words=()
  case "$name" in *_reader_fuzz | *_writer_fuzz) words=(-dict="$here/sidecar.dict") ;; esac
  log=$build/fuzz/$name.log
  if "$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 "${words[@]}" -artifact_prefix="$findings/" \
    "$corpus" "${seeds[@]}" >"$log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    printf '%-20s %10s runs, no finding\n' "$name" "$runs"
  else
    printf '%-20s FOUND something: %s, %s\n' "$name" "$log" "$findings"
    failed=1
  fi
done
exit $failed
