/**
 * The search page: what the reader sees of `search.js`. The page works as a plain form without it.
 *
 * State lives in the address, so Back works and a result list can be shared. All text is set as text, never as markup.
 */
import {markRanges, openIndex, SearchError} from './search.js';

/**
 * @typedef {import('./search.js').Hit} Hit
 * @typedef {import('./search.js').SearchResult} SearchResult
 * @typedef {import('./search.js').FacetResult} FacetResult
 * @typedef {import('./search.js').FacetValue} FacetValue
 * @typedef {import('./search.js').Index} Index
 * @typedef {{q: string, sort: import('./search.js').Sort, filters: Record<string, string[]>}} State
 */

const PAGE = 10;
const EXPORT_LIMIT = 1000;
const TYPING_PAUSE = 180;
const THINKING_PAUSE = 900;
const SNIPPET = 170;
const CONTEXTS = 6;
const FILTERS = ['person', 'organization', 'place', 'source', 'author', 'tag', 'year', 'after', 'before', 'date'];
const FACETS = ['person', 'organization', 'place', 'source', 'year'];
const SVG = 'http://www.w3.org/2000/svg';

/** English messages; the theme may put others into `<script type="application/json" id="search-strings">`. */
const ENGLISH = {
  searching: 'Searching…',
  none: 'No article has these words.',
  one: '1 article',
  many: '{n} articles',
  oneAll: '1 article with all words',
  manyAll: '{n} articles with all words',
  oneSome: '1 article with {k} of the words',
  manySome: '{n} articles with {k} of the words',
  more: '{n} more with some of them',
  ignored: 'not asked for, since nearly every article has it: {words}',
  meant: 'Did you mean',
  network: 'The search index could not be loaded. Is the connection there?',
  missing: 'A part of the search index is missing; the archive may just be being published.',
  format: 'The search index is of another version than this page. Reload the page.',
  failed: 'The search failed.',
  retry: 'Try again',
  untitled: 'Untitled',
  person: 'People',
  organization: 'Organisations',
  place: 'Places',
  source: 'Sources',
  author: 'Authors',
  tag: 'Topics',
  year: 'Years',
  after: 'From',
  before: 'Before',
  date: 'Dates',
  remove: 'Remove the filter {label}',
  overTime: 'Results over time',
  from: 'From',
  until: 'Before',
  apply: 'Show',
  csv: 'Save as CSV',
  bibtex: 'Save as BibTeX',
  saved: 'Saved {n} articles',
};

/** @type {Record<string, string>} */
const strings = {...ENGLISH, ...readStrings()};

/** @returns {Record<string, string>} */
function readStrings() {
  const element = document.getElementById('search-strings');
  if (!element) return {};
  try {
    return JSON.parse(element.textContent ?? '');
  } catch {
    return {}; // a theme's mistake must not break searching
  }
}

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
function say(key, values = {}) {
  return (strings[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return typeof value === 'number' ? value.toLocaleString(document.documentElement.lang || 'en') : (value ?? whole);
  });
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} name
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** @param {string} id */
function need(id) {
  return document.getElementById(id) ?? make('div');
}

// ---------------------------------------------------------------- the client, in a worker where there is one

const root = document.documentElement.dataset['root'] ?? '';
const base = new URL(`${root}search/`, location.href).href;

/**
 * Load parts of the index as classic scripts, the one way that works from `file://`.
 * @returns {import('./search.js').Load}
 */
function overScripts() {
  /** @type {Map<string, (data: unknown) => void>} */
  const waiting = new Map();
  Object.assign(globalThis, {
    sitegenSearch: (/** @type {string} */ name, /** @type {unknown} */ data) => {
      waiting.get(name)?.(data);
      waiting.delete(name);
    },
  });
  return (name) =>
    new Promise((resolve, reject) => {
      waiting.set(name, resolve);
      const script = make('script', {src: `${base}${name}.js`});
      script.addEventListener('error', () => reject(new SearchError('missing', `not there: ${name}`)));
      script.addEventListener('load', () => script.remove());
      document.head.append(script);
    });
}

/**
 * An index that a worker holds; null where workers or modules in them are not to be had.
 * @returns {Promise<Index | null>}
 */
