"""Writes python/*.txt: what `packaging` says of versions, specifiers, markers and tags.

Run with packaging 26.3: python crates/image/tests/golden/python.py
"""

import hashlib
import itertools
import random
import sys
from pathlib import Path

from packaging.markers import Marker
from packaging.specifiers import InvalidSpecifier, Specifier
from packaging.tags import compatible_tags, cpython_tags
from packaging.version import Version

OUT = Path(__file__).parent / "python"
VERSIONS = """1 1.0 1.0.0 1.0.1 1.1 1.1.dev1 1.1a1 1.1a1.dev2 1.1b2.post1 1.1rc1 1.1rc1.post2.dev3
1.1.post1 1.1.post1.dev1 1.1+cpu 1.1+cpu.2 1.1.post1+cpu 1.2 1.10 2 2.0.dev0 2.0 2.0.post3 1!0.1
1!1.0 0.9 0 v1.1-ALPHA.1 1.1-1 1.1c1 1.1+CPU 1.1+5 1.1.0.0.1""".split()
OPERATORS = ["==", "!=", "<=", ">=", "<", ">", "~=", "==="]
BOUNDS = """1 1.0 1.1 1.1.0 1.1a1 1.1rc1 1.1.post1 1.1.dev1 1.1+cpu 1.1.* 1.* 1.1.post1.dev1 2.0 2.0a1
1!1.0 1!1.* 1.1.0.* 1.10 0 0.*""".split()
ENVIRONMENTS = {
    "x86_64-3.11.9": ("3.11", "3.11.9", "x86_64"),
    "aarch64-3.9.0": ("3.9", "3.9.0", "aarch64"),
    "x86_64-3.13.0rc1": ("3.13", "3.13.0rc1", "x86_64"),
}
ATOMS = """python_version >= "3.9"|python_version < '3.10'|python_version == "3.*"|python_version ~= "3.9"
python_version in "3.9 3.10"|python_version not in '3.11, 3.12'|"3.10" <= python_version
python_full_version < "3.13"|python_full_version >= "3.13.0rc1"|python_full_version === "3.11.9"
implementation_version != "3.11.9"|python_full_version == "3.11.*"|python_version > "3.9.0"
python_version >= "abc"|python_version == "abc"|sys_platform == "linux"|sys_platform != 'win32'
"lin" in sys_platform|sys_platform in "linux linux2"|sys_platform < "z"|sys_platform >= "linux"
os_name == "posix"|os.name != "posix"|platform_system == "Linux"|platform_machine == "x86_64"
platform_machine in "aarch64 arm64"|platform.machine != 'aarch64'|implementation_name == "cpython"
platform_python_implementation == "CPython"|python_implementation != "PyPy"|extra == "Te.st"
extra != "test"|extra == "doc"|"win" not in sys_platform|"linux" == sys_platform""".replace(
    "\n", "|"
).split("|")


def versions():
    for left, right in itertools.product(VERSIONS, VERSIONS):
        a, b = Version(left), Version(right)
        yield f"{left} {'<' if a < b else '>' if a > b else '='} {right}"


def specifiers():
    for operator, bound in itertools.product(OPERATORS, BOUNDS):
        try:
            specifier = Specifier(operator + bound)
        except InvalidSpecifier:
            yield f"{operator}{bound}\trefused"
            continue
        # `===` compares texts; ours has read the version by then, so that it is in its normal form.
        read = (lambda v: str(Version(v))) if operator == "===" else (lambda v: v)
        taken = [v for v in VERSIONS if specifier.contains(read(v), prereleases=True)]
        yield f"{operator}{bound}\t{' '.join(taken)}"


def environment(name, extra):
    short, full, machine = ENVIRONMENTS[name]
    return {
        "python_version": short,
        "python_full_version": full,
        "implementation_name": "cpython",
        "implementation_version": full,
        "platform_python_implementation": "CPython",
        "os_name": "posix",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": machine,
        "platform_release": "",
        "platform_version": "",
        "extra": extra,
    }


def composed(draw, depth):
    if depth == 0 or draw.random() < 0.3:
        return draw.choice(ATOMS)
    parts = [composed(draw, depth - 1) for _ in range(draw.randint(2, 3))]
    text = parts[0]
    for part in parts[1:]:
        text += draw.choice([" and ", " or "]) + part
    return f"({text})" if draw.random() < 0.6 else text


def markers():
    draw = random.Random(508)
    texts = ATOMS + [composed(draw, 3) for _ in range(150)]
    for text in texts:
        holds = [
            f"{name}{'+' + extra if extra else ''}"
            for name in ENVIRONMENTS
            for extra in ["", "test"]
            if Marker(text).evaluate(environment(name, extra))
        ]
        yield f"{text}\t{' '.join(holds)}"


def platforms(machine, libc, newest):
    yield f"linux_{machine}"
    if libc == "musl":
        yield from (f"musllinux_1_{minor}_{machine}" for minor in range(newest, -1, -1))
        return
    from packaging import _manylinux

    _manylinux._have_compatible_abi = lambda *_: True
    _manylinux._get_glibc_version = lambda: (2, newest)
    yield from _manylinux.platform_tags([machine])


def tags():
    cases = [
        (9, "x86_64", "gnu", 17, True),
        (11, "aarch64", "musl", 2, True),
        (11, "x86_64", "gnu", 36, False),
        (13, "aarch64", "gnu", 41, False),
        (12, "x86_64", "musl", 2, False),
    ]
    for minor, machine, libc, newest, whole in cases:
        found = list(platforms(machine, libc, newest))
        python = (3, minor)
        listed = [str(t) for t in cpython_tags(python, [f"cp3{minor}"], found)]
        listed += [str(t) for t in compatible_tags(python, f"cp3{minor}", found)]
        digest = hashlib.sha256("\n".join(listed).encode()).hexdigest()
        yield f"{minor} {machine} {libc} {newest} {len(listed)} {digest}"
        yield from (f"  {tag}" for tag in listed if whole)


def main():
    OUT.mkdir(exist_ok=True)
    for part in (versions, specifiers, markers, tags):
        (OUT / f"{part.__name__}.txt").write_text("\n".join(part()) + "\n")


if __name__ == "__main__":
    sys.exit(main())
