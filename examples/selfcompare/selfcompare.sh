#!/bin/sh
# selfcompare.sh WEIR [TIMES] [MODE] [FILE]: compares a mode with itself, TIMES
# over (20), and counts how often weir finds a difference, which can be chance
# alone. More than one in twenty fails. Without FILE it makes a table of a million
# rows.
#
# That the statistics keep to this rate, on machines that drift or are disturbed
# too, is tested in pipeline/compare on synthetic times. This shows it for the
# machine at hand, with all that it does meanwhile.
set -eu
weir=$1 times=${2:-20} mode=${3:-threads} file=${4:-demo-data/selfcompare.arrow}
if [ ! -f "$file" ]; then
	mkdir -p "$(dirname "$file")"
	"$weir" gen --rows 1000000 "$file"
fi

different=0 i=0
while [ "$i" -lt "$times" ]; do
	i=$((i + 1))
	comparison=$("$weir" compare --progress off --modes "$mode,$mode" --trials 20 --seed "$i" --agg 'sum(x*x), mean(price)' --by k "$file")
	# One of the two lines says fastest, the other one this.
	verdict=$(echo "$comparison" | sed -nE 's/^.* (no difference|(slower|faster) p.*)$/\1/p')
	echo "$i: $verdict"
	case $verdict in
	'no difference') ;;
	*) different=$((different + 1)) ;;
	esac
done
echo "$different of $times comparisons of $mode with itself found a difference"
[ $((different * 20)) -le "$times" ]
