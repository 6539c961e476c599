#!/bin/sh
# Install the servers that tests of publishing start on this machine: OpenSSH, rsync, nginx and git.
set -eu
missing=
test -x /usr/sbin/sshd || command -v sshd >/dev/null || missing="$missing openssh-server"
command -v rsync >/dev/null || missing="$missing rsync"
test -x /usr/sbin/nginx || command -v nginx >/dev/null || missing="$missing nginx"
command -v git >/dev/null || missing="$missing git"
test -n "$missing" || exit 0
if command -v apt-get >/dev/null; then
    echo "Installing Debian's$missing …"
    run() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
    # shellcheck disable=SC2086
    run apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive run apt-get install -y -qq $missing >/dev/null 2>&1 && exit 0
fi
echo "Could not install$missing: tests that need them will be skipped." >&2
