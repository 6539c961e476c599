// Feeds damaged indexes and hostile queries to the search client: node fuzz_client.mjs CLIENT FOLDER [CASES] [SECONDS] [SEED]
// A case opens an index of which files were damaged on their way, asks some questions, and demands that each is answered
// in the form that the client's types promise or refused with a SearchError, in good time; that nothing is thrown beside
// it, and no prototype changed; and that asking again once the files are sound gives what a sound index gives.
// Prints one line: {"cases", "answered", "refused", "failures": [{"seed", "what"}]}.
import {readdirSync, readFileSync} from 'node:fs';
import {parentPort, Worker, workerData} from 'node:worker_threads';

const BUDGET = 20_000; // milliseconds a case: a machine may be busy, what hangs does so for ever
const FAILURES_MOST = 20;

// ---------------------------------------------------------------- watching: cases run in a thread that can be stopped

async function watch() {
  const [client, folder, cases = '500', seconds = '3600', seed = '1'] = process.argv.slice(2);
  const end = performance.now() + 1000 * Number(seconds);
  const told = {cases: 0, answered: 0, refused: 0, failures: []};
  let next = Number(seed);
  const last = next + Number(cases);
  while (next < last && performance.now() < end && told.failures.length < FAILURES_MOST) next = await run(next);
  console.log(JSON.stringify(told));
  process.exitCode = told.failures.length ? 1 : 0;

  /** Run cases from `first` on; returns the one to go on with. */
  function run(first) {
    return new Promise((resolve) => {
      const thread = new Worker(new URL(import.meta.url), {
        workerData: {client, folder, first, last, end: Date.now() + end - performance.now()},
        resourceLimits: {maxOldGenerationSizeMb: 1024},
      });
      let at = first;
      let alarm;
      const stop = (what) => {
        clearTimeout(alarm);
        if (what) told.failures.push({seed: at, what});
        void thread.terminate();
        resolve(what ? at + 1 : last);
      };
      thread.on('message', (message) => {
        if (message.begins !== undefined) {
          at = message.begins;
          clearTimeout(alarm);
          alarm = setTimeout(() => stop(`no answer within ${BUDGET} ms`), BUDGET);
        } else if (message.what) stop(message.what);
        else {
          told.cases++;
          told.answered += message.answered;
          told.refused += message.refused;
        }
      });
      thread.on('error', (error) => stop(`thrown beside the answer: ${error?.stack ?? error}`));
      thread.on('exit', () => stop(''));
    });
  }
}

// ---------------------------------------------------------------- chance

/** A generator of numbers from 0 to below `count` (mulberry32). */
function chance(seed) {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  return (count) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return Math.floor((((value ^ (value >>> 14)) >>> 0) / 2 ** 32) * count);
  };
}

const pick = (random, items) => items[random(items.length)];

// ---------------------------------------------------------------- damage

const HOSTILE = [
  null, true, false, 0, -1, 1, 0.5, 255, 2 ** 31, -(2 ** 31), 2 ** 53, 1e308, -1e308, '', ' ', 'x', '~~~~', '\u0000', '😀\ud800',
  'x'.repeat(70_000), '~'.repeat(70_000), [], [null], {}, {length: -1}, {length: 1e9}, [[[[]]]],
  JSON.parse('{"__proto__": {"polluted": 1}}'), JSON.parse('{"constructor": {"prototype": {"polluted": 1}}}'),
  '__proto__', 'constructor', 'toString', 'hasOwnProperty', {toString: null, valueOf: null}, {then: 1}, '<img src=x onerror=alert(1)>',
];

/** All places in a JSON value: [container, key]. */
function places(value, found = [], depth = 0) {
  if (value && typeof value === 'object' && depth < 12) {
    for (const key of Object.keys(value)) {
      if (found.length > 4000) break;
      found.push([value, key]);
      places(value[key], found, depth + 1);
    }
  }
  return found;
}