function inWorker() {
  return new Promise((resolve, reject) => {
    /** @type {Worker} */
    let worker;
    try {
      worker = new Worker(new URL(`${root}assets/search-worker.js`, location.href), {type: 'module'});
    } catch {
      resolve(null);
      return;
    }
    /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
    const waiting = new Map();
    let last = 0;
    const call = (/** @type {string} */ method, /** @type {unknown[]} */ ...args) =>
      new Promise((done, failed) => {
        waiting.set(++last, {resolve: done, reject: failed});
        worker.postMessage({id: last, method, args});
      });
    worker.onmessage = ({data}) => {
      const {resolve: done, reject: failed} = waiting.get(data.id) ?? {};
      waiting.delete(data.id);
      if (data.error) failed?.(new SearchError(data.error.code, data.error.message));
      else done?.(data.result);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      resolve(null); // the worker's script did not start: search in the page instead
    };
    call('open', base).then((documents) => {
      resolve({
        search: (query, options) => /** @type {Promise<SearchResult>} */ (call('search', query, options)),
        facets: (query, options) => /** @type {Promise<FacetResult>} */ (call('facets', query, options)),
        complete: (prefix, options) => /** @type {Promise<any>} */ (call('complete', prefix, options)),
        documents: () => Number(documents),
      });
    }, reject);
  });
}

/** @type {Promise<Index> | null} */
let connection = null;

/** @returns {Promise<Index>} */
function connect() {
  connection ??= (async () => {
    if (location.protocol === 'file:') return openIndex(base, {load: overScripts()});
    return (await inWorker()) ?? openIndex(base);
  })();
  connection.catch(() => {
    connection = null;
  });
  return connection;
}

// ---------------------------------------------------------------- state in the address

/** @returns {State} */
function readState() {
  const parameters = new URLSearchParams(location.search);
  const sort = parameters.get('sort');
  /** @type {Record<string, string[]>} */
  const filters = {};
  for (const field of FILTERS) {
    const values = parameters.getAll(field).filter(Boolean);
    if (values.length) filters[field] = values;
  }
  return {q: parameters.get('q') ?? '', sort: sort === 'newest' || sort === 'oldest' ? sort : 'relevance', filters};
}

/**
 * @param {State} state
 * @param {boolean} step whether Back returns to the state before
 */
function writeState(state, step) {
  const parameters = new URLSearchParams();
  if (state.q) parameters.set('q', state.q);
  if (state.sort !== 'relevance') parameters.set('sort', state.sort);
  for (const [field, values] of Object.entries(state.filters)) for (const value of values) parameters.append(field, value);
  const query = parameters.toString();
  const address = location.pathname + (query ? `?${query}` : '');
  if (address === location.pathname + location.search) return;
  if (step) history.pushState(null, '', address);
  else history.replaceState(null, '', address);
}

// ---------------------------------------------------------------- the page

const form = /** @type {HTMLFormElement} */ (need('search-form'));
const input = /** @type {HTMLInputElement} */ (form.querySelector('[name="q"]') ?? make('input'));
const status = need('search-status');
const results = need('search-results');
const facets = need('search-facets');
const chart = need('search-histogram');
const sorter = /** @type {HTMLSelectElement} */ (need('search-sort'));
const moreButton = /** @type {HTMLButtonElement} */ (need('search-more'));
const suggestions = make('datalist', {id: 'search-completions'});
const tools = make('p', {class: 'tools'});

let state = readState();
/** Number of the latest search: answers to earlier ones are dropped. */
let turn = 0;
/** @type {{result: SearchResult, shown: number} | null} */
let current = null;

function wanted() {
  return state.q.trim() !== '' || Object.keys(state.filters).length > 0;
}

/**
 * Search for the state and show it.
 * @param {{typing?: boolean}} [options]
 */
