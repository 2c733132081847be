#!/usr/bin/env bash
# Make the virtual environment $1 and install the locked versions and this project into it.
# Needs Python 3.11 or newer and either uv, or pip in the Python at hand. Safe to run again.
set -euo pipefail
venv=${1:-.venv}

say() { printf '== %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
suits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
  if command -v "$candidate" >/dev/null 2>&1 && suits "$candidate"; then python=$candidate; break; fi
done
[ -n "$python" ] || fail "no Python 3.11 or newer was found. Install one, or name it: make setup PYTHON=/path/to/python3"

if [ -x "$venv/bin/python" ] && ! suits "$venv/bin/python"; then
  say "removing $venv: its Python does not run or is too old"
  rm -rf "$venv"
fi

if command -v uv >/dev/null 2>&1; then
  [ -x "$venv/bin/python" ] || { say "making $venv with uv"; uv venv -q --python "$python" "$venv"; }
  install() { uv pip install -q --python "$venv/bin/python" "$@"; }
else
  if [ ! -x "$venv/bin/python" ]; then
    say "making $venv with $($python --version)"
    # Debian's Python has no ensurepip: then the pip of the Python at hand installs into the environment.
    "$python" -m venv "$venv" 2>/dev/null || { rm -rf "$venv"; "$python" -m venv --without-pip "$venv"; }
  fi
  if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    install() { "$venv/bin/python" -m pip install -q --disable-pip-version-check "$@"; }
  elif "$python" -m pip --version >/dev/null 2>&1; then
    install() { "$python" -m pip --python "$venv/bin/python" install -q --disable-pip-version-check "$@"; }
  else
    fail "neither uv nor pip was found. Install one of them for $python, then run make again."
  fi
fi

say "installing the locked versions (the first time this takes a minute or two)"
install --require-hashes -r requirements.lock
say "installing waqai"
install --no-deps --no-build-isolation -e .
say "ready: $venv/bin/waqai"
