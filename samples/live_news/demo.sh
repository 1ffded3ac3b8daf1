#!/usr/bin/env bash
# Plays the sample news as a live stream over SRT, and captions it: demo.sh PROGRAM FOLDER.
# Called by ./dev demo live. LIVE_SECONDS ends it after that time; otherwise Ctrl-C does.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$1
folder=$2
mkdir -p "$folder"
export SUBTIDE_MODEL_PATH=$here/../../models/mini${SUBTIDE_MODEL_PATH:+:$SUBTIDE_MODEL_PATH}

[ -e "$folder/news.mp4" ] || python3 "$here/../news_video/make.py" "$folder/news.mp4"

free_port() {
  python3 - "$1" <<'PY'
import socket, sys
kind = socket.SOCK_DGRAM if sys.argv[1] == "udp" else socket.SOCK_STREAM
with socket.socket(socket.AF_INET, kind) as probe:
    probe.bind(("127.0.0.1", 0))
    print(probe.getsockname()[1])
PY
}
srt=$(free_port udp)
web=${LIVE_HTTP:-127.0.0.1:$(free_port tcp)}

children=()
end() {
  trap - EXIT INT TERM
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  wait || true
}
trap end EXIT
trap 'end; exit 0' INT TERM

command=("$program" live "srt://127.0.0.1:$srt?mode=listener" --recognizer whisper:mini.en
         --language en --translate es --http "$web" --state "$folder/state")
[ -z "${LIVE_SECONDS:-}" ] || command+=(--duration "$LIVE_SECONDS")
printf '\n$ %s\n\n' "${command[*]}"
"${command[@]}" &
engine=$!
children+=("$engine")

# The source: a camera or OBS would do the same. It calls again when it is turned away.
(
  while kill -0 "$engine" 2>/dev/null; do
    ffmpeg -nostdin -v error -re -stream_loop -1 -i "$folder/news.mp4" -c copy -f mpegts \
      "srt://127.0.0.1:$srt?mode=caller" 2>/dev/null || sleep 0.5
  done
) &
children+=("$!")

# A marker every ten seconds.
(
  number=0
  while sleep 10 && kill -0 "$engine" 2>/dev/null; do
    number=$((number + 1))
    "$program" inject --state "$folder/state" --id "demo-$number" --class org.example.demo \
      --json "{\"marker\": $number}" 2>/dev/null || true
  done
) &
children+=("$!")

cat <<TEXT
Watch:    http://$web/   (captions in English and Spanish, a marker every ten seconds)
Inject:   $program inject --state $folder/state --id hello --class org.example.demo --json '"hello"'
Events:   $program events tail --state $folder/state
Ctrl-C ends it.
TEXT
wait "$engine"
