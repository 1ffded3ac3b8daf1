"""`subtide transcode` beside ffmpeg: the same sizes, encoder, preset, rates and key frames.

ffmpeg's side is its best single command: one decode, split filters, an output for each size. Quality
is measured by ffmpeg for both, against the source scaled to the size in question.
"""

import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess

RUNGS = {"720p": (1280, 720, 2500), "480p": (854, 480, 1200), "360p": (640, 360, 800),
         "240p": (426, 240, 400)}
KEYS = ["-force_key_frames", "expr:gte(t,n_forced*2)", "-sc_threshold", "0", "-g", "2400"]


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-nostdin", *map(str, arguments)], check=True)


def ladder_file(folder, names):
    path = folder / f"ladder_{'_'.join(names)}.json"
    rungs = [{"name": name, "height": RUNGS[name][1], "bitrate_kbps": RUNGS[name][2], "profile": "main"} for name in names]
    path.write_text(json.dumps({"preset": "veryfast", "keyframe_interval_s": 2, "audio_bitrate_kbps": 128,
                                "renditions": rungs}))
    return path


def pictures(place, name, size, seconds, sound="sine=frequency=330:sample_rate=48000"):
    """Moving pictures with some grain, which is hard for encoders, and a tone."""
    path = place.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        ffmpeg("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:duration={seconds},noise=alls=8:allf=t",
               "-f", "lavfi", "-i", f"{sound}:duration={seconds}", "-c:v", "libx264", "-preset", "veryfast",
               "-crf", "18", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "128k", path)
    return path


def ours(place, source, out, names, *more):
    return [place.subtide, "transcode", source, "-o", out, "--force", "--state", "none", "-q", "--ladder",
            ladder_file(place.folder, names), *more]


def theirs(source, out, names):
    """One command for one file."""
    split = "".join(f"[s{i}]" for i in range(len(names)))
    scales = ";".join(f"[s{i}]scale={RUNGS[n][0]}:{RUNGS[n][1]}:flags=bicubic[v{i}]" for i, n in enumerate(names))
    command = ["ffmpeg", "-v", "error", "-y", "-nostdin", "-i", source, "-filter_complex",
               f"[0:v]split={len(names)}{split};{scales}"]
    for i, name in enumerate(names):
        rate = RUNGS[name][2]
        command += ["-map", f"[v{i}]", "-map", "0:a", "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "main",
                    "-b:v", f"{rate}k", "-maxrate", f"{rate}k", "-bufsize", f"{2 * rate}k", *KEYS,
                    "-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", out / f"{pathlib.Path(source).stem}_{name}.mp4"]
    return [str(part) for part in command]


def loop(commands, folder):
    """A shell script that runs one command after the other, as people write them."""
    script = folder / "loop.sh"
    quoted = (" ".join("'" + part.replace("'", "'\\''") + "'" for part in command) for command in commands)
    script.write_text("set -e\n" + "\n".join(quoted) + "\n")
    return ["bash", script]


def measured(rendition, source):
    """PSNR and SSIM of all planes, and the bit rate of the pictures."""
    width, height = (int(x) for x in subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=width,height", "-of", "csv=p=0",
         rendition], check=True, capture_output=True, text=True).stdout.strip().split(",")[:2])
    graph = (f"[1:v]scale={width}:{height}:flags=bicubic,split[r1][r2];[0:v]split[a1][a2];"
             "[a1][r1]psnr;[a2][r2]ssim")
    told = subprocess.run(["ffmpeg", "-nostdin", "-i", rendition, "-i", source, "-lavfi", graph, "-f", "null", "-"],
                          check=True, capture_output=True, text=True).stderr
    packets = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=size", "-of",
                              "csv=p=0", rendition], check=True, capture_output=True, text=True).stdout.split()
    size = sum(int(packet.strip(",")) for packet in packets)
    return (float(re.search(r"PSNR.*average:([\d.]+)", told)[1]), float(re.search(r"SSIM.*All:([\d.]+)", told)[1]),
            size, len(packets))