const DAMAGES = [
  (text, random) => { // bits
    const bytes = Buffer.from(text);
    for (let i = random(8); i >= 0; i--) bytes[random(bytes.length)] ^= 1 << random(8);
    return bytes.toString();
  },
  (text, random) => text.slice(0, random(text.length)),
  (text, random) => text.slice(random(text.length)),
  (text, random) => {
    const at = random(text.length);
    return text.slice(0, at) + text.slice(at + 1 + random(9));
  },
  (text, random) => {
    const at = random(text.length);
    return text.slice(0, at) + text.slice(Math.max(0, at - random(200)));
  },
  () => '',
  () => 'null',
  () => '<!doctype html><title>Not found</title>',
  (text, random) => pick(random, ['[', '{"a":', '"']).repeat(1 + random(200_000)),
  (text, random) => '['.repeat(20_000 + random(100_000)) + ']'.repeat(20_000),
  (text, random) => JSON.stringify(pick(random, HOSTILE)),
  ...Array.from({length: 10}, () => (text, random) => { // wrong values, missing keys, strange keys in sound JSON
    const script = text.startsWith('sitegenSearch(');
    const value = JSON.parse(script ? text.slice(text.indexOf(',') + 1, text.lastIndexOf(')')) : text);
    for (let i = random(3); i >= 0; i--) {
      const found = places(value);
      if (!found.length) break;
      const [container, key] = pick(random, found);
      const kind = random(8);
      if (kind === 0) delete container[key];
      else if (kind === 1) Object.defineProperty(container, '__proto__', {value: {polluted: 1}, enumerable: true, configurable: true, writable: true});
      else if (kind === 2 && Array.isArray(container)) container.splice(Number(key), 1);
      else if (kind === 3 && Array.isArray(container)) container.push(container[key], pick(random, HOSTILE));
      else if (kind === 4 && typeof container[key] === 'number') container[key] *= pick(random, [-1, 0.1, 3, 1e3, 1e9, 1e300]);
      else if (kind === 5 && typeof container[key] === 'string') container[key] = pick(random, DAMAGES.slice(0, 5))(container[key] || 'x', random);
      else container[key] = pick(random, HOSTILE);
    }
    return JSON.stringify(value);
  }),
];

// ---------------------------------------------------------------- questions

const WORDS = 'the of and moon mars crater telescope senate probe orbit engine ada vance helm lake telescpoe cratr zzzz qu'.split(' ');
const PIECES = [
  '"', '""', '+', '-', '+-', '--', ':', 'title:', 'person:', 'person:"', 'place:"lake orrin"', 'org:', 'tag:', 'date:', 'date:..', 'before:',
  'after:', 'after:1959-05-11', 'before:0', 'year:1961', 'year:99999', 'date:1961-13-99..0000', '..', '(', ')', '*', '\\', '\u0000', '\u202e',
  '\ud800', '\udfff', '😀', 'é'.repeat(300), 'a\u0301\u0301\u0301', "'".repeat(50), "a'b'c'd'e", '1,2,3,4', 'a.b.c.d.', '月面着陸', 'ﷺ', 'İ', 'ß',
  '__proto__', 'constructor', 'hasOwnProperty', 'person:__proto__', 'title:constructor', '<script>alert(1)</script>', '%00', '\u2028', '_', '\t',
];
const LONG = [
  'a', 'a.', "a'", '1,', '"a', '" "', '+a ', '-a ', 'person:a ', 'title:"a b" ', 'before:1 ', '月', 'א"', 'l\'', 'ab:', ':', '\u0301', '😀', '“', 'a b ',
];

/** @returns {[string, ...unknown[]]} method and arguments */
function question(random) {
  const words = [];
  if (random(12) === 0) words.push(pick(random, LONG).repeat(pick(random, [100, 3000, 40_000])));
  for (let i = random(6); i >= 0; i--) words.push(pick(random, random(3) ? WORDS : PIECES));
  if (random(4) === 0) words.push(`"${pick(random, WORDS)} ${pick(random, WORDS)} ${pick(random, WORDS)}"`);
  const query = words.join(random(8) ? ' ' : '');
  const filters = random(3) ? {} : pick(random, [
    {person: 'ada-vance'}, {place: ['lake-orrin', 'helm']}, {year: '1960'}, {after: '1959-03-04', before: '1961'}, {source: 'The Star'},
    {person: '__proto__'}, {after: '<b>', before: '"'}, {tag: ['', 'x'.repeat(5000)]}, {date: '1959..1961-05-07'}, {year: '9'.repeat(400)},
  ]);
  const kind = random(10);
  if (kind < 6) return ['search', query, {filters, sort: pick(random, ['relevance', 'newest', 'oldest']), limit: pick(random, [0, 1, 10, 1000]), offset: pick(random, [0, 0, 10, 1e9]), prefix: random(2) === 1}];
  if (kind < 8) return ['facets', query, {filters, limit: pick(random, [1, 60])}];
  return ['complete', query];
}

// ---------------------------------------------------------------- what the client promises

const isText = (value) => typeof value === 'string';
const isCount = (value) => Number.isInteger(value) && value >= 0;
const all = (value, test) => Array.isArray(value) && value.every(test);
const isFacet = (value) => isText(value.value) && isText(value.label) && isCount(value.count);
const PROMISES = {
  search: (found) => isCount(found.total) && isCount(found.any) && isCount(found.matched) && (found.suggestion === null || isText(found.suggestion)) &&
    all(found.words, isText) && all(found.ignored, isText) && all(found.marks, isText) &&
    all(found.hits, (hit) => ['id', 'url', 'title', 'date', 'snippet', 'source', 'authors'].every((key) => isText(hit[key])) && Number.isFinite(hit.score) && hit.id && hit.url),
  facets: (found) => isCount(found.total) && all(found.years, isFacet) && all(found.months, isFacet) && Object.values(found.facets).every((values) => all(values, isFacet)),
  complete: (found) => all(found, (value) => isText(value.text) && isText(value.kind) && isText(value.slug) && value.count >= 0),
};

