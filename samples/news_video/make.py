#!/usr/bin/env python3
"""Makes the sample news: two espeak-ng voices, a jingle between the items, a silence, and a test
picture with a running clock. The same options always give the same speech.

  make.py news.mp4                        the 45-second programme of the demo
  make.py --minutes 10 speech.wav         ten minutes of speech only (a .wav has no picture)
  make.py --minutes 10 --silence 0.5 half.wav     half of it silence

Needs espeak-ng; for a video also gst-launch-1.0 with the base, good and ugly plug-ins.
Beside the result, <name>.truth.json tells what was said, when, and by whom.
"""

import argparse
import array
import json
import math
import pathlib
import random
import shlex
import subprocess
import sys
import tempfile
import wave

RATE = 22050  # what espeak-ng speaks at
HERE = pathlib.Path(__file__).resolve().parent
FIRST_SPEAKER = {"name": "first", "voice": "en-us", "pitch": 50, "speed": 150}
SECOND_SPEAKER = {"name": "second", "voice": "en-gb", "pitch": 50, "speed": 150}

PROGRAMME = [
    (FIRST_SPEAKER, "The president will sign the new budget tomorrow morning."),
    (FIRST_SPEAKER, "The company sold the old house in the city."),
    ("jingle", 2.5),
    (SECOND_SPEAKER, "The mayor opened the hospital on Monday."),
    (SECOND_SPEAKER, "The minister will visit the small school next week."),
    ("silence", 4.0),
    (FIRST_SPEAKER, "The children visited the river bridge on Friday."),
    (SECOND_SPEAKER, "There are seven boats by the sea this year."),
    ("jingle", 2.0),
    (SECOND_SPEAKER, "The weather in the north will be very hot next week."),
    (FIRST_SPEAKER, "The weather in the city will be clear tomorrow morning."),
]


def grammar_sentence(grammar, chance):
    words = chance.choice(grammar["templates"])
    while "{" in words:
        slot = words[words.index("{") + 1 : words.index("}")]
        words = words.replace("{" + slot + "}", chance.choice(grammar["slots"][slot]), 1)
    return words[0].upper() + words[1:] + "."


def speak(speaker, text, folder):
    path = folder / "sentence.wav"
    command = ["espeak-ng", "-v", speaker["voice"], "-s", str(speaker["speed"]),
               "-p", str(speaker["pitch"]), "-w", str(path), text]
    subprocess.run(command, check=True)
    with wave.open(str(path)) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
    loud = [i for i, value in enumerate(samples) if abs(value) > 200]
    return samples[loud[0] : loud[-1] + 1]


def jingle(seconds):
    notes = [523.25, 659.25, 783.99, 1046.5]
    samples = array.array("h")
    for i in range(int(seconds * RATE)):
        time = i / RATE
        note = notes[int(time * 6) % len(notes)]
        fade = min(1.0, time * 4, (seconds - time) * 2)
        inside = math.exp(-3 * (time * 6 % 1))
        samples.append(int(6000 * fade * inside * math.sin(2 * math.pi * note * time)))
    return samples


class Track:
    """Samples so far and what is said in them."""

    def __init__(self, chance):
        self.samples = array.array("h")
        self.truth = []
        self.chance = chance
        self.spoken = 0.0

    def seconds(self):
        return len(self.samples) / RATE

    def add_silence(self, seconds):
        noise = (self.chance.randint(-6, 6) for _ in range(int(seconds * RATE)))
        self.samples.extend(noise)

    def add_speech(self, speaker, text, folder):
        samples = speak(speaker, text, folder)
        start = self.seconds()
        self.samples.extend(samples)
        self.spoken += len(samples) / RATE
        self.truth.append({"start": round(start, 3), "end": round(self.seconds(), 3),
                           "speaker": speaker["name"], "text": text})

    def add(self, item, folder):
        kind, value = item
        if kind == "silence":
            self.add_silence(value)
        elif kind == "jingle":
            self.add_silence(0.6)
            self.samples.extend(jingle(value))
            self.add_silence(0.8)
        else:
            self.add_speech(kind, value, folder)
            self.add_silence(0.35)
            self.spoken += 0.35


def record_news(track, folder):
    for item in PROGRAMME:
        track.add(item, folder)


def record_sentences(track, folder, seconds, silence_share, block):
    """Random sentences until `seconds` are full, with a pause after every `block` of
    them that brings silence to `silence_share` of it."""
    grammar = json.loads((HERE / "grammar.json").read_text())
    sentences = 0
    while track.seconds() < seconds:
        speaker = (FIRST_SPEAKER, SECOND_SPEAKER)[sentences // 3 % 2]
        track.add((speaker, grammar_sentence(grammar, track.chance)), folder)
        sentences += 1
        quiet = track.seconds() - track.spoken
        missing = track.spoken * silence_share / (1 - silence_share) - quiet
        if sentences % block == 0 and missing > 0.3:
            track.add_silence(missing)


def write_wave(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def write_video(path, sound, seconds):
    frames = int(seconds * 25)
    launch = (f"mp4mux name=mux faststart=true ! filesink name=out "
              f"videotestsrc num-buffers={frames} pattern=smpte100 "
              "! video/x-raw,width=640,height=360,framerate=25/1 "
              "! timeoverlay font-desc=\"Sans 22\" valignment=top halignment=right "
              "! textoverlay text=\"subtide sample news\" font-desc=\"Sans 18\" valignment=top halignment=left "
              "! videoconvert ! video/x-raw,format=I420 ! x264enc speed-preset=veryfast key-int-max=50 bitrate=400 ! h264parse ! queue ! mux. "
              "filesrc name=in ! wavparse ! audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=2 "
              "! avenc_aac bitrate=160000 ! aacparse ! queue ! mux.")
    launch = launch.replace("filesink name=out", f"filesink location=\"{path}\"")
    launch = launch.replace("filesrc name=in", f"filesrc location=\"{sound}\"")
    subprocess.run(["gst-launch-1.0", "-q", *shlex.split(launch)], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path, help=".mp4 or .wav")
    parser.add_argument("--minutes", type=float, help="random sentences for this long")
    parser.add_argument("--silence", type=float, default=0.0, help="share of silence, 0 to 0.9")
    parser.add_argument("--block", type=int, default=6, help="sentences between the silences")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.output.suffix not in (".mp4", ".wav"):
        parser.error("the output must end in .mp4 or .wav")
    if not 0 <= options.silence <= 0.9:
        parser.error("--silence must be from 0 to 0.9")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        track = Track(random.Random(options.seed))
        track.add_silence(0.5)
        if options.minutes is None:
            record_news(track, folder)
        else:
            record_sentences(track, folder, options.minutes * 60, options.silence, options.block)
        if options.output.suffix == ".wav":
            write_wave(options.output, track.samples)
        else:
            write_wave(folder / "sound.wav", track.samples)
            write_video(options.output, folder / "sound.wav", track.seconds())
    truth = {"seconds": round(track.seconds(), 3), "sentences": track.truth}
    options.output.with_suffix(".truth.json").write_text(json.dumps(truth, indent=1) + "\n")
    print(f"{options.output}: {track.seconds():.1f} s, {len(track.truth)} sentences", file=sys.stderr)


if __name__ == "__main__":
    main()
