#!/usr/bin/env python3
"""Writes osv.txt: which advisories of an OSV export hold for which versions, by PyPI's `packaging`.

    osv.py path/to/PyPI/all.zip > osv.txt

The evaluation is that of the OSV schema ("Evaluation"), written down once more. Versions are drawn
from those that advisories name, and from around them, with a fixed seed.
"""

import collections
import json
import random
import sys
import zipfile

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

PAIRS = 300


def affected(one, version):
    own = Version(version)
    for other in one.get("versions", []):
        try:
            if Version(other) == own:
                return True
        except InvalidVersion:
            pass
    return any(inside(ranges["events"], own) for ranges in one.get("ranges", []) if ranges["type"] != "GIT")


def inside(events, own):
    # `0` stands before all versions.
    events = [(Version("0.dev0" if text == "0" else text), kind) for event in events for kind, text in event.items()]
    limits = [version for version, kind in events if kind == "limit"]
    if limits and not any(own < version for version in limits):
        return False
    has = False
    for version, kind in sorted(events, key=lambda event: event[0]):
        if kind == "introduced" and own >= version:
            has = True
        elif kind == "fixed" and own >= version:
            has = False
        elif kind == "last_affected" and own > version:
            has = False
    return has


def main(export):
    advisories = collections.defaultdict(list)
    with zipfile.ZipFile(export) as archive:
        for name in sorted(archive.namelist()):
            advisory = json.loads(archive.read(name))
            if advisory.get("withdrawn"):
                continue
            for one in advisory["affected"]:
                advisories[canonicalize_name(one["package"]["name"])].append((advisory["id"], one))
    draw = random.Random(7)
    lines = set()
    for name, known in advisories.items():
        versions = set()
        for _, one in known:
            listed = one.get("versions", [])
            versions |= set(draw.sample(listed, min(4, len(listed))))
            for ranges in one.get("ranges", []):
                if ranges["type"] != "GIT":
                    for text in (text for event in ranges["events"] for text in event.values()):
                        versions |= {text, text + ".1", text + "rc1", text + ".post1", text + ".dev0"}
        for version in sorted(versions):
            try:
                held = sorted(name for name, one in known if affected(one, version))
            except InvalidVersion:
                continue
            lines.add(f"{name} {version} {','.join(held)}")
    print("\n".join(sorted(draw.sample(sorted(lines), PAIRS))))


main(sys.argv[1])
