#!/bin/sh
# demo.sh WEIR ROWS: one aggregation over the same table as CSV, Parquet and
# Arrow, in every mode. All twelve results have to be equal bit for bit.
set -eu
weir=$1 rows=$2 dir=demo-data
agg='count(), sum(x*y) as xy, mean(price), stddev(z), min(ts), max(y)'

mkdir -p "$dir"
if [ ! -f "$dir/rows" ] || [ "$(cat "$dir/rows")" != "$rows" ]; then
	echo "making a sample of $rows rows in $dir"
	"$weir" gen --force --rows "$rows" "$dir/sample.csv" "$dir/sample.parquet" "$dir/sample.arrow"
	echo "$rows" >"$dir/rows"
fi

echo
echo "the result: weir run --where 'k < 5' --agg '$agg' --by k"
"$weir" run --timings none --where 'k < 5' --agg "$agg" --by k "$dir/sample.arrow"

digests=
for format in csv parquet arrow; do
	echo
	echo "$format: weir compare --where 'k < 5' --agg ... --by k $dir/sample.$format"
	"$weir" compare --trials 6 --where 'k < 5' --agg "$agg" --by k "$dir/sample.$format" >"$dir/$format.txt"
	cat "$dir/$format.txt"
	digests="$digests $(sed -n 's/.*digest //p' "$dir/$format.txt")"
done

echo
set -- $digests
if [ "$1" = "$2" ] && [ "$2" = "$3" ]; then
	echo "one digest from three formats and four modes: $1"
else
	echo "the digests differ: $*" >&2
	exit 1
fi
