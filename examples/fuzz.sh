#!/bin/sh
# fuzz.sh TIME: runs every fuzz target of the repository for TIME, one after another.
set -eu
time=${1:-60s}
for file in $(grep -rl --include='*_test.go' '^func Fuzz' .); do
	package=$(dirname "$file")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "$package $target"
		go test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x -parallel 2
	done
done
