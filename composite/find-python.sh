#!/usr/bin/env bash
# Runs set_up.py with a Python that can hold the check: one on PATH, else one that GitHub's runners
# keep beside. Only what such a Python cannot do itself is done here.
set -eu

usable() {
  "$1" -I -c '
import sys, sysconfig
fits = (3, 11) <= sys.version_info[:2] <= (3, 14) and sys.implementation.name == "cpython"
wide = sys.maxsize > 2**32 and sysconfig.get_platform() != "win-arm64"
import ensurepip, venv
sys.exit(not (fits and wide) or bool(sysconfig.get_config_var("Py_GIL_DISABLED")))' 2>/dev/null
}

candidates=(python3 python python3.14 python3.13 python3.12 python3.11)
tools=${RUNNER_TOOL_CACHE-}
for minor in 14 13 12 11; do
  # Windows tells the folder with backslashes.
  candidates+=("${tools//\\//}"/Python/3.$minor.*/*/{bin/python3,python.exe})
done

for candidate in "${candidates[@]}"; do
  if usable "$candidate"; then
    exec "$candidate" -I "$(dirname "$0")/set_up.py"
  fi
done
echo "::error title=cc-lb-selfcheck::This runner has no Python from 3.11 to 3.14 (64 bits, with venv;" \
  "on Windows for x64): let actions/setup-python run before, or use the Action without /composite."
exit 2
