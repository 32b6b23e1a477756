"""Holds bills of materials against the official schemas: CycloneDX 1.6 and SPDX 2.3, both JSON.

    python3 -m venv /tmp/sboms
    /tmp/sboms/bin/pip install 'cyclonedx-python-lib[validation]' spdx-tools
    cargo test -p tollgate-image --test sbom_documents
    /tmp/sboms/bin/python crates/image/tests/golden/validate_sboms.py target/tmp/*.json
"""

import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document


def problems(path):
    if path.name.endswith(".spdx.json"):
        document = parse_file(str(path))
        found = validate_full_spdx_document(document, "SPDX-2.3")
        return [message.validation_message for message in found]
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(path.read_text())
    return [] if error is None else [str(error)]


def main(paths):
    if not paths:
        sys.exit(__doc__)
    bad = False
    for path in map(Path, paths):
        found = problems(path)
        bad = bad or bool(found)
        print(path.name, "is valid" if not found else "is NOT valid")
        for problem in found:
            print("   ", problem)
    sys.exit(bad)


main(sys.argv[1:])
