#!/bin/sh
# What the power-cut tests need: libfuse 2, from Debian where apt and root are there. Without it they say so.
set -eu

have_fuse() { python -c 'import ctypes.util, sys; sys.exit(not ctypes.util.find_library("fuse"))'; }

if [ ! -e /dev/fuse ] || have_fuse; then exit 0; fi
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends libfuse2 >/dev/null
fi
