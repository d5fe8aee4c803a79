#!/bin/sh
# memory.sh WEIR [DIR]: runs files far larger than the memory limit in every
# mode, and prints the most memory that the process tree had at any moment.
#
# Counted are private pages and shared anonymous ones (the arena), of all
# processes together, from /proc/PID/smaps_rollup every 10 ms: pages of mapped
# input files belong to the page cache. Needs Linux and python3.
set -eu
weir=$1 dir=${2:-demo-data}
mkdir -p "$dir"
[ -f "$dir/memory.arrow" ] || "$weir" gen --rows 53500000 "$dir/memory.arrow" # 3 GB
[ -f "$dir/memory.csv" ] || "$weir" gen --rows 10000000 "$dir/memory.csv"     # 600 MB
ls -l "$dir/memory.arrow" "$dir/memory.csv"
python3 "$(dirname "$0")/watch.py" "$weir" 512MB "$dir/memory.arrow" "$dir/memory.csv"
