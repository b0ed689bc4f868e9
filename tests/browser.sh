#!/bin/sh
# What the browser tests need: Debian's Chromium and a Chinese font where apt and root are there, else Playwright's own.
set -eu

have_font() { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh family 2>/dev/null)" ]; }
have_browser() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; }

if have_browser && have_font; then exit 0; fi
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends chromium fontconfig fonts-wqy-microhei >/dev/null
elif ! have_browser; then
    python -m playwright install chromium
fi
