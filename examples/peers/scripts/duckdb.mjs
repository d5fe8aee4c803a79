// One task by DuckDB: node duckdb.mjs TASK FILE THREADS. Prints a line of JSON:
// the seconds that the query took, without loading DuckDB, and its rows.
import { createRequire } from 'node:module';
const { DuckDBInstance } = createRequire(process.env.PEERS + '/')('@duckdb/node-api');

const [task, file, threads] = process.argv.slice(2);
const name = `'${file.replaceAll("'", "''")}'`;
const from = file.endsWith('.csv') ? `read_csv(${name})` : `read_parquet(${name})`;
const columns = ['id', 'x', 'y', 'z', 'k', 'ts', 'f', 'price'];
const all = columns.map((c) => `count(${c}), sum(${c}), avg(${c}), stddev_samp(${c}), min(${c}), max(${c})`).join(', ');
const queries = {
  T1: `select sum(x * x) from ${from}`,
  T2: `select ${all} from ${from}`,
  T3: `select k, count(*), avg(y), max(price) from ${from} group by k order by k`,
  T4: `select sum(x * y), avg(price) from ${from} where z > 0 and y < 3`,
  T5: `select quantile_cont(y, 0.5), quantile_cont(y, 0.99) from ${from}`,
};

const connection = await (await DuckDBInstance.create(':memory:', { threads })).connect();
const began = performance.now();
const rows = (await connection.runAndReadAll(queries[task])).getRows();
const seconds = (performance.now() - began) / 1000;
// 128-bit sums and counts are BigInt; JSON takes their digits as they are.
const text = (v) => (typeof v === 'bigint' ? v.toString() : JSON.stringify(v));
console.log(`{"seconds": ${seconds}, "rows": [${rows.map((r) => `[${r.map(text)}]`)}]}`);
