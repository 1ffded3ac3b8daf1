#!/usr/bin/env python3
"""Holds every #include of engine/, models/ and elements/ against include_table.txt."""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
QUOTED = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
ANGLED = re.compile(r"^\s*#\s*include\s+<([^>]+)>", re.M)
OWN = ("engine/", "models/", "elements/")
# What engine/base hands on to everyone.
EVERYWHERE = ("fmt", "expected")
# These folders' public headers promise to be free of any library.
PURE_HEADERS = ("engine/speech", "engine/subtitles", "engine/metadata", "engine/packaging")


def lines_of(name):
    for line in (HERE / name).read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            yield line


def read_table():
    table = {}
    for line in lines_of("include_table.txt"):
        folder, rest = line.split("->")
        ours, libraries = rest.split(";")
        table[folder.strip()] = (set(ours.split()), set(libraries.split()))
    return table


def read_libraries():
    return {parts[0]: tuple(parts[1:]) for parts in (line.split() for line in lines_of("libraries.txt"))}


def library_of(header, libraries):
    for name, prefixes in libraries.items():
        if header.startswith(prefixes):
            return name
    if "." in header or "/" in header:
        return f"unknown library <{header}>"
    return None  # the standard library's own headers have neither


def is_c_standard(header):
    return header in ("stdlib.h", "string.h", "errno.h", "stdint.h", "math.h", "stdio.h", "stddef.h")


def check_file(path, table, libraries):
    name = path.relative_to(ROOT).as_posix()
    folder = path.parent.relative_to(ROOT).as_posix()
    if folder not in table:
        yield f"{name}: folder {folder} is not in tests/house/include_table.txt"
        return
    ours, allowed = table[folder]
    text = path.read_text()
    for header in QUOTED.findall(text):
        target = header.rsplit("/", 1)[0]
        if target == folder or "*" in ours or target in ours:
            continue
        if not header.startswith(OWN) and (path.parent / header).exists():
            yield f"{name}: include \"{header}\" from the repository root"
        elif header.startswith(OWN):
            yield f"{name}: {folder} may not include {target}"
    for header in ANGLED.findall(text):
        library = None if is_c_standard(header) else library_of(header, libraries)
        if library in EVERYWHERE:
            continue
        if library and "*" not in allowed and library not in allowed:
            yield f"{name}: {folder} may not use {library} (<{header}>)"
        if library and path.suffix == ".h" and folder in PURE_HEADERS:
            yield f"{name}: a public header of {folder} includes {library}"
    if "elements/plugin.cc" != name and folder == "elements" and '"models/' in text:
        yield f"{name}: only elements/plugin.cc may include models/"


def main():
    table, libraries = read_table(), read_libraries()
    files = [path for top in OWN for path in sorted((ROOT / top).rglob("*"))
             if path.suffix in (".h", ".cc")]
    if len(files) < 10:
        sys.exit("check_includes: found no sources")
    faults = [fault for path in files for fault in check_file(path, table, libraries)]
    print("\n".join(faults) or f"{len(files)} files keep the include table")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
