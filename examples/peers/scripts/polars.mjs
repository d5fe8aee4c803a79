// Polars, for examples/peers. WEIR_NPM is the directory that npm installed to,
// and POLARS_MAX_THREADS how many threads Polars uses.
//   node polars.mjs about
//   node polars.mjs TASK FILE ENGINE     in-memory or streaming; prints the result and its time as JSON
import { createRequire } from 'node:module';

const require = createRequire(process.env.WEIR_NPM + '/');
const polars = require('nodejs-polars');
const [task, file, engine] = process.argv.slice(2);

const columns = ['id', 'x', 'y', 'z', 'k', 'ts', 'f', 'price'];
const c = polars.col;

function scan() {
  if (file.endsWith('.csv')) return polars.scanCSV(file);
  if (file.endsWith('.parquet')) return polars.scanParquet(file);
  return polars.scanIPC(file);
}

// Columns of a frame have different names; the names do not matter.
const queries = {
  T1: () => scan().select(c('x').mul(c('x')).sum()),
  T2: () => scan().select(...columns.flatMap((n) => [
    c(n).count().alias('count ' + n), c(n).sum().alias('sum ' + n), c(n).mean().alias('mean ' + n),
    c(n).std().alias('std ' + n), c(n).min().alias('min ' + n), c(n).max().alias('max ' + n)])),
  T3: () => scan().groupBy('k').agg(c('id').count().alias('count'), c('y').mean().alias('mean'), c('price').max().alias('max')).sort('k'),
  T4: () => scan().filter(c('z').gt(0).and(c('y').lt(3))).select(c('x').mul(c('y')).sum().alias('sum'), c('price').mean().alias('mean')),
  T5: () => scan().select(c('y').quantile(0.5, 'linear').alias('p50'), c('y').quantile(0.99, 'linear').alias('p99')),
};

if (task === 'about') {
  const { version } = require('nodejs-polars/package.json');
  console.log(JSON.stringify({ version: 'nodejs-polars ' + version, formats: ['csv', 'parquet', 'arrow'] }));
} else {
  const began = performance.now();
  // collect() ignores {engine}; only collectSync() streams.
  const frame = engine === 'streaming' ? queries[task]().collectSync({ engine }) : await queries[task]().collect();
  const rows = frame.toRecords().map((r) => frame.columns.map((name) => r[name]));
  const seconds = (performance.now() - began) / 1000;
  console.log(JSON.stringify({ seconds, rows }, (_, v) => (typeof v === 'bigint' ? v.toString() : v)));
}