// ---------------------------------------------------------------- a case

async function work() {
  const {client, folder, first, last, end} = workerData;
  const {openIndex, SearchError, markRanges} = await import(client);
  const files = new Map();
  for (const entry of readdirSync(folder, {recursive: true, withFileTypes: true})) {
    if (!entry.isFile()) continue;
    const path = `${entry.parentPath ?? entry.path}/${entry.name}`;
    files.set(path.slice(folder.length), readFileSync(path, 'utf8'));
  }
  const prototypes = [Object, Array, String, Number, Function, Map, Set, Promise, Error, RegExp].map((of) => of.prototype);
  const shape = () => JSON.stringify(prototypes.map((prototype) => Reflect.ownKeys(prototype).length));
  const before = shape();
  const answer = (text) => text === undefined ? {ok: false, status: 404, text: async () => ''} : {ok: true, status: 200, text: async () => text};
  const sound = (url) => Promise.resolve(answer(files.get(url)));
  process.on('unhandledRejection', (error) => parentPort.postMessage({what: `a promise was left alone: ${error?.stack ?? error}`}));

  for (let seed = first; seed < last && Date.now() < end; seed++) {
    parentPort.postMessage({begins: seed});
    const told = {answered: 0, refused: 0};
    const what = await one(chance(seed), told).catch((error) => String(error?.stack ?? error));
    await new Promise((resolve) => setImmediate(resolve));
    if (what) return parentPort.postMessage({what});
    parentPort.postMessage(told);
  }

  /** Returns what was wrong, or nothing. */
  async function one(random, told) {
    const kept = new Map(); // as a browser's cache: what came damaged stays so until it is asked for past the cache
    const target = random(10);
    const rate = pick(random, [1, 1, 3, 10]);
    const single = random(2) === 1; // of several damaged files one may fail and another one go unnoticed
    let damaging = true;
    /** What comes instead of damaged files, the same each time. @type {Map<string, () => unknown>} */
    const damaged = new Map();
    const damage = (url, text) => {
      const fault = random(20);
      if (fault === 0) return () => Promise.reject(new TypeError('no network'));
      const status = pick(random, [404, 410, 500, 403]);
      if (fault === 1) return () => ({ok: false, status, text: async () => text});
      if (fault === 2) return () => ({ok: true, status: 200, text: () => Promise.reject(new TypeError('cut off'))});
      const wrong = pick(random, DAMAGES)(text, random);
      return () => {
        kept.set(url, wrong);
        return answer(wrong);
      };
    };
    const fetch = async (url, init = {}) => {
      const fresh = init.cache === 'reload' || init.cache === 'no-cache';
      if (!fresh && kept.has(url)) return answer(kept.get(url));
      const text = files.get(url);
      if (damaging && text !== undefined) {
        const chosen = target > 0 && (target < 5) === url.endsWith('index.json') && random(rate) === 0;
        if (chosen && !damaged.has(url) && !(single && damaged.size)) damaged.set(url, damage(url, text));
        if (damaged.has(url)) return damaged.get(url)();
      }
      kept.set(url, text);
      return answer(text);
    };
    const ask = async (index, [method, ...args]) => {
      const found = await index[method](...args);
      if (!PROMISES[method](found)) throw new Error(`not as promised: ${JSON.stringify(found).slice(0, 600)}`);
      for (const hit of found.hits ?? []) markRanges(hit.title, found.marks);
      return JSON.stringify(found);
    };
    const refused = (error) => {
      if (!(error instanceof SearchError) || !['network', 'missing', 'format'].includes(error.code)) throw error;
      told.refused++;
    };
    let index = null;
    for (let turn = 1 + random(3); turn > 0; turn--) {
      const asked = question(random);
      const expected = await ask(await openIndex('/search/', {fetch: sound}), asked);
      damaging = true;
      let failed = false;
      try {
        index ??= await openIndex('/search/', {fetch});
        const found = await ask(index, asked);
        told.answered++;
        if (!damaged.size && found !== expected) return `another answer to ${JSON.stringify(asked).slice(0, 300)}: ${found.slice(0, 300)}`;
      } catch (error) {
        refused(error);
        failed = true;
      }
      if (shape() !== before || 'polluted' in {}) return 'a prototype was changed';
      if (!failed) continue;
      damaging = false;
      index ??= await openIndex('/search/', {fetch});
      const again = await ask(index, asked);
      if (single && again !== expected) return `trying again gave ${again.slice(0, 300)}, not ${expected.slice(0, 300)}`;
    }
    return '';
  }
}

if (parentPort) await work();
else await watch();
