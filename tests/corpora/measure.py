#!/usr/bin/env python3
"""Measures the detectors on the corpora, and holds docs/detectors.md to what is found; with `--write` writes it there."""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs" / "detectors.md"
BEGIN, END = "<!-- measured by tests/corpora/measure.py -->\n", "<!-- end -->\n"
DEVELOPMENT = {"promptwl", "giskard", "wfuzz: SQL", "wfuzz: Traversal", "garak: formats of keys", "fortunes-min"}


def kind(source):
    if source == "own set":
        return "own"
    return "development" if source in DEVELOPMENT or source.startswith("Faker en_US") else "held out"


def table(program):
    corpora = subprocess.Popen([sys.executable, HERE / "corpora.py"], stdout=subprocess.PIPE)
    found = subprocess.run([program], stdin=corpora.stdout, check=True, capture_output=True, text=True).stdout
    if corpora.wait():
        sys.exit("measure: a corpus cannot be had")
    lines = ["| detector | source | | texts | low | medium | high | wrong |\n", "|---|---|---|---:|---:|---:|---:|---:|\n"]
    for line in found.splitlines():
        detector, source, what, *counts = line.split("\t")
        none, low, medium, high, refused = map(int, counts)
        texts = none + low + medium + high
        if refused:
            sys.exit(f"measure: {refused} texts of {source} were refused")
        # An attack is missed if nothing is found at all; a harmless text raises an alarm at `medium` or above.
        wrong, word = (none, "missed") if what == "attacks" else (medium + high, "alarms")
        lines.append(f"| `{detector}` | {source} ({kind(source)}) | {what} | {texts} | {low} | {medium} | {high} | {100 * wrong / texts:.1f} % {word} |\n")
    return "".join(lines)


def main():
    program = next((a for a in sys.argv[1:] if not a.startswith("-")), ROOT / "target" / "release" / "zt-detect")
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    told, after = rest.split(END)
    found = table(program)
    if "--write" in sys.argv:
        PAGE.write_text(before + BEGIN + found + END + after)
    elif told != found:
        sys.exit(f"measure: docs/detectors.md says something else than was found:\n{found}")


main()
