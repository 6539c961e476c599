#!/bin/sh
# Find or install a Chromium that Playwright can drive: the system's, Playwright's own, or Debian's package.
# usage: install.sh PYTHON
# HTML is checked by a Java program: where there is no Java and Debian's can be had, that is installed, too.
set -eu
python=$1
run() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
if ! command -v java >/dev/null && command -v apt-get >/dev/null; then
    echo "Installing Debian's Java …"
    { run apt-get update -qq && run apt-get install -y -qq --no-install-recommends default-jre-headless; } >/dev/null 2>&1 ||
        echo "No Java could be installed: HTML will not be checked." >&2
fi
if command -v chromium >/dev/null || command -v google-chrome >/dev/null; then
    exit 0
fi
if "$python" -m playwright install chromium >/dev/null 2>&1; then
    exit 0
fi
if command -v apt-get >/dev/null; then
    echo "Installing Debian's chromium …"
    run apt-get update -qq >/dev/null && run apt-get install -y -qq chromium >/dev/null 2>&1 && exit 0
fi
echo "No Chromium could be installed: browser tests will be skipped. Install chromium by hand to run them." >&2