def quality(place, Row, source, a, b, names):
    for name in names:
        file = f"{source.stem}_{name}.mp4"
        (psnr_a, ssim_a, size_a, count_a), (psnr_b, ssim_b, size_b, count_b) = measured(a / file, source), measured(
            b / file, source)
        rate = size_a / size_b
        holds = (psnr_a >= psnr_b - 0.1 and ssim_a >= ssim_b - 0.002 and abs(rate - 1) <= 0.02 and count_a == count_b)
        yield Row(f"transcode, {name}, quality beside ffmpeg", f"{psnr_a - psnr_b:+.2f} dB, {ssim_a - ssim_b:+.4f}",
                  "≥ -0.1 dB, ≥ -0.002, rate within 2 %", holds,
                  f"PSNR {psnr_a:.2f} dB beside {psnr_b:.2f} dB, SSIM {ssim_a:.4f} beside {ssim_b:.4f}, "
                  f"rate {rate:.3f} ×, {count_a} pictures beside {count_b}")


def memory_row(Row, name, a, b, limit):
    ratio = max(run.memory for run in a) / max(run.memory for run in b)
    return Row(name, f"{ratio:.2f} ×", f"≤ {limit} ×", ratio <= limit,
               f"peak {max(run.memory for run in a):.0f} MiB beside {max(run.memory for run in b):.0f} MiB")


def folders(place):
    both = place.folder / "transcoded_a", place.folder / "transcoded_b"
    for folder in both:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    return both


def one_file(place, runs, Row, run_both, row_of):
    source = pictures(place, "full.mp4", "1920x1080", 20)
    names = ["720p", "480p", "360p"]
    a, b = folders(place)
    mine, other = run_both(ours(place, source, a, names, "--subtitles", "none"), theirs(source, b, names), runs)
    yield row_of("transcode, one file into three sizes, beside ffmpeg", mine, other, 1.0,
                 "20 s of 1080p, x264 veryfast, AAC, MP4")
    yield memory_row(Row, "transcode, one file, peak memory beside ffmpeg", mine, other, 1.2)
    yield from quality(place, Row, source, a, b, names)


def batch(place, runs, Row, run_both, row_of, count, size, seconds, names, jobs, limit, what):
    folder = place.folder / f"batch_{count}"
    first = pictures(place, f"batch_{count}/0000.mp4", size, seconds)
    for number in range(1, count):
        if not (folder / f"{number:04}.mp4").exists():
            shutil.copyfile(first, folder / f"{number:04}.mp4")
    a, b = folders(place)
    sources = sorted(folder.iterdir())
    script = loop([theirs(source, b, names) for source in sources], place.folder)
    mine, other = run_both(ours(place, folder, a, names, "--subtitles", "none", "--jobs", str(jobs)), script, runs)
    made = len([path for path in a.iterdir() if path.suffix == ".mp4"])
    row = row_of(what, mine, other, limit, f"{count} clips of {seconds} s, --jobs {jobs}, a shell loop of ffmpeg")
    row.holds = row.holds and made == count * len(names)
    yield row
    yield memory_row(Row, f"{what}, peak memory, {jobs} at once beside one at a time", mine, other,
                     round(1.2 * jobs, 1))


def with_subtitles(place, runs, Row, Run, models):
    """What captions cost beyond the recogniser, which has its own time."""
    speech = place.speech(2)
    source = place.folder / "spoken.mp4"
    if not source.exists():
        ffmpeg("-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25,noise=alls=8:allf=t", "-i", speech, "-shortest",
               "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "aac", source)
    a, b = folders(place)
    times = {"with": [], "without": [], "recogniser": []}
    for _ in range(runs):
        command = ours(place, source, a, ["480p"], "--recognizer", "whisper:mini.en", "--language", "en")
        times["with"].append(Run(command, models).processor)
        times["without"].append(Run(ours(place, source, b, ["480p"], "--subtitles", "none")).processor)
        times["recogniser"].append(Run(place.subtitle(speech, "whisper:mini.en", "--language", "en"), models).processor)
    both, bare, heard = (statistics.median(times[key]) for key in ("with", "without", "recogniser"))
    ratio = (both - heard) / bare
    yield Row("transcode with captions, beyond the recogniser's own time", f"{ratio:.2f} ×", "≤ 1.1 ×", ratio <= 1.1,
              f"2 min of 720p to 480p, processor time, since both share the cores: {both:.1f} s with captions, "
              f"{bare:.1f} s without, {heard:.1f} s for the sidecars alone; {runs} runs each")


def cores():
    return os.cpu_count() or 1
