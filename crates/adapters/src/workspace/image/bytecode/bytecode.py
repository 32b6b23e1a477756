"""Which modules a service imports, and their bytecode: run by the image's own Python.

    bytecode.py imported ROOT LIST MODULE…   import them, and write which files that took
    bytecode.py compiled ROOT LIST OUT       compile these files

Two processes, as what is compiled must not depend on what was imported before.
"""

import sys


def imported(root, to, *modules):
    import importlib
    import os

    for module in modules:
        importlib.import_module(module)
    places = set()
    for module in list(sys.modules.values()):
        place = getattr(module, "__file__", None)
        place = place and os.path.realpath(place)
        if place and place.endswith(".py") and place.startswith(root + "/"):
            places.add(os.path.relpath(place, root))
    with open(to, "w", encoding="utf-8") as listed:
        listed.writelines(f"{place}\n" for place in sorted(places) if "\n" not in place)


def compiled(root, listed, out):
    import _imp
    import importlib._bootstrap_external as external
    import os

    with open(listed, encoding="utf-8") as file:
        places = file.read().splitlines()
    for place in places:
        with open(os.path.join(root, place), "rb") as file:
            source = file.read()
        digest = _imp.source_hash(external._RAW_MAGIC_NUMBER, source)
        bytecode = known(external.cache_from_source(os.path.join(root, place)), digest)
        if not bytecode:
            # As the image names it, which is what tracebacks show.
            code = compile(source, "/" + place, "exec", dont_inherit=True, optimize=0)
            bytecode = external._code_to_hash_pyc(code, digest, False)
        to = os.path.join(out, place)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        with open(to, "wb") as file:
            file.write(bytecode)
    with open(out + ".tag", "w", encoding="utf-8") as file:
        file.write(sys.implementation.cache_tag)


def known(cached, digest):
    """What was compiled before: flags say unchecked-hash (PEP 552), and the source is the same."""
    try:
        with open(cached, "rb") as file:
            bytecode = file.read()
    except OSError:
        return None
    return bytecode if bytecode[4:16] == b"\1\0\0\0" + digest else None


if __name__ == "__main__":
    {"imported": imported, "compiled": compiled}[sys.argv[1]](*sys.argv[2:])
