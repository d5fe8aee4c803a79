// One task by Polars: node polars.mjs TASK FILE THREADS in-memory|streaming.
// Prints a line of JSON: the seconds that the query took, without loading
// Polars, and its rows. POLARS_MAX_THREADS says how many threads it takes.
import { createRequire } from 'node:module';
const pl = createRequire(process.env.PEERS + '/')('nodejs-polars');

const [task, file, , engine] = process.argv.slice(2);
const scan = () => (file.endsWith('.csv') ? pl.scanCSV(file) : file.endsWith('.arrow') ? pl.scanIPC(file) : pl.scanParquet(file));
const c = pl.col;
const columns = ['id', 'x', 'y', 'z', 'k', 'ts', 'f', 'price'];
const all = (n) => [
  c(n).count().alias(n + '1'), c(n).sum().alias(n + '2'), c(n).mean().alias(n + '3'),
  c(n).std().alias(n + '4'), c(n).min().alias(n + '5'), c(n).max().alias(n + '6'),
];
const queries = {
  T1: () => scan().select(c('x').mul(c('x')).sum()),
  T2: () => scan().select(...columns.flatMap(all)),
  T3: () => scan().groupBy('k').agg(c('id').count().alias('n'), c('y').mean().alias('m'), c('price').max().alias('p')).sort('k'),
  T4: () => scan().filter(c('z').gt(0).and(c('y').lt(3))).select(c('x').mul(c('y')).sum().alias('s'), c('price').mean().alias('m')),
  T5: () => scan().select(c('y').quantile(0.5, 'linear').alias('a'), c('y').quantile(0.99, 'linear').alias('b')),
};

const began = performance.now();
// collect() without Sync does not know the engines.
const frame = engine === 'streaming' ? queries[task]().collectSync({ engine }) : await queries[task]().collect();
const rows = frame.rows();
const seconds = (performance.now() - began) / 1000;
const text = (v) => (typeof v === 'bigint' ? v.toString() : JSON.stringify(v));
console.log(`{"seconds": ${seconds}, "rows": [${rows.map((r) => `[${r.map(text)}]`)}]}`);
