#!/bin/sh
# Find or install a Chromium that Playwright can drive: the system's, Playwright's own, or Debian's package.
# usage: install.sh PYTHON
set -eu
python=$1
if command -v chromium >/dev/null || command -v google-chrome >/dev/null; then
    exit 0
fi
if "$python" -m playwright install chromium >/dev/null 2>&1; then
    exit 0
fi
if command -v apt-get >/dev/null; then
    echo "Installing Debian's chromium …"
    run() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
    run apt-get update -qq >/dev/null && run apt-get install -y -qq chromium >/dev/null 2>&1 && exit 0
fi
echo "No Chromium could be installed: browser tests will be skipped. Install chromium by hand to run them." >&2
