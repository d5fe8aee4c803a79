// DuckDB, for examples/peers. WEIR_NPM is the directory that npm installed to.
//   node duckdb.mjs about
//   node duckdb.mjs TASK FILE THREADS       prints the result and its time as JSON
//   node duckdb.mjs write FROM.csv TO.parquet   snappy, row groups of 1,000,000 rows
import { createRequire } from 'node:module';

const require = createRequire(process.env.WEIR_NPM + '/');
const duckdb = require('@duckdb/node-api');
const [task, file, argument] = process.argv.slice(2);

const columns = ['id', 'x', 'y', 'z', 'k', 'ts', 'f', 'price'];
const types = "{'id':'BIGINT','x':'DOUBLE','y':'DOUBLE','z':'DOUBLE','k':'INTEGER','ts':'BIGINT','f':'FLOAT','price':'DOUBLE'}";
const quoted = (path) => `'${path.replaceAll("'", "''")}'`;

const queries = {
  T1: (from) => `select sum(x*x) ${from}`,
  T2: (from) => 'select ' + columns.map((c) => `count(${c}), sum(${c}), avg(${c}), stddev_samp(${c}), min(${c}), max(${c})`).join(', ') + ` ${from}`,
  T3: (from) => `select k, count(*), avg(y), max(price) ${from} group by k order by k`,
  T4: (from) => `select sum(x*y), avg(price) ${from} where z > 0 and y < 3`,
  T5: (from) => `select quantile_cont(y, 0.5), quantile_cont(y, 0.99) ${from}`,
};

if (task === 'about') {
  console.log(JSON.stringify({ version: duckdb.version(), formats: ['csv', 'parquet'] }));
} else {
  // Rows keep their order, and groups their size, with one thread.
  const threads = task === 'write' ? '1' : argument;
  const connection = await (await duckdb.DuckDBInstance.create(':memory:', { threads })).connect();
  if (task === 'write') {
    await connection.run(`copy (select * from read_csv(${quoted(file)}, header = true, columns = ${types})) to ${quoted(argument)} (format parquet, compression snappy, row_group_size 1000000)`);
  } else {
    const began = performance.now();
    const read = file.endsWith('.csv') ? 'read_csv' : 'read_parquet';
    const rows = (await connection.runAndReadAll(queries[task](`from ${read}(${quoted(file)})`))).getRowsJson();
    const seconds = (performance.now() - began) / 1000;
    console.log(JSON.stringify({ seconds, rows }));
  }
}
