#!/usr/bin/env python3
"""Each header compiles by itself: check_headers.py COMPILE_COMMANDS.json.

A header whose own source includes it before anything else was compiled by itself when that source was."""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def flags_by_folder(commands):
    """Include and macro flags of any source beside a header serve for the header too."""
    flags = {}
    for entry in json.loads(pathlib.Path(commands).read_text()):
        source = pathlib.Path(entry["file"])
        parts = shlex.split(entry["command"])
        kept = []
        for i, part in enumerate(parts):
            if part.startswith(("-I", "-D", "-std=")):
                kept.append(part)
            elif part == "-isystem":
                kept += [part, parts[i + 1]]
        flags.setdefault(source.parent, kept)
    return flags


def check(header, flags):
    command = ["g++", "-fsyntax-only", "-x", "c++", *flags, "-include", str(header), "/dev/null"]
    done = subprocess.run(command, capture_output=True, text=True)
    return header, done.returncode, done.stderr


def is_first_in_its_source(header):
    source = header.with_suffix(".cc")
    if not source.exists():
        return False
    includes = re.findall(r'^#include ["<](.+)[">]', source.read_text(), re.MULTILINE)
    return includes[:1] == [str(header.relative_to(ROOT))]


def main():
    flags = flags_by_folder(sys.argv[1])
    headers = [path for top in ("engine", "models", "elements") for path in sorted((ROOT / top).rglob("*.h"))]
    fallback = ["-std=c++20", f"-I{ROOT}"]
    proven = [header for header in headers if is_first_in_its_source(header)]
    headers = [header for header in headers if header not in proven]
    faults = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, code, text in pool.map(lambda h: check(h, flags.get(h.parent, fallback)), headers):
            if code != 0:
                faults += 1
                print(f"{header.relative_to(ROOT)} does not compile by itself:\n{text}")
    print(f"{len(headers) - faults} of {len(headers)} headers compile by themselves, {len(proven)} more did when their sources were built")
    sys.exit(1 if faults or not headers else 0)


if __name__ == "__main__":
    main()
