"""How late live captions are, how many streams two cores bear, how many viewers, and whether memory
stays flat. Used by run.py; the figures come from the engine's own events and metrics."""

import collections
import datetime
import json
import os
import pathlib
import re
import resource
import signal
import socket
import statistics
import subprocess
import threading
import time
import urllib.request

SECONDS = 70  # of the programme, for each figure


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def quantile(values, part):
    ordered = sorted(values)
    return ordered[int((len(ordered) - 1) * part)] if ordered else float("nan")


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def programme(place, minutes, silence=0.0):
    """Sample news with a 720p test picture, 25 frames and a key frame every two seconds."""
    path = place.folder / f"programme_{minutes}_{silence}.ts"
    if not path.exists():
        subprocess.run(
            ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25", "-i",
             place.speech(minutes, silence), "-shortest", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency",
             "-pix_fmt", "yuv420p", "-b:v", "2500k", "-maxrate", "2500k", "-bufsize", "2500k", "-g", "50",
             "-sc_threshold", "0", "-c:a", "aac", "-b:a", "128k", "-f", "mpegts", path], check=True)
    return path


class LiveRun:
    """subtide live behind an SRT listener, and ffmpeg that sends a programme to it."""

    def __init__(self, place, name, recognizer, *options):
        self.srt = free_port(socket.SOCK_DGRAM)
        self.http = free_port(socket.SOCK_STREAM)
        self.hls = place.folder / name / "hls"
        self.events = collections.defaultdict(list)
        command = [place.subtide, "live", f"srt://127.0.0.1:{self.srt}?mode=listener", "--language", "en",
                   "--recognizer", recognizer, "--hls", self.hls, "--http", f"127.0.0.1:{self.http}",
                   "--state", place.folder / name / "state", "--json", *options]
        path = f"{place.mini.parent}:{os.environ.get('SUBTIDE_MODEL_PATH', '')}"
        self.engine = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                       env={**os.environ, "SUBTIDE_MODEL_PATH": path})
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.sender = None

    def _read(self):
        for line in self.engine.stdout:
            event = json.loads(line)
            name = event["type"].removeprefix("io.subtide.").removesuffix(".v1")
            self.events[name].append((seconds_of(event["time"]), event["data"]))

    def send(self, media, loop=False):
        script = ('while :; do ffmpeg -nostdin -v quiet -re $3 -i "$1" -c copy -f mpegts "$2" && exit 0; '
                  "sleep 0.5; done")
        self.sender = subprocess.Popen(
            ["sh", "-c", script, "send", media, f"srt://127.0.0.1:{self.srt}?mode=caller",
             "-stream_loop -1" if loop else ""], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def processor(self):
        fields = pathlib.Path(f"/proc/{self.engine.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """Resident, in MiB."""
        pages = int(pathlib.Path(f"/proc/{self.engine.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1048576

    def end(self):
        if self.sender and self.sender.poll() is None:
            os.killpg(self.sender.pid, signal.SIGTERM)
        self.engine.send_signal(signal.SIGINT)
        try:
            self.engine.wait(60)
        except subprocess.TimeoutExpired:
            self.engine.kill()
        self.reader.join(10)
        return self.engine.returncode

    def wall_of(self, time):
        """When the media of that engine time came in."""
        _, first = self.events["media.segment.boundary"][0]
        return seconds_of(first["wall"]) + time - first["start"]

    def words(self):
        """Each final word's end, on the wall clock, and when it was committed."""
        return [(self.wall_of(word["end"]), said)
                for said, data in self.events["transcript.final"] for word in data["words"]]

    def cues(self):
        """For each cue when it was made, when its segment was over for the leading rendition, when a
        playlist with it could be fetched, and when its last word had come in."""
        leader = self.events["media.segment.boundary"]
        shown = [(at, data) for at, data in self.events["output.segment.published"]
                 if data["path"].startswith("subs_en/")]
        playlists = [at for at, data in self.events["output.playlist.updated"]
                     if data["path"].startswith("subs_en/")]
        for made, cue in self.events["cue.emitted"]:
            segment = next((pair for pair in shown if pair[1]["end"] > cue["start"]), None)
            over = next((at for at, data in leader if segment and data["end"] >= segment[1]["end"]), None)
            ready = next((at for at in playlists if segment and at >= segment[0] - 0.05), None)
            if over is not None and ready is not None:
                yield made, over, ready, made - cue["latency_ms"] / 1000


def histogram_quantile(text, name, part):
    """As Prometheus does it: straight lines between the bounds."""
    bounds = [(float(bound.replace("+Inf", "inf")), float(count)) for bound, count in
              re.findall(rf'^{name}_bucket{{[^}}]*le="([^"]+)"[^}}]*}} (\S+)', text, re.MULTILINE)]
    if not bounds or bounds[-1][1] == 0:
        return float("nan")
    wanted = bounds[-1][1] * part
    below, before = 0.0, 0.0
    for bound, count in bounds:
        if count >= wanted:
            if bound == float("inf"):
                return below
            return below + (bound - below) * (wanted - before) / max(count - before, 1e-9)
        below, before = bound, count
    return below


def watch(run, seconds):
    """Until the programme has run so long; the metrics at the end."""
    time.sleep(seconds)
    return run.metrics()


def latency(place, Row):
    media = programme(place, 2)
    modes = [("async", ("--display", "async", "--latency", "4s")),
             ("async, parts of 0.5 s", ("--display", "async", "--latency", "4s", "--part", "0.5s")),
             ("sync", ("--display", "sync", "--latency", "4s"))]
    for name, options in modes:
        run = LiveRun(place, f"latency-{name.split(',')[0]}-{len(options)}", "whisper:mini.en", "--event", *options)
        try:
            run.send(media)
            text = watch(run, SECONDS)
        finally:
            run.end()
        words = [commit - end for end, commit in run.words()]
        cues = list(run.cues())
        waiting = [ready - max(made, over) for made, over, ready, _ in cues]
        segments = [data for _, data in run.events["output.segment.published"]]
        packaging = [data["serving_ms"] for data in segments]
        written = [data["packaging_ms"] for data in segments]
        complete = [data["waited_ms"] / 1000 for data in segments if data["path"].startswith("subs_en/")]
        policy = [histogram_quantile(text, "subtide_word_policy_seconds", part) for part in (0.5, 0.95)]
        compute = [histogram_quantile(text, "subtide_word_compute_seconds", part) for part in (0.5, 0.95)]
        whole = [ready - end for _, _, ready, end in cues]
        p50, p95 = quantile(words, 0.5), quantile(words, 0.95)
        yield Row(f"live, {name}: a word's end to its commit, p50 and p95", f"{p50:.2f} s, {p95:.2f} s", "p50 ≤ 2.0 s",
                  p50 <= 2.0, f"{len(words)} words of mini.en, SRT, 720p passed through; of it the rules of commitment "
                  f"{policy[0]:.2f} and {policy[1]:.2f} s, waiting and computing {compute[0]:.2f} and {compute[1]:.2f} s")
        share = quantile(packaging, 0.95)
        yield Row(f"live, {name}: packaging, p95", f"{share} ms", "≤ 100 ms", share <= 100,
                  f"from when all of a segment is there, captions by their watermark, until it and its playlist can be "
                  f"fetched; most {max(packaging)} ms, {len(packaging)} segments; until both are flushed to the disk too "
                  f"{quantile(written, 0.5)} ms in the median, {quantile(written, 0.95)} ms at p95. "
                  f"Captions were all there {quantile(complete, 0.5):.2f} s after their segment's end in the median, "
                  f"{quantile(complete, 0.95):.2f} s at p95: that wait is the rules of commitment and layout. From a cue's "
                  f"making or its segment's end, the later, to a playlist: {quantile(waiting, 0.5):.2f} and "
                  f"{quantile(waiting, 0.95):.2f} s, {len(cues)} cues; from its last word {quantile(whole, 0.5):.1f} s in the "
                  f"median")


def streams(place, Row):
    """Four at once, each a process of its own, as four users would start them."""
    media = programme(place, 2)
    runs = [LiveRun(place, f"four-{number}", "whisper:mini.en", "--lanes", "1", "--display", "async", "--event")
            for number in range(4)]
    try:
        for run in runs:
            run.send(media)
        time.sleep(SECONDS)
        used = sum(run.processor() for run in runs)
    finally:
        codes = [run.end() for run in runs]
    delays = [[commit - end for end, commit in run.words()] for run in runs]
    rungs = sum(len(run.events["degrade.entered"]) for run in runs)
    said = min(len(each) for each in delays)
    worst = max(quantile(each, 0.95) for each in delays)
    late = max(statistics.median(each[-20:]) - statistics.median(each[:20]) for each in delays)
    holds = all(code == 0 for code in codes) and late < 1.0 and worst < 4.0
    yield Row("live, four SRT streams of 720p with captions on two cores", f"p95 {worst:.2f} s", "≤ 4 s, not growing",
              holds, f"of the latest of the four, a word's end to its commit; {late:+.2f} s from the first twenty words "
              f"to the last twenty; at least {said} words each; {rungs} rungs taken; exits {codes}; "
              f"{used / SECONDS / 4 * 100:.0f} % of a core each")


def viewers(place, Row, count=1000):
    media = programme(place, 2)
    run = LiveRun(place, "viewers", "whisper:mini.en", "--part", "0.5s", "--display", "async")
    try:
        run.send(media)
        playlist = run.hls / "video_source" / "index.m3u8"
        deadline = time.monotonic() + 60
        while not playlist.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(6)
        before = run.processor()
        output = subprocess.run(
            [place.build / "bench" / "viewers_bench", str(run.http), "/hls/video_source/index.m3u8", playlist.parent,
             str(count), "30"], check=True, capture_output=True, text=True).stdout
        used = run.processor() - before
    finally:
        run.end()
    found = {entry["name"]: entry["value"] for entry in map(json.loads, output.splitlines())}
    p99 = found["answer_ms_p99"]
    yield Row(f"live, {count} viewers waiting for each part, p99", f"{p99:.0f} ms", "≤ 50 ms", p99 <= 50,
              f"from the part's file, or the first answer where that is earlier, to the answer that names it, at the viewer, "
              f"counted from when all are connected; "
              f"median {found['answer_ms_median']:.0f} ms, of the last viewer {found['last_viewer_ms_median']:.0f} ms, "
              f"most {found['answer_ms_most']:.0f} ms; {found['parts']:.0f} parts of 0.5 s, {found['answers']:,.0f} answers "
              f"and {found['not_waited']:,.0f} to who asked for what was there already, "
              f"viewers on the same two cores ({found['viewers_processor_s'] / 30 * 100:.0f} % of one); the engine, which "
              f"recognises beside it, {used / 30 * 100:.0f} %")


def hour(place, Row, minutes=60):
    """Resident memory from the tenth minute on, as a straight line."""
    media = programme(place, 4, 0.5)
    run = LiveRun(place, "hour", "whisper:mini.en", "--part", "0.5s")
    points = []
    try:
        run.send(media, loop=True)
        start = time.monotonic()
        while (now := time.monotonic() - start) < minutes * 60:
            time.sleep(5)
            points.append((now / 3600, run.memory()))
    finally:
        code = run.end()
    warm = [point for point in points if point[0] >= points[-1][0] / 6]
    slope = statistics.linear_regression(*zip(*warm)).slope
    words = len(run.words())
    yield Row(f"live, memory over {minutes} minutes", f"{slope:+.2f} MiB/h", "< 1 MiB/h", slope < 1,
              f"slope of resident memory behind the first sixth; {statistics.mean(p[1] for p in warm):.0f} MiB, "
              f"low-latency HLS, mini.en, half silence, {words} words, exit {code}")
