# What runs in the virtual machine of `cargo xtask test usb` (see `end2end/usb/machine.ts`):
# udev, the keys that the host lends, a shell for the tests, and Debian's Chromium.
# Beside the settings, which the kernel's command line names: the browsers' policies.
box=/bin/busybox
settings=$($box sed -n 's/.*usb\.settings=\([^ ]*\).*/\1/p' /proc/cmdline)
# ORIGIN, HOST (what it is called here), KEYS (the port of each), VIRTUAL_CARD,
# BROWSER (nothing: none), SCREEN (the number of its display; nothing: none)
. "$settings/settings"

$box ip link set lo up
$box ip addr add 10.0.2.15/24 dev eth0
$box ip link set eth0 up
# Chromium listens to udev, not to the kernel; there is no systemd.
/lib/systemd/systemd-udevd --daemon
for key in $KEYS; do "$VIRTUAL_CARD" usb-attach --listen "$key" & done
# One shell for each connection from the host.
$box nc -ll -p 9300 -e /bin/sh &
echo "guest: up"
[ "$BROWSER" ] || exec $box sleep 3600

mkdir -p /etc/chromium/policies/managed
cp "$settings/policies.json" /etc/chromium/policies/managed/usb.json
# Chromium listens on its loopback interface only. As few processes as it does with: each
# takes seconds to start.
$box nc -ll -p 9222 -e $box nc 127.0.0.1 9223 2>/dev/null &
screen="--headless --window-size=1366,900"
if [ "$SCREEN" ]; then
  Xvfb ":$SCREEN" -screen 0 900x700x24 -ac -listen tcp -nolisten unix >/run/xvfb.log 2>&1 &
  export DISPLAY="127.0.0.1:$SCREEN"
  until $box nc 127.0.0.1 "$((6000 + SCREEN))" </dev/null >/dev/null 2>&1; do sleep 0.2; done
  screen="--ozone-platform=x11 --window-position=0,0 --window-size=900,700"
fi
# shellcheck disable=SC2086 # its words are options
/usr/lib/chromium/chromium $screen --no-sandbox --disable-gpu --in-process-gpu \
  --disable-site-isolation-trials --renderer-process-limit=1 \
  --disable-renderer-backgrounding --disable-backgrounding-occluded-windows \
  --disable-background-timer-throttling \
  --enable-features=NetworkServiceInProcess2 \
  --disable-features=SpareRendererForSitePerProcess,Translate,OptimizationHints,MediaRouter \
  --disable-dev-shm-usage --user-data-dir=/run/profile --no-first-run \
  --no-default-browser-check --disable-extensions --disable-component-update \
  --disable-background-networking --disable-sync --disable-breakpad \
  --disable-crash-reporter --password-store=basic --mute-audio --lang=zh-CN --force-prefers-reduced-motion \
  "--js-flags=--no-opt --liftoff-only --wasm-lazy-compilation" \
  "--host-resolver-rules=MAP ${ORIGIN#http://} $HOST" \
  --remote-debugging-port=9223 '--remote-allow-origins=*' about:blank >/run/chromium.log 2>&1
echo "guest: failed: chromium ended"
$box tail -20 /run/chromium.log
$box poweroff -f