async function show({typing = false} = {}) {
  const mine = ++turn;
  if (document.activeElement !== input) input.value = state.q;
  sorter.value = state.sort;
  if (!wanted()) {
    current = null;
    status.textContent = '';
    results.replaceChildren();
    facets.replaceChildren();
    chart.replaceChildren();
    tools.hidden = moreButton.hidden = true;
    return;
  }
  const slow = setTimeout(() => {
    if (mine === turn) {
      status.textContent = say('searching');
      results.setAttribute('aria-busy', 'true');
    }
  }, 150);
  try {
    const index = await connect();
    const options = {limit: PAGE, sort: state.sort, filters: state.filters, prefix: typing && /[^\s"]$/.test(state.q)};
    const result = await index.search(state.q, options);
    if (mine !== turn) return;
    current = {result, shown: result.hits.length};
    showStatus(result);
    results.replaceChildren(make('ol', {class: 'hits'}, ...result.hits.map((hit) => hitElement(hit, result.marks))));
    moreButton.hidden = result.hits.length < PAGE || result.any <= PAGE;
    tools.hidden = !result.hits.length;
    if (!typing) {
      await Promise.all([showFacets(index, mine), showContexts(mine)]);
    }
  } catch (error) {
    if (mine === turn) showFailure(error);
  } finally {
    clearTimeout(slow);
    if (mine === turn) results.removeAttribute('aria-busy');
  }
}

/** @param {SearchResult} result */
function showStatus(result) {
  const plural = result.total === 1 ? 'one' : 'many';
  const words = result.words.length;
  const kind = words < 2 ? '' : result.matched === words ? 'All' : 'Some';
  /** @type {(Node | string)[]} */
  const parts = [result.any ? say(plural + kind, {n: result.total, k: result.matched}) : say('none')];
  if (result.any > result.total) parts.push(`, ${say('more', {n: result.any - result.total})}`);
  if (result.ignored.length) parts.push(` (${say('ignored', {words: result.ignored.join(', ')})})`);
  parts.push('. ');
  if (result.suggestion !== null) {
    const link = make('a', {href: `?${new URLSearchParams({q: result.suggestion})}`}, result.suggestion);
    link.addEventListener('click', (event) => {
      event.preventDefault();
      change({...state, q: result.suggestion ?? ''});
    });
    parts.push(`${say('meant')} `, link, '?');
  }
  status.replaceChildren(...parts);
}

/** @param {unknown} error */
function showFailure(error) {
  const code = error instanceof SearchError ? error.code : 'failed';
  status.textContent = say(code in strings ? code : 'failed');
  const again = make('button', {type: 'button'}, say('retry'));
  again.addEventListener('click', () => void show());
  results.replaceChildren(make('p', {class: 'note'}, again));
  facets.replaceChildren();
  chart.replaceChildren();
  tools.hidden = moreButton.hidden = true;
}

/**
 * A text with its words marked.
 * @param {string} text
 * @param {string[]} marks
 * @returns {(Node | string)[]}
 */
function marked(text, marks) {
  /** @type {(Node | string)[]} */
  const parts = [];
  let at = 0;
  for (const [start, end] of markRanges(text, marks)) {
    parts.push(text.slice(at, start), make('mark', {}, text.slice(start, end)));
    at = end;
  }
  return [...parts, text.slice(at)];
}

/**
 * @param {Hit} hit
 * @param {string[]} marks
 */
function hitElement(hit, marks) {
  const address = new URL(root + hit.url, location.href);
  const index = location.protocol === 'file:' && address.pathname.endsWith('/') ? 'index.html' : '';
  const link = make('a', {href: address.href + index}, ...marked(hit.title || say('untitled'), marks));
  const meta = make('p', {class: 'meta'});
  if (hit.date) meta.append(make('time', {datetime: hit.date.replace(/[?~%]$/, '')}, readableDate(hit.date)));
  if (hit.source) meta.append(make('span', {}, hit.source));
  if (hit.authors) meta.append(make('span', {}, hit.authors));
  return make('li', {class: 'hit'},
    make('h3', {dir: 'auto'}, link),
    meta,
    make('p', {class: 'snippet', dir: 'auto'}, ...marked(hit.snippet, marks)),
  );
}

/** @param {string} date EDTF */
function readableDate(date) {
  const [year = 0, month, day] = date.replace(/[?~%]$/, '').split('-').map(Number);
  if (!month) return date;
  const when = new Date(Date.UTC(2000, month - 1, day ?? 1));
  when.setUTCFullYear(year);
  /** @type {Intl.DateTimeFormatOptions} */
  const format = {year: 'numeric', month: 'long', timeZone: 'UTC', ...(day ? {day: 'numeric'} : {})};
  return when.toLocaleDateString(document.documentElement.lang || 'en', format) + (/[?~%]$/.exec(date)?.[0] ?? '');
}

/**
 * Where a snippet has none of the words, show the place in the article that has most of them. The page that is fetched
 * for it is the one that the reader may open next.
 * @param {number} mine
 */
async function showContexts(mine) {
  const {connection: network} = /** @type {{connection?: {saveData?: boolean}}} */ (/** @type {unknown} */ (navigator));
  if (!current || location.protocol === 'file:' || network?.saveData) return;
  const {marks} = current.result;
  const bare = [...results.querySelectorAll('.hit')].filter((hit) => !hit.querySelector('.snippet mark')).slice(0, CONTEXTS);
  await Promise.all(bare.map(async (hit) => {
    const link = hit.querySelector('a');
    const snippet = hit.querySelector('.snippet');
    try {
      const answer = await fetch(link?.href ?? '');
      if (!answer.ok || mine !== turn) return;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const body = page.querySelector('[data-body], article .body, article') ?? page.querySelector('main');
      const text = [...(body?.querySelectorAll('p, li, blockquote') ?? [])].map((p) => p.textContent ?? '').join(' ').replace(/\s+/g, ' ');
      const found = context(text, marks);
      if (found && mine === turn) snippet?.replaceChildren(...marked(found, marks));
    } catch {
      // the beginning of the article stays
    }
  }));
}

/**
 * The stretch of a text with most different words of `marks`, about `SNIPPET` characters.
 * @param {string} text
 * @param {string[]} marks
 */
function context(text, marks) {
  const ranges = markRanges(text, marks);
  let best = -1;
  let most = 0;
  ranges.forEach(([start], i) => {
    const words = new Set();
    for (let j = i; j < ranges.length && (ranges[j]?.[1] ?? 0) - start < SNIPPET; j++) {
      words.add(text.slice(...(ranges[j] ?? [0, 0])).toLowerCase());
    }
    if (words.size > most) [best, most] = [start, words.size];
  });
  if (best < 0) return '';
  const from = best < 40 ? 0 : text.indexOf(' ', best - 40) + 1;
  const end = from + SNIPPET < text.length ? text.lastIndexOf(' ', from + SNIPPET) : text.length;
  return (from ? '… ' : '') + text.slice(from, end) + (end < text.length ? ' …' : '');
}

// ---------------------------------------------------------------- facets and the histogram

/**
 * @param {Index} index
 * @param {number} mine
 */
async function showFacets(index, mine) {
  const found = await index.facets(state.q, {filters: state.filters, limit: 8});
  if (mine !== turn) return;
  /** @type {HTMLElement[]} */
  const sections = [activeFilters(found)];
  for (const kind of FACETS) {
    const values = kind === 'year' ? [...found.years].filter((v) => v.value).sort((a, b) => b.count - a.count).slice(0, 8) : (found.facets[kind] ?? []);
    const free = values.filter((value) => !state.filters[kind]?.includes(value.value));
    if (!free.length) continue;
    const list = make('ul', {}, ...free.map((value) => {
      const count = make('span', {class: 'n'}, value.count.toLocaleString(document.documentElement.lang || 'en'));
      const button = make('button', {type: 'button'}, make('bdi', {}, value.label), ' ', count);
      button.addEventListener('click', () => change({...state, filters: {...state.filters, [kind]: [...(state.filters[kind] ?? []), value.value]}}));
      return make('li', {}, button);
    }));
    sections.push(make('section', {}, make('h2', {class: 'label'}, say(kind)), list));
  }
  facets.replaceChildren(...sections);
  showHistogram(found);
}

/**
 * Filters in force, each with a button that removes it.
 * @param {FacetResult} found
 */
function activeFilters(found) {
  const list = make('ul', {class: 'active-filters'});
  for (const [field, values] of Object.entries(state.filters)) {
    for (const value of values) {
      const label = found.facets[field]?.find((other) => other.value === value)?.label ?? value;
      const text = `${say(field)}: ${label}`;
      const button = make('button', {type: 'button', 'aria-label': say('remove', {label: text})}, text, ' ×');
      button.addEventListener('click', () => {
        const rest = values.filter((other) => other !== value);
        const filters = {...state.filters, [field]: rest};
        if (!rest.length) delete filters[field];
        change({...state, filters});
      });
      list.append(make('li', {}, button));
    }
  }
  return list;
}

/**
 * Bars of consecutive years, or months where they span three years at most.
 * @param {FacetResult} found
 * @returns {{value: string, next: string, count: number}[]}
 */
function timeBars(found) {
  const months = found.months.filter((month) => month.value.length === 7);
  const years = found.years.filter((year) => year.value).map((year) => Number(year.value));
  if (!years.length) return [];
  const [low, high] = [Math.min(...years), Math.max(...years)];
  if (high - low > 400) return [];
  const bars = [];
  const counts = new Map([...found.years, ...months].map((bar) => [bar.value, bar.count]));
  for (let year = low; year <= high; year++) {
    const name = String(year).padStart(4, '0');
    const after = String(year + 1).padStart(4, '0');
    if (high - low > 2) bars.push({value: name, next: after, count: counts.get(name) ?? 0});
    else {
      for (let month = 1; month <= 12; month++) {
        const value = `${name}-${String(month).padStart(2, '0')}`;
        const next = month < 12 ? `${name}-${String(month + 1).padStart(2, '0')}` : after;
        bars.push({value, next, count: counts.get(value) ?? 0});
      }
    }
  }
  return bars;
}

/**
 * Bars over time: dragging over them, or the two fields below, limit the results to a range.
 * @param {FacetResult} found
 */
function showHistogram(found) {
  const bars = timeBars(found);
  if (bars.length < 2) {
    chart.replaceChildren();
    return;
  }
  const height = 60;
  const peak = Math.max(...bars.map((bar) => bar.count), 1);
  const width = 100 / bars.length;
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries({class: 'bars', width: '100%', height: String(height), 'aria-hidden': 'true', focusable: 'false'})) svg.setAttribute(key, value);
  const rects = bars.map((bar, i) => {
    const size = bar.count ? Math.max(2, (bar.count / peak) * height) : 0;
    const rect = document.createElementNS(SVG, 'rect');
    for (const [key, value] of Object.entries({
      class: 'bar', x: `${i * width}%`, width: `${width * 0.85}%`, y: String(height - size), height: String(size),
    })) rect.setAttribute(key, value);
    const title = document.createElementNS(SVG, 'title');
    title.textContent = `${bar.value}: ${bar.count}`;
    rect.append(title);
    svg.append(rect);
    return rect;
  });
  /** @type {number | null} */
  let dragged = null;
  const barAt = (/** @type {PointerEvent} */ event) => {
    const box = svg.getBoundingClientRect();
    return Math.min(bars.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * bars.length)));
  };
  const paint = (/** @type {number} */ a, /** @type {number} */ b) =>
    rects.forEach((rect, i) => rect.classList.toggle('on', i >= Math.min(a, b) && i <= Math.max(a, b)));
  svg.addEventListener('pointerdown', (event) => {
    dragged = barAt(event);
    paint(dragged, dragged);
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener('pointermove', (event) => {
    if (dragged !== null) paint(dragged, barAt(event));
  });
  svg.addEventListener('pointerup', (event) => {
    if (dragged === null) return;
    const other = barAt(event);
    const [first, last] = [bars[Math.min(dragged, other)], bars[Math.max(dragged, other)]];
    dragged = null;
    limitDates(first?.value ?? '', last?.next ?? '');
  });
  const from = make('input', {name: 'from', size: '10', inputmode: 'numeric', placeholder: bars[0]?.value ?? ''});
  const until = make('input', {name: 'until', size: '10', inputmode: 'numeric', placeholder: bars[bars.length - 1]?.next ?? ''});
  from.value = state.filters['after']?.[0] ?? '';
  until.value = state.filters['before']?.[0] ?? '';
  const range = make('form', {class: 'range'},
    make('label', {}, `${say('from')} `, from), ' ',
    make('label', {}, `${say('until')} `, until), ' ',
    make('button', {type: 'submit'}, say('apply')),
  );
  range.addEventListener('submit', (event) => {
    event.preventDefault();
    limitDates(from.value.trim(), until.value.trim());
  });
  chart.replaceChildren(make('figure', {class: 'chart'}, svg, make('figcaption', {}, say('overTime'))), range);
}

/** @param {string} after @param {string} before */
function limitDates(after, before) {
  const filters = {...state.filters};
  delete filters['after'];
  delete filters['before'];
  if (after) filters['after'] = [after];
  if (before) filters['before'] = [before];
  change({...state, filters});
}

// ---------------------------------------------------------------- saving results

/** @param {string} value */
function csvCell(value) {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value; // no formula in a spreadsheet
  return `"${safe.replaceAll('"', '""')}"`;
}

/** @param {Hit[]} hits */
function toCsv(hits) {
  const rows = hits.map((hit) => [hit.id, hit.date, hit.title, hit.authors, hit.source, new URL(root + hit.url, location.href).href]);
  return [['id', 'date', 'title', 'authors', 'source', 'url'], ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n';
}

/** @param {string} value */
function bibtexValue(value) {
  /** @type {Record<string, string>} */
  const special = {'\\': '\\textbackslash{}', '~': '\\textasciitilde{}', '^': '\\textasciicircum{}'};
  return value.replace(/\s+/g, ' ').replace(/[{}]/g, '').replace(/[\\~^]/g, (c) => special[c] ?? c).replace(/[&%$#_]/g, '\\$&');
}

/** @param {Hit[]} hits */
function toBibtex(hits) {
  return hits.map((hit) => {
    const fields = Object.entries({
      author: hit.authors.split('; ').join(' and '),
      title: hit.title,
      date: hit.date,
      journal: hit.source,
    }).filter(([, value]) => value).map(([key, value]) => `  ${key} = {${bibtexValue(value)}},\n`);
    const address = new URL(root + hit.url, location.href).href.replace(/[{}\\]/g, encodeURIComponent);
    return `@article{${hit.id.replace(/[^\w-]/g, '')},\n${fields.join('')}  url = {${address}}\n}\n`;
  }).join('\n');
}

/**
 * @param {string} name
 * @param {string} type
 * @param {(hits: Hit[]) => string} write
 */
async function save(name, type, write) {
  try {
    const index = await connect();
    const {hits} = await index.search(state.q, {limit: EXPORT_LIMIT, sort: state.sort, filters: state.filters});
    const address = URL.createObjectURL(new Blob([write(hits)], {type}));
    const link = make('a', {href: address, download: name});
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
    status.textContent = say('saved', {n: hits.length});
  } catch (error) {
    showFailure(error);
  }
}

// ---------------------------------------------------------------- what the reader does

/** @param {State} next */
function change(next) {
  state = next;
  input.value = state.q;
  writeState(state, true);
  void show();
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let pause;

async function offerCompletions() {
  const typed = input.value;
  try {
    const found = await (await connect()).complete(typed);
    if (typed !== input.value) return;
    suggestions.replaceChildren(...found.map((value) => make('option', {value: value.text})));
  } catch {
    // completion is a convenience; searching itself will say what is wrong
  }
}

async function showMore() {
  if (!current) return;
  const mine = turn;
  const {result, shown} = current;
  moreButton.disabled = true;
  try {
    const index = await connect();
    const next = await index.search(state.q, {limit: PAGE, offset: shown, sort: state.sort, filters: state.filters});
    if (mine !== turn) return;
    const items = next.hits.map((hit) => hitElement(hit, result.marks));
    results.querySelector('ol')?.append(...items);
    current = {result, shown: shown + items.length};
    moreButton.hidden = items.length < PAGE;
    items[0]?.querySelector('a')?.focus();
  } catch (error) {
    showFailure(error);
  } finally {
    moreButton.disabled = false;
  }
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const writing = target.matches('input, textarea, select, [contenteditable]');
  if (event.key === '/' && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    input.focus();
    input.select();
  } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    const links = [...results.querySelectorAll('.hit h3 a')];
    const at = links.indexOf(target);
    if (at < 0 && (target !== input || suggestions.childElementCount > 0 || event.key === 'ArrowUp')) return;
    const next = links[at + (event.key === 'ArrowDown' ? 1 : -1)] ?? (at === 0 ? input : null);
    if (next instanceof HTMLElement) {
      event.preventDefault();
      next.focus();
    }
  }
}

function start() {
  const csv = make('button', {type: 'button'}, say('csv'));
  const bibtex = make('button', {type: 'button'}, say('bibtex'));
  csv.addEventListener('click', () => void save('results.csv', 'text/csv', toCsv));
  bibtex.addEventListener('click', () => void save('results.bib', 'application/x-bibtex', toBibtex));
  tools.hidden = true;
  tools.append(csv, ' ', bibtex);
  (moreButton.parentElement ?? results).after(tools);
  form.append(suggestions);
  input.setAttribute('list', suggestions.id);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(pause);
    suggestions.replaceChildren();
    change({...state, q: input.value});
  });
  input.addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(() => {
      state = {...state, q: input.value};
      writeState(state, false);
      void show({typing: true});
      void offerCompletions();
      pause = setTimeout(() => void show(), THINKING_PAUSE);
    }, TYPING_PAUSE);
  });
  input.addEventListener('focus', () => void connect().catch(() => undefined), {once: true});
  sorter.addEventListener('change', () => change({...state, sort: /** @type {import('./search.js').Sort} */ (sorter.value)}));
  moreButton.addEventListener('click', () => void showMore());
  document.addEventListener('keydown', onKey);
  addEventListener('popstate', () => {
    state = readState();
    input.value = state.q;
    void show();
  });
  input.value = state.q;
  void show();
}

start();
