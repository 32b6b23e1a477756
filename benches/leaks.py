"""Secrets that were planted, and false alarms: `tollgate scan secrets` beside gitleaks (Debian's package).

    python3 benches/leaks.py [DIRECTORY ...] [--gitleaks PATH]

Each kind is drawn at random here, so that no file of ours holds what looks like a secret, and written to a
file of its own; a few kinds are also written encoded. Directories (unpacked packages, say) are searched
for what nobody planted.
"""

import argparse
import base64
import gzip
import json
import random
import shutil
import string
import sys
import tempfile
import time
import zlib
from pathlib import Path

from common import describe, machine, measure, tollgate

DRAW = random.Random(7)
LETTERS = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
BASE32 = string.ascii_uppercase + "234567"
HEX = "0123456789abcdef"
URL = LETTERS + "-_"


def some(alphabet, length):
    return "".join(DRAW.choice(alphabet) for _ in range(length))


def checked(prefix, length):
    """As GitHub and npm make theirs: the last six characters are the CRC-32 of those before, in base 62."""
    body, digits = some(LETTERS, length - 6), string.digits + UPPER[:26] + string.ascii_lowercase
    left, checksum = zlib.crc32(body.encode()), ""
    for _ in range(6):
        left, digit = divmod(left, 62)
        checksum = digits[digit] + checksum
    return prefix + body + checksum


def kinds():
    jwt = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in [{"alg": "HS256", "typ": "JWT"}, {"sub": some(LETTERS, 12), "iat": 1}]
    )
    key = "\n".join(some(LETTERS + "+/", 64) for _ in range(12))
    return {
        "aws-id": f"AKIA{some(BASE32, 16)}",
        "aws-secret": f'aws_secret_access_key = "{some(LETTERS + "/+", 40)}"',
        "github-pat": checked("ghp_", 36),
        "github-oauth": checked("gho_", 36),
        "github-app": checked("ghs_", 36),
        "github-fine": f"github_pat_{some(LETTERS, 22)}_{some(LETTERS, 59)}",
        "gitlab-pat": f"glpat-{some(LETTERS, 20)}",
        "slack-bot": f"xoxb-{some(string.digits, 12)}-{some(string.digits, 12)}-{some(LETTERS, 24)}",
        "slack-hook": f"https://hooks.slack.com/services/T{some(UPPER, 8)}/B{some(UPPER, 8)}/{some(LETTERS, 24)}",
        "stripe": f"sk_live_{some(LETTERS, 24)}",
        "google-api": f"AIza{some(URL, 35)}",
        "pypi": f"pypi-AgEIcHlwaS5vcmc{some(URL, 120)}",
        "npm": checked("npm_", 36),
        "openai": f"sk-proj-{some(LETTERS, 20)}T3BlbkFJ{some(LETTERS, 20)}",
        "anthropic": f"sk-ant-api03-{some(URL, 93)}AA",
        "hugging-face": f"hf_{some(string.ascii_letters, 34)}",
        "sendgrid": f"SG.{some(URL, 22)}.{some(URL, 43)}",
        "twilio": f"SK{some(HEX, 32)}",
        "mailgun": f"key-{some(HEX, 32)}",
        "digitalocean": f"dop_v1_{some(HEX, 64)}",
        "databricks": f"dapi{some(HEX, 32)}",
        "shopify": f"shpat_{some(HEX, 32)}",
        "square": f"sq0csp-{some(URL, 43)}",
        "grafana": f"glsa_{some(LETTERS, 32)}_{some(HEX, 8)}",
        "newrelic": f"NRAK-{some(UPPER, 27)}",
        "vault": f"hvs.{some(URL, 95)}",
        "terraform": f"{some(LETTERS, 14)}.atlasv1.{some(URL, 64)}",
        "linear": f"lin_api_{some(LETTERS, 40)}",
        "docker": f"dckr_pat_{some(URL, 27)}",
        "telegram": f"TELEGRAM_TOKEN={some('123456789', 9)}:AA{some(URL, 33)}",
        "age": f"AGE-SECRET-KEY-1{some('QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 58)}",
        "private-key": f"-----BEGIN RSA PRIVATE KEY-----\n{key}\n-----END RSA PRIVATE KEY-----",
        "jwt": f"{jwt}.{some(URL, 43)}",
        "database": f"postgresql://app:{some(LETTERS, 16)}@db.internal:5432/app",
        "address": f"https://deploy:{some(LETTERS, 18)}@git.internal/x.git",
        "password": f'password = "{some(LETTERS + "!#%", 16)}"',
        "api-key": f'API_KEY = "{some(LETTERS, 32)}"',
        "client-secret": f'client_secret: "{some(LETTERS, 40)}"',
        "bearer": f"Authorization: Bearer {some(LETTERS, 48)}",
        "netrc": f"machine git.internal login bot password {some(LETTERS, 18)}",
        "kubeconfig": f"    client-key-data: {base64.b64encode(DRAW.randbytes(900)).decode()}",
    }


ENCODED = {
    "base64": lambda text: base64.b64encode(f"token: {text}\n".encode()),
    "hex": lambda text: text.encode().hex().encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "gzip": lambda text: gzip.compress(text.encode()),
    "escapes": lambda text: "".join(f"\\x{ord(c):02x}" for c in text).encode(),
}


def plant(root):
    planted = kinds()
    for name, text in planted.items():
        (root / f"{name}.txt").write_text(f"# settings\n{text}\n")
    names = list(planted)
    for encoding, encode in ENCODED.items():
        for name in ["github-pat", "gitlab-pat", "stripe"]:
            (root / f"{name}.{encoding}").write_bytes(encode(planted[name]))
            names.append(f"{name}.{encoding}")
    return names


def by_tollgate(binary, root):
    began = time.perf_counter()
    cost = run([binary, "scan", "secrets", "--json"], root)
    found = [json.loads(line) for line in cost.splitlines() if line.startswith("{")]
    return {Path(leak["path"]).name for leak in found}, len(found), time.perf_counter() - began


def by_gitleaks(gitleaks, root):
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.json"
        began = time.perf_counter()
        run([gitleaks, "detect", "--no-git", "-s", ".", "-r", report, "-f", "json"], root)
        taken = time.perf_counter() - began
        found = json.loads(report.read_text() or "[]")
    return {Path(leak["File"]).name for leak in found}, len(found), taken


def run(command, cwd):
    """Both end with 1 where they find something."""
    shell = " ".join(f"'{word}'" for word in command)
    return measure(["sh", "-c", f"{shell}; test $? -le 1"], cwd).output


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("directories", nargs="*", type=Path)
    arguments.add_argument("--gitleaks", default=shutil.which("gitleaks"))
    asked = arguments.parse_args()
    if not asked.gitleaks:
        sys.exit("gitleaks is not installed: apt-get install gitleaks (Debian 13), or --gitleaks PATH")
    tools = {
        "tollgate": lambda root: by_tollgate(tollgate(None), root),
        "gitleaks": lambda root: by_gitleaks(asked.gitleaks, root),
    }
    describe(machine())
    with tempfile.TemporaryDirectory() as place:
        planted = plant(Path(place))
        for name, look in tools.items():
            found, _, _ = look(Path(place))
            hit = [it for it in planted if it in found or f"{it}.txt" in found]
            print(f"{name}: {len(hit)} of {len(planted)} planted; missed: "
                  f"{', '.join(sorted(set(planted) - set(hit))) or 'none'}")
    for directory in asked.directories:
        for name, look in tools.items():
            _, alarms, taken = look(directory.resolve())
            print(f"{name} in {directory.name}: {alarms} alarms, {taken:.2f} s")


main()
