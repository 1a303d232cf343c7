#!/bin/sh
# The default metrics of prom-client do not pass Prometheus' own linter.
#
# `collectDefaultMetrics()` exposes three gauges whose names end in `_total`, which by Prometheus' conventions only counters have.
# `promtool check metrics` reports them and ends with 3, so a service with nothing but the defaults fails a check of its scrape.
#
# Seen with prom-client 15.1.3, Node 20.20.2 and promtool 2.42.0 (Debian 12); promtool is taken from the package `prometheus`:
#   nodejs_active_handles_total non-counter metrics should not have "_total" suffix   (and _requests_total, _resources_total)
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"
promtool=$(command -v promtool || true)
if [ -z "$promtool" ]; then
  apt-get download prometheus >/dev/null
  dpkg-deb -x prometheus_*.deb "$work/unpacked"
  promtool=$work/unpacked/usr/bin/promtool
fi
npm init -y >/dev/null
npm install --silent --no-audit --no-fund prom-client@15.1.3
cat >run.mjs <<'JS'
import client from 'prom-client';

client.collectDefaultMetrics();
process.stdout.write(await client.register.metrics());
JS
node run.mjs >scrape.txt
code=0
"$promtool" check metrics <scrape.txt >said.txt 2>&1 || code=$?
"$promtool" --version 2>&1 | head -1
sort said.txt
for name in handles requests resources; do
  grep -q "^nodejs_active_${name}_total non-counter metrics should not have \"_total\" suffix" said.txt && continue
  echo "nodejs_active_${name}_total is not reported any more." >&2
  exit 1
done
[ "$code" -eq 3 ] || { echo "promtool ended with $code where it ended with 3." >&2; exit 1; }
