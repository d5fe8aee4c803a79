#!/bin/sh
# Fetches the embedded charting library from the npm registry, byte for byte as
# published, with its licences, and writes down its checksums. To update it,
# change the versions and run this; d3 is the version that Plot's file asks for.
set -eu
cd "$(dirname "$0")/vendor"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() { # fetch NAME@VERSION FILE AS
	archive=$(cd "$work" && npm pack --silent "$1")
	tar -xzf "$work/$archive" -C "$work"
	[ -z "$2" ] || cp "$work/package/$2" "$3"
	{ printf '%s\n\n' "$1"; cat "$work/package/LICENSE"; printf '\n'; } >>LICENSES
	rm -rf "$work/package"
}

: >LICENSES
fetch d3@7.9.0 dist/d3.min.js d3.min.js
fetch @observablehq/plot@0.6.17 dist/plot.umd.min.js plot.umd.min.js
# Part of Plot's file:
for part in isoformat@0.2.1 interval-tree-1d@1.0.4 binary-search-bounds@2.0.5; do
	fetch "$part" "" ""
done
sha256sum d3.min.js plot.umd.min.js LICENSES >SHA256SUMS
