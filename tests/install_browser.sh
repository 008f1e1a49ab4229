#!/bin/sh
# Chromium and fonts for the tests in a real browser: installs what is missing where it may,
# otherwise says what to install and fails.
set -eu

wanted=""
command -v chromium >/dev/null 2>&1 || wanted="chromium"
for font in "Noto Sans Thai:fonts-noto-core" "Noto Sans CJK SC:fonts-noto-cjk"; do
    if ! command -v fc-list >/dev/null 2>&1 || ! fc-list | grep -q "${font%%:*}"; then
        wanted="$wanted ${font##*:}"
    fi
done
[ -n "$wanted" ] || exit 0

if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        run=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        run="sudo"
    else
        run="no"
    fi
    if [ "$run" != no ]; then
        echo "Installing for the browser tests: $wanted"
        export DEBIAN_FRONTEND=noninteractive
        $run apt-get update -qq
        # shellcheck disable=SC2086
        exec $run apt-get install -y -qq --no-install-recommends fontconfig $wanted
    fi
fi
echo "The browser tests need these Debian packages, which cannot be installed from here:" >&2
echo "    apt-get install fontconfig $wanted" >&2
exit 1
