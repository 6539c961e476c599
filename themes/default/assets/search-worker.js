/** The search client in a worker: answers {id, method, args} with {id, result} or {id, error: {code, message}}. */

/** @typedef {import('./search.js').Index} Index */
/** @type {Promise<Index> | null} */
let opened = null;
let base = '';

/** The client and the index's manifest are fetched side by side. */
async function open() {
  const manifest = `${base}index.json`;
  /** @type {Promise<Response> | null} */
  let early = fetch(manifest, {cache: 'no-cache'});
  early.catch(() => undefined); // whoever asks for it will be told
  const {openIndex} = await import('./search.js');
  return openIndex(base, {
    fetch: (url, init) => {
      const answer = url === manifest && early ? early : fetch(url, init);
      early = null;
      return answer;
    },
  });
}

/**
 * @param {string} method
 * @param {any[]} args
 * @returns {Promise<unknown>}
 */
async function answer(method, args) {
  if (method === 'open') base = args[0];
  opened ??= open();
  let index;
  try {
    index = await opened;
  } catch (error) {
    opened = null; // so that the next call tries again
    throw error;
  }
  if (method === 'search') return index.search(args[0], args[1]);
  if (method === 'facets') return index.facets(args[0], args[1]);
  if (method === 'complete') return index.complete(args[0], args[1]);
  return index.documents();
}

self.onmessage = async (event) => {
  const {id, method, args} = event.data;
  try {
    self.postMessage({id, result: await answer(method, args)});
  } catch (error) {
    const {code = 'failed', message = ''} = /** @type {{code?: string, message?: string}} */ (error);
    self.postMessage({id, error: {code, message}});
  }
};
