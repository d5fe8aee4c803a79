"""Computes golden results with exact rational arithmetic, from CSV files read by Python's csv module.

Sums, means and variances are fractions.Fraction and are rounded once, to nearest even, which Fraction's
conversion to float does; a standard deviation is the float nearest to the exact root, found by comparing the
squares of the midpoints between neighbouring floats with the exact variance.

    python3 generate.py                      diamonds.csv, seattle-weather.csv and the numeric cases
    python3 generate.py flights FLIGHTS.csv  the flights (some minutes, 2 GB)
"""
import bisect
import collections
import csv
import json
import math
import os
import sys
from fractions import Fraction

HERE = os.path.dirname(os.path.abspath(__file__))


BEYOND = Fraction(2 ** 1024 - 2 ** 970)  # what is this large rounds to infinity


def to_float(q):
    """The float nearest to the fraction q; infinite beyond the largest."""
    try:
        return float(q)
    except OverflowError:
        return math.inf if q > 0 else -math.inf


def root(q):
    """The float nearest to the square root of the fraction q >= 0."""
    if q == 0:
        return 0.0
    shift = max(0, 140 - (q.numerator.bit_length() - q.denominator.bit_length()))
    shift += shift % 2
    r = to_float(Fraction(math.isqrt((q.numerator << shift) // q.denominator), 1 << (shift // 2)))
    while True:  # r is within an ulp; step until the midpoints on both sides enclose q
        up, down = math.nextafter(r, math.inf), math.nextafter(r, 0)
        above = BEYOND if math.inf in (r, up) else (Fraction(r) + Fraction(up)) / 2
        if r == math.inf:
            return r if q >= above * above else sys.float_info.max
        if up == math.inf and q >= above * above:
            return up
        below = (Fraction(r) + Fraction(down)) / 2
        if q > above * above:
            r = up
        elif q < below * below:
            r = down
        else:
            return r


class Column:
    """Exact figures of the values of one column in one group, nulls left out."""

    def __init__(self):
        self.n, self.sum, self.squares, self.min, self.max = 0, Fraction(0), Fraction(0), None, None
        self.values = []

    def add(self, v):
        self.values.append(v)

    def finish(self):
        # Integers over a common power of two add much faster than fractions do.
        self.n = len(self.values)
        if self.values:
            ratios = [v.as_integer_ratio() for v in self.values]
            scale = max(d for _, d in ratios)
            ints = [n * (scale // d) for n, d in ratios]
            self.sum = Fraction(sum(ints), scale)
            self.squares = Fraction(sum(i * i for i in ints), scale * scale)
            self.min, self.max = min(self.values), max(self.values)

    def figure(self, name, integer):
        if name == 'count':
            return self.n
        if self.n == 0:
            return None
        if name == 'sum':
            return int(self.sum) if integer else to_float(self.sum)
        if name == 'mean':
            return to_float(self.sum / self.n)
        if name in ('min', 'max'):
            return self.min if name == 'min' else self.max
        d = self.n if name.endswith('_pop') else self.n - 1
        if d == 0:
            return None
        var = (self.n * self.squares - self.sum * self.sum) / (self.n * d)
        return to_float(var) if name.startswith('var') else root(var)


def aggregate(path, types, calls, by=None, where=None):
    """Rows of a result: the group's key, if any, then a figure for each (function, column) of calls."""
    groups = collections.defaultdict(lambda: collections.defaultdict(Column))
    counts = collections.Counter()
    with open(path, newline='', encoding='utf-8-sig') as f:
        for row in csv.DictReader(f):
            if where and not where(row):
                continue
            key = row[by] if by else None
            counts[key] += 1
            for column in {c for _, c in calls if c}:
                if row[column] != '':
                    groups[key][column].add(types[column](row[column]))
    rows = []
    for key in sorted(counts):
        for column in groups[key].values():
            column.finish()
        figures = [groups[key][c].figure(f, types[c] is int) if c else counts[key] for f, c in calls]
        rows.append(([key] if by else []) + figures)
    return rows


def write(name, file, rows, calls, by=None, where=None):
    agg = ', '.join(f'{f}({c or ""})' for f, c in calls)
    golden = {'file': file, 'agg': agg, 'by': by or '', 'where': where or '', 'rows': rows}
    with open(os.path.join(HERE, 'golden', name + '.json'), 'w') as f:
        json.dump(golden, f, indent=1)
        f.write('\n')


ALL = ('sum', 'mean', 'var', 'stddev', 'var_pop', 'stddev_pop', 'min', 'max', 'count')


def real_data():
    types = dict(carat=float, depth=float, table=float, price=int, x=float, y=float, z=float)
    calls = [('count', None)] + [(f, c) for c in types for f in ALL]
    path = os.path.join(HERE, 'diamonds.csv')
    write('diamonds', 'diamonds.csv', aggregate(path, types, calls), calls)
    write('diamonds-by-cut', 'diamonds.csv', aggregate(path, types, calls, 'cut'), calls, 'cut')
    write('diamonds-where', 'diamonds.csv', aggregate(path, types, calls, 'clarity', lambda r: int(r['price']) > 1000 and r['color'] != 'E'),
          calls, 'clarity', "price > 1000 and color != 'E'")
    types = dict(precipitation=float, temp_max=float, temp_min=float, wind=float)
    calls = [('count', None)] + [(f, c) for c in types for f in ALL]
    path = os.path.join(HERE, 'seattle-weather.csv')
    write('weather-by-weather', 'seattle-weather.csv', aggregate(path, types, calls, 'weather'), calls, 'weather')


def quantile(values, p):
    """The quantile of type 7 of sorted values, rounded once."""
    h = Fraction(p) * (len(values) - 1)
    rank = h.numerator // h.denominator
    low = Fraction(values[rank])
    high = Fraction(values[min(rank + 1, len(values) - 1)])
    return to_float(low + (h - rank) * (high - low))


def quantiles():
    """Quantiles of columns with few and with many different values, by group and of all rows."""
    types = dict(carat=float, price=int, z=float)
    shares = ('0', '0.01', '0.25', '0.5', '0.99', '0.999', '1')
    agg = ', '.join(f'quantile({c}, {p})' for c in types for p in shares)
    for name, by in (('diamonds-quantiles', ''), ('diamonds-quantiles-by-color', 'color')):
        groups = collections.defaultdict(lambda: collections.defaultdict(list))
        with open(os.path.join(HERE, 'diamonds.csv'), newline='', encoding='utf-8-sig') as f:
            for row in csv.DictReader(f):
                for column, number in types.items():
                    groups[row.get(by, '')][column].append(number(row[column]))
        rows = []
        for key in sorted(groups):
            figures = [quantile(sorted(groups[key][c]), p) for c in types for p in shares]
            rows.append(([key] if by else []) + figures)
        golden = {'file': 'diamonds.csv', 'agg': agg, 'by': by, 'where': '', 'rows': rows}
        with open(os.path.join(HERE, 'golden', name + '.json'), 'w') as f:
            json.dump(golden, f, indent=1)
            f.write('\n')


def numeric_cases():
    """Sums that a naive loop gets wrong, as one file: a case a column, padded with nulls."""
    huge, tiny = 1.7976931348623157e308, 5e-324
    cases = {
        'cancel': [1e16, 1.0, -1e16] * 1000,
        'cancel_late': [1e16] * 500 + [1.0] * 999 + [-1e16] * 500,
        'subnormal': [tiny] * 1001 + [2.2250738585072014e-308, -2.225073858507201e-308],
        'wide': [1e308, 1e-308, -1e308, 1e-300, 1.0],
        'overflow_and_back': [huge, huge, -huge, -huge, 3.0],
        'overflow': [huge, huge],
        'near_1e9': [1e9 + (i % 7 - 3) * 1e-3 for i in range(2000)],
        'constant': [0.1] * 2000,
        'half_ulp': [1.0, 2.0 ** -53, 2.0 ** -106],
        'half_ulp_odd': [1.0 + 2.0 ** -52, 2.0 ** -53],
        'signs': [(-1) ** i * 1.1 ** i for i in range(700)],
        'ints_2_53': [9007199254740993.0, 1.0, -9007199254740992.0],
    }
    rows = max(len(v) for v in cases.values())
    path = os.path.join(HERE, 'numeric.csv')
    with open(path, 'w', newline='') as f:
        w = csv.writer(f, lineterminator='\n')
        w.writerow(cases)
        for i in range(rows):
            w.writerow([repr(v[i]) if i < len(v) else '' for v in cases.values()])
    types = dict.fromkeys(cases, float)
    calls = [(f, c) for c in cases for f in ALL]
    write('numeric', 'numeric.csv', aggregate(path, types, calls), calls)


def pairs(rows, x, y):
    """corr, covar and covar_pop of two columns, of the rows in which neither is missing."""
    both = [(Fraction(r[x]), Fraction(r[y])) for r in rows if r[x] is not None and r[y] is not None]
    n, sx, sy = len(both), sum(a for a, _ in both), sum(b for _, b in both)
    cov = n * sum(a * b for a, b in both) - sx * sy
    spread = (n * sum(a * a for a, _ in both) - sx * sx) * (n * sum(b * b for _, b in both) - sy * sy)
    corr = math.copysign(root(cov * cov / spread), cov) if n > 1 and spread else None
    return [corr, to_float(cov / (n * (n - 1))) if n > 1 else None, to_float(cov / (n * n)) if n else None]


def histogram(values, low, high, bins):
    """Counts between edges that are fractions rounded once; the last upper edge is in its bin."""
    edges = [to_float(Fraction(low) + Fraction(i, bins) * (Fraction(high) - Fraction(low))) for i in range(bins + 1)]
    counts = [0] * bins
    for v in values:
        if v is not None and edges[0] <= v <= edges[-1]:
            counts[min(bisect.bisect_right(edges, v) - 1, bins - 1)] += 1
    return counts


def shapes(name, file, types, by, x, y, low, high, bins):
    """Aggregates that are no figures of one column: pairs, distinct values, ends, histograms."""
    groups = collections.defaultdict(list)
    with open(os.path.join(HERE, file), newline='', encoding='utf-8-sig') as f:
        for row in csv.DictReader(f):
            groups[row[by]].append({c: t(row[c]) if row[c] != '' else None for c, t in types.items()})
    agg = [f'corr({x}, {y})', f'covar({x}, {y})', f'covar_pop({x}, {y})', f'histogram({x}, {low}, {high}, {bins})']
    agg += [f'{f}({c})' for c in types for f in ('count_distinct', 'first', 'last')]
    rows = []
    for key in sorted(groups):
        g = groups[key]
        row = [key] + pairs(g, x, y) + [histogram([r[x] for r in g], low, high, bins)]
        for c in types:
            values = [r[c] for r in g if r[c] is not None]
            row += [len(set(values)), values[0] if values else None, values[-1] if values else None]
        rows.append(row)
    golden = {'file': file, 'agg': ', '.join(agg), 'by': by, 'where': '', 'rows': rows}
    with open(os.path.join(HERE, 'golden', name + '.json'), 'w') as f:
        json.dump(golden, f, indent=1)
        f.write('\n')


def flights(path):
    types = dict(delay=int, distance=int)
    calls = [('count', None), ('sum', 'delay'), ('mean', 'distance'), ('stddev', 'delay'), ('min', 'delay'), ('max', 'delay')]
    write('flights-by-origin', 'flights-3m.parquet', aggregate(path, types, calls, 'origin'), calls, 'origin')


if __name__ == '__main__':
    os.makedirs(os.path.join(HERE, 'golden'), exist_ok=True)
    if sys.argv[1:2] == ['flights']:
        flights(sys.argv[2])
    else:
        real_data()
        quantiles()
        numeric_cases()
        shapes('diamonds-shapes', 'diamonds.csv', dict(carat=float, price=int, x=float, clarity=str), 'cut', 'carat', 'price', 0.2, 2.2, 20)
        shapes('weather-shapes', 'seattle-weather.csv', dict(temp_max=float, wind=float), 'weather', 'temp_max', 'wind', -5, 40, 9)
