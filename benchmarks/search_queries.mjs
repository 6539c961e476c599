// Runs queries against an index on disk: node search_queries.mjs CLIENT ROOT < {"queries": [{"q", "options"}], "fresh"}
// Prints one line a query: {"ids", "urls", "total", "any", "files", "bytes", "ms", "cpu", "suggestion"}; "fresh" opens
// a new index for each query and counts the manifest apart.
import {readFileSync} from 'node:fs';
import {gzipSync} from 'node:zlib';

const [client, root] = process.argv.slice(2);
const {openIndex} = await import(client);
const {queries, fresh} = JSON.parse(readFileSync(0, 'utf8'));
const sizes = new Map();
let log = [];
const fetch = async (url) => {
  const data = readFileSync(root + url);
  if (!sizes.has(url)) sizes.set(url, gzipSync(data, {level: 6}).length);
  log.push(url);
  return {ok: true, status: 200, text: async () => data.toString('utf8')};
};
let index = await openIndex('/search/', {fetch});
console.log(JSON.stringify({manifest: sizes.get('/search/index.json')}));
for (const {q, options} of queries) {
  if (fresh) index = await openIndex('/search/', {fetch});
  log = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  const found = await index.search(q, options ?? {});
  const ms = performance.now() - start;
  const used = process.cpuUsage(cpu);
  const areas = {};
  for (const url of log) areas[url.split('/')[2]] = (areas[url.split('/')[2]] ?? 0) + sizes.get(url);
  console.log(JSON.stringify({
    ids: found.hits.map((hit) => hit.id), urls: found.hits.map((hit) => hit.url), total: found.total, any: found.any,
    files: log.length, bytes: log.reduce((sum, url) => sum + sizes.get(url), 0), areas, ms,
    cpu: (used.user + used.system) / 1000, suggestion: found.suggestion,
  }));
}
