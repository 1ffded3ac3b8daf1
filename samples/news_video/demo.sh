#!/usr/bin/env bash
# Makes the sample news and subtitles it: demo.sh PROGRAM FOLDER. Called by ./dev demo.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$1
folder=$2
mkdir -p "$folder"
export SUBTIDE_MODEL_PATH=$here/../../models/mini${SUBTIDE_MODEL_PATH:+:$SUBTIDE_MODEL_PATH}

[ -e "$folder/news.mp4" ] || python3 "$here/make.py" "$folder/news.mp4"

command=("$program" subtitle "$folder/news.mp4" --recognizer whisper:mini.en --translate es
         --formats srt,vtt,ttml,ass,json --preview --force)
printf '\n$ %s\n' "${command[*]}"
"${command[@]}"

for language in en es; do
  printf '\nThe first cues of %s:\n\n' "$folder/news.$language.srt"
  awk -v RS= 'NR <= 3 { print $0 "\n" }' "$folder/news.$language.srt"
done
cat <<TEXT
The files are in          $folder
Watch with subtitles:     $folder/news.preview.html  (open it in a browser)

This demo recognises with the mini Whisper (whisper:mini.en): it knows the 120 words of the sample
news and nothing else. For your own programmes get a real model, about 142 MiB:

  $program models pull base.en
  $program subtitle talk.mp4 --translate es
TEXT
