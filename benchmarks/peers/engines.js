// One face for all engines in the browser: open(engine) → ask(query, {limit, options}) → ids of the best articles.
// Ours and Pagefind load what a query needs, ours in its worker, as the search page does; MiniSearch and lunr load
// everything at first.

export async function open(engine) {
  if (engine === 'ours') {
    const worker = new Worker('/assets/search-worker.js', {type: 'module'});
    const call = (method, ...args) => new Promise((resolve, reject) => {
      worker.onmessage = ({data}) => data.error ? reject(new Error(data.error.message)) : resolve(data.result);
      worker.postMessage({method, args});
    });
    await call('open', new URL('/ours/search/', location.href).href);
    return async (query, options) => {
      const found = await call('search', query, {limit: 10, ...options});
      return found.hits.map((hit) => hit.id);
    };
  }
  if (engine === 'pagefind') {
    const pagefind = await import('/pagefind/pagefind.js');
    await pagefind.init();
    return async (query, options) => {
      const found = await pagefind.search(query, peerFilters(options));
      const best = await Promise.all(found.results.slice(0, 10).map((result) => result.data()));
      return best.map((result) => result.meta.id);
    };
  }
  const text = await (await fetch(`/${engine}/index.json`)).text();
  if (engine === 'minisearch') {
    const {default: MiniSearch} = await import('/modules/minisearch/dist/es/index.js');
    const index = MiniSearch.loadJSON(text, {fields: ['title', 'text'], storeFields: ['title']});
    return async (query) => index.search(query).slice(0, 10).map((hit) => hit.id);
  }
  await classicScript('/modules/lunr/lunr.js');
  const index = globalThis.lunr.Index.load(JSON.parse(text));
  return async (query) => index.search(query.replace(/[^\p{L}\p{N} "]/gu, ' ')).slice(0, 10).map((hit) => hit.ref);
}

function classicScript(url) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement('script'), {src: url, onload: resolve, onerror: reject});
    document.head.append(script);
  });
}

function peerFilters(options) {
  const asked = options?.filters;
  if (!asked) return {};
  const years = [];
  if (asked.after) for (let year = +asked.after; year <= +asked.before; year++) years.push(String(year));
  const filters = {};
  if (years.length) filters.year = {any: years};
  if (asked.person) filters.person = [asked.person];
  return {filters};
}
