#!/bin/sh
# Makes a virtual environment with KasGate in it: install.sh SOURCE TARGET [PYTHON]
#
# It takes nothing but wheels whose hashes are in the lock, so it needs no compiler. The Containerfile
# runs it, and so does `make test-deploy` in a Debian root.
set -eu

source=$1 target=$2 python=${3:-python3}

"$python" -m venv "$target"
pip="$target/bin/python -m pip --disable-pip-version-check --no-cache-dir --quiet"
$pip install --require-hashes --only-binary :all: --requirement "$source/requirements/runtime.txt"
# A copy, because the build writes into its source.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for part in actors kasgate web pyproject.toml README.md LICENSE; do
    cp -R "$source/$part" "$work/"
done
$pip install --no-deps --no-build-isolation "$work"
# They were needed to get here; a running gateway installs nothing.
$pip uninstall --yes setuptools pip
"$target/bin/kasgate" --version
