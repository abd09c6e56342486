#!/bin/bash
# Makes the other files that docs/study/plan.json names, with ffmpeg: `bash variants.sh DATA`, DATA the folder that --data names.
# Each track of a target, its first 31 s, as six other files; each note beside an mp3 and an Ogg Vorbis copy, under one table.
set -eu
cd "$1"

encode() { # target, path of a track below it
  local track="$1/$2" stem="variants/FORMAT/$1/${2%.*}" outputs=()
  add() { # format, file, ffmpeg's options
    local file="${stem/FORMAT/$1}.$2"
    mkdir -p "$(dirname "$file")"
    outputs+=(-map 0:a:0 -map_metadata -1 "${@:3}" "$file")
  }
  for rate in 64 80 128 320; do add "mp3-$rate" mp3 -b:a "${rate}k"; done
  add ogg-96 ogg -c:a libvorbis -q:a 2
  add opus-64 opus -c:a libopus -b:a 64k
  ffmpeg -nostdin -v error -y -t 31 -i "$track" -threads 1 "${outputs[@]}"
}

(cd emotify && find . -name '*.mp3' | sort) | while read -r track; do encode emotify "${track#./}"; done
(cd gtzan-mini && find . -name '*.flac' | sort) | while read -r track; do encode gtzan-mini "${track#./}"; done
tail -n +2 allmusic/genres.csv | cut -d, -f1 | while read -r track; do encode allmusic "$track"; done

coded=variants/notes-coded
mkdir -p "$coded/audio" "$coded/mp3-64" "$coded/ogg-0"
cp philharmonia/audio/*.mp3 "$coded/audio/"
for note in philharmonia/audio/*.mp3; do
  name="$(basename "${note%.*}")"
  ffmpeg -nostdin -v error -y -i "$note" -map 0:a:0 -map_metadata -1 -threads 1 -b:a 64k "$coded/mp3-64/$name.mp3" \
    -map 0:a:0 -map_metadata -1 -c:a libvorbis -q:a 0 "$coded/ogg-0/$name.ogg"
done
{
  head -n 1 philharmonia/labels.csv
  tail -n +2 philharmonia/labels.csv
  tail -n +2 philharmonia/labels.csv | sed 's#^audio/#mp3-64/#'
  tail -n +2 philharmonia/labels.csv | sed 's#^audio/\([^,]*\)\.mp3,#ogg-0/\1.ogg,#'
} > "$coded/labels.csv"
