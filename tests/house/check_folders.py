#!/usr/bin/env python3
"""Every folder with sources or data has a README.md of at most a page, and no file is left over."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOPS = ("bench", "cmake", "elements", "engine", "graphs", "models", "samples", "tests")
MOST_LINES = 90  # one printed page and a half: tables are long
WITHOUT_README = ("engine", "tests/golden", "tests/engine", "tests/fuzz/regressions", "tests/fuzz/corpus",
                  "engine/events/schema", "engine/subtitles/schema", "engine/subtitles/words", "engine/app/resources")
MARKS = ("TODO", "FIXME", "XXX", "HACK")


def tracked():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    return [pathlib.Path(line) for line in listed.stdout.splitlines()]


def needs_readme(folder):
    name = folder.as_posix()
    if folder.parts[0] not in TOPS:
        return False
    if folder.parts[0] == "tests" and len(folder.parts) > 2:
        return False
    return not any(name == skipped or name.startswith(skipped + "/") for skipped in WITHOUT_README)


def main():
    files = tracked()
    if not files:
        print("not a git checkout; nothing to check")
        sys.exit(77)
    faults = []
    for folder in sorted({path.parent for path in files if path.parent != pathlib.Path(".")}):
        readme = ROOT / folder / "README.md"
        if not needs_readme(folder):
            continue
        if not readme.exists():
            faults.append(f"{folder}: has no README.md")
        elif len(readme.read_text().splitlines()) > MOST_LINES:
            faults.append(f"{folder}/README.md: longer than a page")
    for path in files:
        if path.suffix not in (".cc", ".h", ".py", ".sh") or path.name == pathlib.Path(__file__).name:
            continue
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1):
            if any(mark in line.split() or f"{mark}:" in line for mark in MARKS):
                faults.append(f"{path}:{number}: a left-over mark")
    print("\n".join(faults) or "every folder has its page")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
