#!/usr/bin/env bash
# Installs the tools that Tollgate is measured beside into target/bench-peers, and nowhere else.
# Needs python3 with venv, and npm. What is there already in the wanted version stays.
set -euo pipefail
cd "$(dirname "$0")/.."

dvc="${DVC_VERSION:-3.67.1}"
turbo="${TURBO_VERSION:-2.11.11}"
place="$PWD/target/bench-peers"
mkdir -p "$place/turbo"

if [[ "$("$place/dvc/bin/dvc" --version 2>/dev/null)" != "$dvc" ]]; then
  python3 -m venv --clear "$place/dvc"
  "$place/dvc/bin/pip" install --quiet --disable-pip-version-check "dvc==$dvc"
fi

export DO_NOT_TRACK=1 TURBO_TELEMETRY_DISABLED=1
if [[ "$("$place/turbo/node_modules/.bin/turbo" --version 2>/dev/null)" != "$turbo" ]]; then
  npm install --prefix "$place/turbo" --no-save --no-audit --no-fund --loglevel=error "turbo@$turbo"
fi

# What tables are checked with. The newest of each, unless DATA_PEERS names versions.
tables="${DATA_PEERS:-duckdb great_expectations pandas pandera[polars] pointblank polars pyarrow scikit-learn}"
if [[ ! -x "$place/data/bin/python" ]]; then
  python3 -m venv "$place/data"
fi
# shellcheck disable=SC2086 # a list of words
"$place/data/bin/pip" install --quiet --disable-pip-version-check $tables

# What drift is found with. evidently does not run with pandas 3.
drift="${DRIFT_PEERS:-duckdb evidently pandas<3 pyarrow scipy}"
if [[ ! -x "$place/drift/bin/python" ]]; then
  python3 -m venv "$place/drift"
fi
# shellcheck disable=SC2086 # a list of words
"$place/drift/bin/pip" install --quiet --disable-pip-version-check $drift

echo "dvc $dvc and turbo $turbo are in target/bench-peers, and so are $tables and $drift"
