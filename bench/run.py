#!/usr/bin/env python3
"""Measures subtide beside its peers and rewrites the table in bench/README.md.

Each comparison runs both programs in turn, A B A B, on the same machine in the same minute, and
gives the ratio of the medians: machines are noisy, ratios less so. Figures also go to
bench/results.json.

  ./dev bench                 everything, about two hours, one of them the hour of live
  ./dev bench whisper vad     only the named ones (see --list)
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import wave

import live
import transcode

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- table begins -->", "<!-- table ends -->"
BENCHES = {}


def bench(name):
    def keep(function):
        BENCHES[name] = function
        return function
    return keep


class Run:
    """One finished program: wall and processor seconds, peak memory in MiB, standard output."""

    def __init__(self, command, environment=None, cores=None):
        started = time.monotonic()
        with tempfile.TemporaryFile() as output:
            child = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.DEVNULL, env={**os.environ, **(environment or {})},
                preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None)
            _, status, usage = os.wait4(child.pid, 0)
            self.wall = time.monotonic() - started
            output.seek(0)
            self.output = output.read().decode(errors="replace")
        child.returncode = os.waitstatus_to_exitcode(status)
        self.is_degraded = child.returncode == 3  # done with gaps: the work was done all the same
        if child.returncode not in (0, 3):
            sys.exit(f"bench: exit {child.returncode} from {' '.join(map(str, command))}")
        self.processor = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss / 1024


class Place:
    """Programs, models and recordings, and a folder for what the benches make."""

    def __init__(self, build, folder):
        self.build = build
        self.folder = folder
        self.subtide = build / "bin" / "subtide"
        self.shared = pathlib.Path(os.environ["SUBTIDE_SHARED"])
        self.mini = ROOT / "models" / "mini" / "ggml-mini.en.bin"
        self.silero = self.shared / "models" / "ggml-silero-v6.2.0.bin"

    def peer(self, name):
        for candidate in (self.build / "bin" / name, shutil.which(name)):
            if candidate and pathlib.Path(candidate).exists():
                return candidate
        sys.exit(f"bench: no program {name}; ./dev bench builds or installs it")

    def speech(self, minutes, silence=0.0, block=6):
        """Sample news, 16 kHz mono, so that both sides read the same samples."""
        path = self.folder / f"speech_{minutes}_{silence}_{block}.wav"
        if not path.exists():
            made = path.with_suffix(".made.wav")
            subprocess.run([ROOT / "samples/news_video/make.py", "--minutes", str(minutes),
                            "--silence", str(silence), "--block", str(block), made], check=True, stderr=subprocess.DEVNULL)
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", made, "-ar", "16000", "-ac", "1",
                            "-c:a", "pcm_s16le", path], check=True)
        return path

    def words_said(self, media):
        truth = json.loads(media.with_suffix(".made.truth.json").read_text())
        return sum(len(sentence["text"].split()) for sentence in truth["sentences"])

    def words_written(self, media):
        """In the SRT file that subtitle() made of it; -->, numbers and times are not words."""
        lines = (self.folder / "out" / f"{media.stem}.en.srt").read_text().splitlines()
        return sum(len(line.split()) for line in lines if "-->" not in line and not line.isdigit())

    def clips(self, minutes):
        """The English recordings, one after the other, until `minutes` are full."""
        path = self.folder / f"clips_{minutes}.wav"
        if path.exists():
            return path
        entries = json.loads((self.shared / "media" / "MANIFEST.json").read_text())
        block = b""
        for entry in entries:
            if entry["file"].startswith("en/") and entry["file"] != "en/jfk.mp3":
                block += subprocess.run(
                    ["ffmpeg", "-v", "error", "-i", self.shared / "media" / entry["file"], "-ar",
                     "16000", "-ac", "1", "-f", "s16le", "-"], check=True, capture_output=True).stdout
        wanted = int(minutes * 60 * 32000)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16000)
            file.writeframes((block * (wanted // len(block) + 1))[:wanted])
        return path

    def subtitle(self, media, recognizer, *options):
        return [self.subtide, "subtitle", media, "-o", self.folder / "out", "--force", "--fresh", "--state",
                self.folder / "state", "--formats", "srt", "--recognizer", recognizer, *options]


class Row:
    def __init__(self, name, value, limit, holds, detail):
        self.name, self.value, self.limit, self.holds, self.detail = name, value, limit, holds, detail


def compare(name, ours, theirs, limit, runs, detail, environment=None, cores=None):
    a, b = run_both(ours, theirs, runs, environment, cores)
    return row_of(name, a, b, limit, detail)


def run_both(ours, theirs, runs, environment=None, cores=None):
    a, b = [], []
    for _ in range(runs):
        a.append(Run(ours, environment, cores))
        b.append(Run(theirs, environment, cores))
    return a, b


def row_of(name, a, b, limit, detail):
    wall_a = statistics.median(run.wall for run in a)
    wall_b = statistics.median(run.wall for run in b)
    ratio = wall_a / wall_b
    text = (f"{detail}: {wall_a:.2f} s beside {wall_b:.2f} s; processor {median_processor(a):.2f} s "
            f"beside {median_processor(b):.2f} s; peak {max(r.memory for r in a):.0f} MiB beside "
            f"{max(r.memory for r in b):.0f} MiB; {len(a)} runs each")
    row = Row(name, f"{ratio:.2f} ×", f"≤ {limit} ×", ratio <= limit, text)
    row.ratio = ratio
    return row


def median_processor(runs):
    return statistics.median(run.processor for run in runs)


def whisper_cli(place, media):
    return [place.peer("whisper-cli"), "-m", place.mini, "-t", "2", "-bs", "5", "-bo", "5", "-nt", media]


MODELS = {"SUBTIDE_MODEL_PATH": f"{ROOT / 'models' / 'mini'}:{os.environ.get('SUBTIDE_MODEL_PATH', '')}"}


@bench("whisper")
def whisper(place, runs):
    media = place.speech(10)
    yield compare("whisper path, continuous speech, beside whisper-cli",
                  place.subtitle(media, "whisper:mini.en"), whisper_cli(place, media), 1.05, runs,
                  "10 min, mini.en, beam 5, two cores", MODELS)
    # Half silence, first in stretches of a minute, then in pauses of a quarter of a minute. The peer
    # drops words around pauses, so what each side found is said too.
    for block, pauses in ((24, "minutes of speech and of silence in turn"), (6, "a pause of 16 s after every six sentences")):
        media = place.speech(10, 0.5, block)
        a, b = run_both(place.subtitle(media, "whisper:mini.en"), whisper_cli(place, media), runs, MODELS)
        words, peer_words, said = place.words_written(media), len(b[0].output.split()), place.words_said(media)
        found = f"{pauses}; of {said} words {words} beside {peer_words}"
        row = row_of(f"whisper path, half silence, {pauses}, beside whisper-cli", a, b, 0.6, found)
        if block == 24:
            yield row
            continue
        ratio = row.ratio * peer_words / words
        yield Row("whisper path, half silence, short pauses, beside whisper-cli, time for a word found",
                  f"{ratio:.2f} ×", "≤ 0.6 ×", ratio <= 0.6, f"{row.value} in wall time; {row.detail}")


@bench("pocketsphinx")
def pocketsphinx(place, runs):
    media = place.clips(10)
    yield compare("pocketsphinx path, beside pocketsphinx_continuous",
                  place.subtitle(media, "pocketsphinx"),
                  [place.peer("pocketsphinx_continuous"), "-infile", media], 0.55, min(runs, 2),
                  "10 min of the English recordings, two cores", MODELS)


@bench("vad")
def vad(place, runs):
    media = place.speech(10)
    ours = [place.build / "bench" / "vad_speed", place.silero, media]
    theirs = [place.peer("whisper-vad-speech-segments"), "-vm", place.silero, "-f", media, "-t", "1",
              "-np"]
    row = compare("silero alone, beside whisper-vad-speech-segments", ours, theirs, 1.0, runs,
                  "10 min, one core", cores={0})
    yield row
    wall = statistics.median(Run(ours, cores={0}).wall for _ in range(runs))
    speed = 600 / wall
    yield Row("silero alone, speed", f"{speed:.0f} × real time", "≥ 100 ×", speed >= 100,
              "10 min of speech, one core, model loading included")


def rates(place, binary):
    run = Run([place.build / "bench" / binary, "--benchmark_format=json", "--benchmark_min_time=0.5"])
    for entry in json.loads(run.output)["benchmarks"]:
        if "items_per_second" in entry:
            yield entry["name"], entry["items_per_second"]


@bench("layout")
def layout(place, runs):
    for name, rate in rates(place, "layout_bench"):
        yield Row(f"layout, {name}", f"{rate:,.0f} words/s", "≥ 100,000", rate >= 100_000, "one core")


@bench("writers")
def writers(place, runs):
    for name, rate in rates(place, "writers_bench"):
        yield Row(f"writers, {name}", f"{rate:,.0f} words/s", "≥ 1,000,000", rate >= 1_000_000, "one core")


def figures(place, binary, runs):
    """What a program of ours prints, as medians: a line of JSON for each figure of each run."""
    run = Run([place.build / "bench" / binary, runs])
    values = {}
    for line in run.output.splitlines():
        entry = json.loads(line)
        values.setdefault(entry["name"], []).append(entry["value"])
    return {name: statistics.median(all_of_it) for name, all_of_it in values.items()}


@bench("work")
def work(place, runs):
    found = figures(place, "work_bench", runs)
    rate = found["memory_tasks_per_second"]
    yield Row("tasks given out and done, in memory", f"{rate:,.0f} tasks/s", "≥ 20,000", rate >= 20_000,
              f"the mediator's core, 8 workers of 4 lanes that need no time; median of {runs}")
    rate = found["durable_tasks_per_second"]
    yield Row("tasks given out and done, on the disk", f"{rate:,.0f} tasks/s", "≥ 3,000", rate >= 3_000,
              "the same, each round of 32 tasks and its events one commit")
    pause = found["pause_ms_p99"]
    yield Row("from a finished task to the worker's next, p99", f"{pause:.1f} ms", "< 5 ms", pause < 5,
              f"median {found['pause_ms_median']:.1f} ms; mediator with both stores on the disk, a worker over "
              f"ipc, tasks of 2 ms; the disk alone takes {found['sync_ms_median']:.1f} ms for a flush in the "
              f"median and {found['sync_ms_p99']:.1f} ms at the 99th percentile")


@bench("events")
def events(place, runs):
    found = figures(place, "events_bench", runs)
    bare = found["bare_per_second"]
    written = found["written_ratio"]
    yield Row("events through the bus, beside bare ZeroMQ", f"{written:.2f} ×", "≥ 0.8 ×", written >= 0.8,
              f"envelopes that are written already, {found['engine_written_per_second']:,.0f}/s beside "
              f"{bare:,.0f}/s through a bare proxy between contexts of their own, frames of the same size; median of {runs} pairs; processor "
              f"{found['engine_written_processor_us']:.1f} µs each beside {found['bare_processor_us']:.1f} µs")
    yield Row("events made, written, carried, read and checked", f"{found['engine_per_second']:,.0f} events/s",
              "no limit", True, f"telemetry; processor {found['engine_processor_us']:.1f} µs each")
    yield Row("facts kept, then announced", f"{found['announced_facts_per_second']:,.0f} facts/s", "no limit", True,
              f"64 in a commit; the store alone keeps {found['kept_facts_per_second']:,.0f}/s; in turn, medians")


@bench("memory")
def memory(place, runs):
    short = Run(place.subtitle(place.speech(10), "whisper:mini.en"), MODELS).memory
    two_hours = Run(place.subtitle(place.speech(120), "whisper:mini.en"), MODELS)
    long = two_hours.memory
    ratio = long / short
    yield Row("peak memory, two hours beside ten minutes", f"{ratio:.2f} ×", "≤ 1.10 ×", ratio <= 1.10,
              f"{long:.0f} MiB beside {short:.0f} MiB, mini.en"
              f"{'; with gaps' if two_hours.is_degraded else ''}")


@bench("workers")
def workers(place, runs):
    media = place.speech(10)
    lanes = place.subtitle(media, "whisper:mini.en", "--lanes", "2")
    processes = place.subtitle(media, "whisper:mini.en", "--workers", "2")
    yield compare("--workers 2 beside --lanes 2", processes, lanes, 1.05, runs,
                  "10 min, mini.en, two cores", MODELS)


@bench("resume")
def resume(place, runs):
    """A job of two hours, once done, again; and the same job with all of its files gone."""
    media = place.speech(120)
    command = [place.subtide, "subtitle", media, "-o", place.folder / "resumed", "--state",
               place.folder / "resume-state", "--formats", "srt,vtt", "--recognizer", "whisper:mini.en"]
    first = Run(command, MODELS)
    again = statistics.median(Run(command, MODELS).wall for _ in range(runs))
    detail = f"the first time took {first.wall:.0f} s; median of {runs}"
    yield Row("a finished job of two hours, run again", f"{again:.2f} s", "< 2 s", again < 2, detail)
    walls = []
    for _ in range(runs):
        shutil.rmtree(place.folder / "resumed")
        walls.append(Run(command, MODELS).wall)
    wall = statistics.median(walls)
    yield Row("a job of two hours whose recognition was done, files gone", f"{wall:.2f} s", "< 10 s",
              wall < 10, detail)


def processor_of(pids):
    """Processor seconds that processes have used so far."""
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


@bench("idle")
def idle(place, runs):
    """An engine and two workers that wait for a model which takes a minute."""
    media = place.speech(10)
    child = subprocess.Popen(
        [str(part) for part in place.subtitle(media, 'fake:{"delay": 60}', "--workers", "2")],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, **MODELS})
    try:
        time.sleep(5)  # until all have started and wait
        workers_text = subprocess.run(["pgrep", "-P", str(child.pid)], capture_output=True, text=True).stdout
        shares = {}
        for what, pids in (("engine", [child.pid]), ("each worker", workers_text.split())):
            before = processor_of(pids)
            time.sleep(10)
            shares[what] = (processor_of(pids) - before) / 10 / len(pids) * 100
    finally:
        child.kill()
        child.wait()
    yield Row("idle engine", f"{shares['engine']:.2f} % of a core", "< 1 %", shares["engine"] < 1,
              f"over 10 s, waiting for two workers; each worker {shares['each worker']:.2f} %")


@bench("live-latency")
def live_latency(place, runs):
    yield from live.latency(place, Row)


@bench("live-streams")
def live_streams(place, runs):
    yield from live.streams(place, Row)


@bench("live-viewers")
def live_viewers(place, runs):
    yield from live.viewers(place, Row)


@bench("live-hour")
def live_hour(place, runs):
    yield from live.hour(place, Row)


@bench("transcode")
def transcode_file(place, runs):
    yield from transcode.one_file(place, runs, Row, run_both, row_of)


@bench("transcode-batch")
def transcode_batch(place, runs):
    yield from transcode.batch(place, min(runs, 3), Row, run_both, row_of, 20, "1280x720", 3, ["480p", "240p"],
                               transcode.cores(), 1.0, "transcode, 20 short files, beside ffmpeg")


@bench("transcode-thousand")
def transcode_thousand(place, runs):
    yield from transcode.batch(place, 1, Row, run_both, row_of, 1000, "320x180", 1, ["240p"], transcode.cores(), 0.5,
                               "transcode, 1,000 files of a second, beside ffmpeg")


@bench("transcode-captions")
def transcode_captions(place, runs):
    yield from transcode.with_subtitles(place, min(runs, 3), Row, Run, MODELS)


@bench("start")
def start(place, runs):
    wall = statistics.median(Run([place.subtide, "--help"]).wall for _ in range(20))
    yield Row("subtide --help", f"{wall * 1000:.0f} ms", "< 50 ms", wall < 0.05, "median of 20")


def cpu_name():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    found = re.search(r"model name\s*:\s*(.*)", text)
    return found.group(1) if found else "unknown processor"


def write_table(rows):
    readme = ROOT / "bench" / "README.md"
    text = readme.read_text()
    lines = ["| what | figure | wanted | | how |", "|---|---|---|---|---|"]
    for row in rows:
        lines.append(f"| {row['name']} | {row['value']} | {row['limit']} | "
                     f"{'holds' if row['holds'] else '**misses**'} | {row['detail']} |")
    lines.append("")
    lines.append(f"Measured on {os.cpu_count()} cores, {cpu_name()}.")
    head, rest = text.split(BEGIN)
    readme.write_text(head + BEGIN + "\n" + "\n".join(lines) + "\n" + END + rest.split(END)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--list", action="store_true", help="name the benches and stop")
    options = parser.parse_args()
    if options.list:
        print("\n".join(BENCHES))
        return
    unknown = [name for name in options.names if name not in BENCHES]
    if unknown:
        parser.error(f"no bench {unknown[0]}; there are {', '.join(BENCHES)}")
    results = ROOT / "bench" / "results.json"
    kept = json.loads(results.read_text()) if results.exists() else {}
    with tempfile.TemporaryDirectory() as name:
        place = Place(options.build.resolve(), pathlib.Path(name))
        (place.folder / "out").mkdir()
        for key in options.names or BENCHES:
            print(f"bench: {key}", file=sys.stderr)
            kept[key] = []
            for row in BENCHES[key](place, options.runs):
                print(f"  {row.name}: {row.value} (wanted {row.limit}) {row.detail}", file=sys.stderr)
                kept[key].append(vars(row))
    results.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    write_table([row for key in BENCHES for row in kept.get(key, [])])


if __name__ == "__main__":
    main()
