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
const FACET_ROWS = 6;
const FACET_MOST = 60;
const CHART = {top: 20, plot: 72, height: 112};
const YEARS_MOST = 400;
const BAR_WIDEST = 6;
const YEAR_LABELS = 8;
const FILTERS = ['person', 'organization', 'place', 'source', 'author', 'tag', 'year', 'after', 'before', 'date'];
const FACETS = ['person', 'organization', 'place', 'source', 'year'];
const SVG = 'http://www.w3.org/2000/svg';

/**
 * English messages; the theme puts those of its language as JSON into a hidden `#search-strings`. What depends on a
 * number has a form for each plural category of Unicode CLDR.
 * @type {Record<string, string | Record<string, string>>}
 */
const ENGLISH = {
  searching: 'Searching…',
  none: 'No article has these words',
  articles: {one: '{n} article', other: '{n} articles'},
  all: {one: '{n} article with all words', other: '{n} articles with all words'},
  some: {one: '{n} article with {k} of the words', other: '{n} articles with {k} of the words'},
  more: {one: '{n} more with some of them', other: '{n} more with some of them'},
  ignored: 'not asked for, since nearly every article has it: {words}',
  meant: 'Did you mean {query}?',
  network: 'The search index could not be loaded. Is the connection there?',
  missing: 'A part of the search index is missing; the archive may just be being published.',
  format: 'The search index is damaged, or of another version than this page. Reload the page.',
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
  before: 'To',
  date: 'Dates',
  remove: 'Remove the filter {label}',
  clear: 'Clear all',
  others: 'Show more',
  overTime: 'Results over time',
  wholeTime: 'Articles over time',
  drag: 'Drag over the bars to choose a span',
  from: 'From',
  until: 'To',
  apply: 'Show',
  csv: 'Save as CSV',
  bibtex: 'Save as BibTeX',
  saved: {one: 'Saved {n} article', other: 'Saved {n} articles'},
};

/** The page's language, in the calendar and digits of the archive's other pages, whose plain English is not America's. */
const language = readLanguage();
const plurals = new Intl.PluralRules(language);

/** @type {Record<string, string | Record<string, string>>} */
const strings = {...ENGLISH, ...readStrings()};

function readLanguage() {
  const tag = document.documentElement.lang;
  try {
    return new Intl.Locale(/^(?:en)?$/.test(tag) ? 'en-GB' : tag, {calendar: 'gregory', numberingSystem: 'latn'}).toString();
  } catch {
    return 'en-GB'; // no tag of a language
  }
}

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
 * @param {Record<string, string | number>} [values] `n` chooses the plural form
 */
function say(key, values = {}) {
  const found = strings[key] ?? key;
  const text = typeof found === 'string' ? found : (found[plurals.select(Number(values['n']))] ?? found['other'] ?? key);
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return typeof value === 'number' ? grouped(value) : (value ?? whole);
  });
}

/** @param {number} value */
function grouped(value) {
  return value.toLocaleString(language);
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
    document.addEventListener('sitegen:index', () => worker.terminate(), {once: true});
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
const app = need('search-app');
const chips = need('search-filters');
const empty = need('search-empty');
const help = document.getElementById('search-help');
const narrowing = document.getElementById('search-narrow');
const suggestions = make('datalist', {id: 'search-completions'});
const tools = make('p', {class: 'tools'});

let state = readState();
/** Number of the latest search: answers to earlier ones are dropped. */
let turn = 0;
/** @type {{result: SearchResult, shown: number} | null} */
let current = null;
/** Names of facet values seen, by field and value, for the filters in force. @type {Map<string, string>} */
const labels = new Map();

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
  showFilters();
  if (!wanted()) {
    clear('idle');
    try {
      showHistogram((await wholeArchive(await connect())).months, mine);
    } catch {
      // nothing was asked for yet: searching itself will say what is wrong
    }
    return;
  }
  const slow = setTimeout(() => {
    if (mine === turn) {
      replace(status, say('searching'));
      results.setAttribute('aria-busy', 'true');
      app.classList.add('busy');
    }
  }, 150);
  const answered = () => {
    clearTimeout(slow);
    if (mine !== turn) return;
    results.removeAttribute('aria-busy');
    app.classList.remove('busy');
  };
  try {
    const index = await connect();
    const options = {limit: PAGE, sort: state.sort, filters: state.filters, prefix: typing && /[^\s"]$/.test(state.q)};
    const result = await index.search(state.q, options);
    answered();
    if (mine !== turn) return;
    current = {result, shown: result.hits.length};
    showStatus(result);
    replace(results, make('ol', {class: 'hits'}, ...result.hits.map((hit) => hitElement(hit, result.marks))));
    moreButton.hidden = result.hits.length < PAGE || result.any <= PAGE;
    tools.hidden = !result.hits.length;
    app.dataset['state'] = result.hits.length ? 'found' : 'none';
    empty.hidden = result.hits.length > 0;
    need('search-empty-filters').hidden = Object.keys(state.filters).length === 0;
    need('search-empty-signs').hidden = !/["+:-]/.test(state.q);
    if (!typing) {
      const narrowed = showFacets(index, mine).catch((error) => {
        if (mine === turn) showFacetFailure(error);
      });
      await Promise.all([narrowed, showContexts(mine)]);
    }
  } catch (error) {
    if (mine === turn) showFailure(error);
  } finally {
    answered();
  }
}

/**
 * Take away what an earlier search showed.
 * @param {'idle' | 'failed'} next
 * @param {...Node} shown in place of the results
 */
function clear(next, ...shown) {
  current = null;
  app.dataset['state'] = next;
  replace(results, ...shown);
  for (const part of [status, facets, chart]) replace(part);
  tools.hidden = moreButton.hidden = empty.hidden = true;
}

/**
 * Replace what `host` holds. Where the focus was inside, it stays: on the link to the same page or else the first one,
 * on what has the same place in the order, or in the box where nothing is left.
 * @param {HTMLElement} host
 * @param {...(Node | string)} children
 */
function replace(host, ...children) {
  const stops = () => /** @type {HTMLElement[]} */ ([...host.querySelectorAll('a, button, input, select, summary')]);
  const address = (/** @type {Element | undefined} */ stop) => stop?.getAttribute('href') ?? '';
  const before = stops();
  const at = before.findIndex((stop) => stop === document.activeElement);
  host.replaceChildren(...children);
  if (at < 0) return;
  const left = stops();
  const page = address(before[at]);
  const next = page ? (left.find((stop) => address(stop) === page) ?? left[0]) : left[Math.min(at, left.length - 1)];
  (next ?? input).focus({preventScroll: true});
}

/** @param {SearchResult} result */
function showStatus(result) {
  const words = result.words.length;
  const kind = words < 2 ? 'articles' : result.matched === words ? 'all' : 'some';
  /** @type {(Node | string)[]} */
  const parts = [result.any ? say(kind, {n: result.total, k: result.matched}) : say('none')];
  if (result.any > result.total) parts.push(`, ${say('more', {n: result.any - result.total})}`);
  if (result.ignored.length) parts.push(` (${say('ignored', {words: result.ignored.join(', ')})})`);
  parts.push('. ');
  if (result.suggestion !== null) {
    const link = make('a', {href: `?${new URLSearchParams({q: result.suggestion})}`}, result.suggestion);
    link.addEventListener('click', (event) => {
      event.preventDefault();
      change({...state, q: result.suggestion ?? ''});
    });
    const [before, after] = say('meant').split('{query}');
    parts.push(before ?? '', link, after ?? '');
  }
  replace(status, ...parts);
}

/**
 * @param {unknown} error
 * @returns {HTMLButtonElement} the one that tries again
 */
function showFailure(error) {
  const again = retryButton();
  clear('failed', make('p', {class: 'retry'}, again));
  status.textContent = explain(error);
  return again;
}

/**
 * The results are there, what narrows them is not.
 * @param {unknown} error
 */
function showFacetFailure(error) {
  replace(facets);
  chart.hidden = false;
  replace(chart, make('p', {class: 'retry'}, explain(error), ' ', retryButton()));
}

/** @param {unknown} error */
function explain(error) {
  const code = error instanceof SearchError ? error.code : 'failed';
  return say(code in strings ? code : 'failed');
}

function retryButton() {
  const again = make('button', {type: 'button'}, say('retry'));
  again.addEventListener('click', () => void show());
  return again;
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
  if (hit.authors) meta.append(...hit.authors.split('; ').map((author) => make('span', {}, author)));
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
  return when.toLocaleDateString(language, format) + (/[?~%]$/.exec(date)?.[0] ?? '');
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

/** @type {Promise<FacetResult> | null} */
let whole = null;

/**
 * Months of the whole archive, which the histogram spans.
 * @param {Index} index
 */
function wholeArchive(index) {
  whole ??= index.facets('', {kinds: []});
  whole.catch(() => {
    whole = null;
  });
  return whole;
}

/**
 * Facets count what all filters leave; the histogram what all but the dates leave, so that the span can be changed.
 * @param {Index} index
 * @param {number} mine
 */
async function showFacets(index, mine) {
  const {after, before, ...others} = state.filters;
  const [found, anyTime] = await Promise.all([
    index.facets(state.q, {filters: state.filters, limit: FACET_MOST}),
    after || before ? index.facets(state.q, {filters: others, kinds: []}) : null,
    wholeArchive(index),
  ]);
  if (mine !== turn) return;
  for (const [kind, values] of Object.entries(found.facets)) {
    for (const {value, label} of values) labels.set(`${kind}:${value}`, label);
  }
  showFilters();
  /** @type {HTMLElement[]} */
  const sections = [];
  for (const kind of FACETS) {
    const values = kind === 'year' ? [...found.years].filter((v) => v.value).sort((a, b) => b.count - a.count) : (found.facets[kind] ?? []);
    const free = values.filter((value) => !state.filters[kind]?.includes(value.value)).slice(0, FACET_MOST);
    if (free.length) sections.push(facet(kind, free));
  }
  replace(facets, ...sections);
  await showHistogram((anyTime ?? found).months, mine);
}

/**
 * The most frequent values of a kind, each a button that filters by it, with a bar for its share.
 * @param {string} kind
 * @param {FacetValue[]} values
 */
function facet(kind, values) {
  const peak = Math.max(...values.map((value) => value.count));
  const items = values.map(({value, label, count}, i) => {
    const button = make('button', {type: 'button'}, make('bdi', {}, label), ' ', make('span', {class: 'n'}, grouped(count)));
    button.addEventListener('click', () => change({...state, filters: {...state.filters, [kind]: [...(state.filters[kind] ?? []), value]}}));
    const share = draw('svg', {class: 'share', width: '100%', height: 2, 'aria-hidden': 'true', focusable: 'false'});
    share.append(draw('rect', {width: `${(100 * count) / peak}%`, height: 2}));
    const item = make('li', {}, button, share);
    item.hidden = i >= FACET_ROWS;
    return item;
  });
  const section = make('section', {class: `k-${kind}`}, make('h2', {class: 'label'}, say(kind)), make('ul', {class: 'facet'}, ...items));
  if (items.length > FACET_ROWS) {
    const rest = make('button', {type: 'button', class: 'rest'}, say('others'));
    rest.addEventListener('click', () => {
      for (const item of items) item.hidden = false;
      rest.remove();
      items[FACET_ROWS]?.querySelector('button')?.focus();
    });
    section.append(rest);
  }
  return section;
}

/** Filters in force, each with a button that removes it. */
function showFilters() {
  const list = make('ul', {class: 'active-filters'});
  for (const [field, values] of Object.entries(state.filters)) {
    for (const value of values) {
      const shown = field === 'before' ? lastBefore(value) : (labels.get(`${field}:${value}`) ?? value);
      const name = `${say(field)}: ${shown}`;
      const kind = field === 'after' || field === 'before' ? [make('span', {}, `${say(field)} `)] : [];
      const button = make('button', {type: 'button', 'aria-label': say('remove', {label: name})}, ...kind, make('bdi', {}, shown));
      button.addEventListener('click', () => {
        const rest = values.filter((other) => other !== value);
        const filters = {...state.filters, [field]: rest};
        if (!rest.length) delete filters[field];
        change({...state, filters});
      });
      list.append(make('li', {}, button));
    }
  }
  if (list.childElementCount > 1) {
    const all = make('button', {type: 'button', class: 'clear'}, say('clear'));
    all.addEventListener('click', () => change({...state, filters: {}}));
    list.append(make('li', {}, all));
  }
  replace(chips, ...(list.childElementCount ? [list] : []));
}

/**
 * The year, month or day before one: `before` excludes its date, readers name the last that is in.
 * @param {string} date
 */
function lastBefore(date) {
  return step(date, -1);
}

/**
 * @param {string} date year, month or day
 * @param {number} by number of years, months or days
 */
function step(date, by) {
  const found = /^(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?$/.exec(date.trim());
  if (!found) return date;
  const [year = 0, month = 0, day = 0] = found.slice(1).map((part) => Number(part ?? 0));
  const when = new Date(0);
  when.setUTCFullYear(year + (month ? 0 : by), (month || 1) - 1 + (month && !day ? by : 0), (day || 1) + (day ? by : 0));
  return when.toISOString().slice(0, day ? 10 : month ? 7 : 4);
}

/**
 * Bars of consecutive years, or months where the archive spans three years at most.
 * @param {FacetValue[]} all months of the whole archive
 * @param {FacetValue[]} found months of the results
 * @returns {{value: string, count: number}[]}
 */
function timeBars(all, found) {
  const years = all.map((month) => month.value.slice(0, 4)).filter(Boolean);
  if (!years.length) return [];
  const [low, high] = [Number(years[0]), Number(years[years.length - 1])];
  const monthly = high - low < 3;
  const size = monthly ? 7 : 4;
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const {value, count} of found) counts.set(value.slice(0, size), (counts.get(value.slice(0, size)) ?? 0) + count);
  const names = [];
  if (high - low >= YEARS_MOST) names.push(...new Set(years)); // a wrong date in the year 19 must not draw two thousand
  else if (monthly) {
    const first = all.find((month) => month.value.length === 7)?.value ?? `${years[0]}-01`;
    for (let name = first; name.slice(0, 4) <= (years[years.length - 1] ?? ''); name = step(name, 1)) names.push(name);
  } else for (let year = low; year <= high; year++) names.push(String(year).padStart(4, '0'));
  return names.map((value) => ({value, count: counts.get(value) ?? 0}));
}

/**
 * @template {'svg' | 'g' | 'rect' | 'line' | 'text' | 'title'} T
 * @param {T} name
 * @param {Record<string, string | number>} attributes
 * @returns {SVGElementTagNameMap[T]}
 */
function draw(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/**
 * Bars over the time that the archive spans: dragging over them, or the two fields beside them, limit the results to a
 * range. It looks like the charts that the other pages bring along (`sitegen/render/charts.py`).
 * @param {FacetValue[]} months of the results
 * @param {number} mine
 */
async function showHistogram(months, mine) {
  const all = await whole;
  if (!all || mine !== turn) return;
  const bars = timeBars(all.months, months);
  if (bars.length < 2 || !bars.some((bar) => bar.count)) {
    chart.hidden = true;
    replace(chart);
    return;
  }
  chart.hidden = false;
  const {top, plot, height} = CHART;
  const peak = Math.max(...bars.map((bar) => bar.count), 1);
  const width = 100 / bars.length;
  const gap = Math.max(Math.min(width / 6, 0.3), (width - BAR_WIDEST) / 2);
  const svg = draw('svg', {class: 'bars', width: '100%', height, 'aria-hidden': 'true', focusable: 'false'});
  const peakText = draw('text', {x: 0, y: top - 8});
  peakText.textContent = say('articles', {n: peak});
  const brush = draw('rect', {class: 'brush', y: top, height: plot});
  svg.append(
    peakText, draw('line', {class: 'grid', x1: 0, x2: '100%', y1: top - 3, y2: top - 3}),
    draw('line', {class: 'base', x1: 0, x2: '100%', y1: top + plot, y2: top + plot}),
  );
  const groups = bars.map((bar, i) => {
    const size = bar.count ? Math.max(2, (bar.count / peak) * plot) : 0;
    const group = draw('g');
    const title = draw('title');
    title.textContent = `${readableDate(bar.value)}: ${say('articles', {n: bar.count})}`;
    group.append(title,
      draw('rect', {class: 'spot', x: `${i * width}%`, width: `${width}%`, y: top, height: plot}),
      draw('rect', {class: 'bar', x: `${i * width + gap}%`, width: `${width - 2 * gap}%`, y: top + plot - size, height: size}));
    svg.append(group);
    return group;
  });
  svg.append(...timeLabels(bars.map((bar) => bar.value), top + plot + 18));

  const [first, last] = [bars[0]?.value ?? '', bars[bars.length - 1]?.value ?? ''];
  const [after, before] = [state.filters['after']?.[0] ?? '', state.filters['before']?.[0] ?? ''];
  const paint = (/** @type {number} */ a, /** @type {number} */ b) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    svg.prepend(brush);
    brush.setAttribute('x', `${low * width}%`);
    brush.setAttribute('width', `${Math.max(0, high - low + 1) * width}%`);
    groups.forEach((group, i) => group.classList.toggle('out', i < low || i > high));
  };
  const limits = () => {
    const low = bars.findIndex((bar) => step(bar.value, 1) > after);
    const high = before ? bars.findLastIndex((bar) => bar.value < before) : bars.length - 1;
    if (after || before) paint(low < 0 ? bars.length : low, high);
    else {
      groups.forEach((group) => group.classList.remove('out'));
      brush.remove();
    }
  };
  /** @type {number | null} */
  let dragged = null;
  const barAt = (/** @type {PointerEvent} */ event) => {
    const box = svg.getBoundingClientRect();
    return Math.min(bars.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * bars.length)));
  };
  svg.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    dragged = barAt(event);
    paint(dragged, dragged);
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener('pointermove', (event) => {
    if (dragged !== null) paint(dragged, barAt(event));
  });
  svg.addEventListener('pointercancel', () => {
    dragged = null;
    limits();
  });
  svg.addEventListener('pointerup', (event) => {
    if (dragged === null) return;
    const other = barAt(event);
    const [from, until] = [bars[Math.min(dragged, other)], bars[Math.max(dragged, other)]];
    dragged = null;
    limitDates(from?.value ?? '', until?.value ?? '');
  });
  limits();

  const field = {size: '10', inputmode: 'numeric', autocomplete: 'off', pattern: '\\s*\\d{4}(-\\d\\d?){0,2}\\s*'};
  const from = make('input', {...field, name: 'from', placeholder: first});
  const until = make('input', {...field, name: 'until', placeholder: last});
  from.value = after;
  until.value = before && lastBefore(before);
  const range = make('form', {class: 'range'},
    make('span', {class: 'drag'}, say('drag')),
    make('label', {}, `${say('from')} `, from),
    make('label', {}, `${say('until')} `, until),
    make('button', {type: 'submit'}, say('apply')),
  );
  range.addEventListener('submit', (event) => {
    event.preventDefault();
    limitDates(from.value, until.value);
  });
  const head = make('div', {class: 'over'}, make('h2', {class: 'label'}, say(wanted() ? 'overTime' : 'wholeTime')), range);
  replace(chart, head, make('div', {class: 'chart'}, svg));
}

/**
 * Names under the axis, eight or so; every second one may be dropped where room is short.
 * @param {string[]} names years or months
 * @param {number} y
 */
function timeLabels(names, y) {
  const monthly = names[0]?.length === 7;
  const places = names.map((_, i) => i);
  const fits = (/** @type {number} */ size) => places.filter((i) => Number(monthly ? i : names[i]) % size === 0);
  const every = [1, 2, 3, 5, 6, 10, 20, 25, 50, 100].filter((size) => monthly ? 12 % size === 0 : size % 3 !== 0)
    .find((size) => fits(size).length <= YEAR_LABELS) ?? 100;
  return fits(every).map((i, rank) => {
    const middle = ((i + 0.5) / names.length) * 100;
    const anchor = middle < 3 ? 'start' : middle > 97 ? 'end' : 'middle';
    const text = draw('text', {x: `${anchor === 'start' ? 0 : anchor === 'end' ? 100 : middle}%`, y, 'text-anchor': anchor});
    if (rank % 2) text.setAttribute('class', 'minor');
    text.textContent = monthly ? readableDate(names[i] ?? '') : String(Number(names[i]));
    return text;
  });
}

/**
 * @param {string} from first year, month or day, or empty
 * @param {string} until last one, or empty
 */
function limitDates(from, until) {
  const filters = {...state.filters};
  delete filters['after'];
  delete filters['before'];
  if (from.trim()) filters['after'] = [from.trim()];
  if (until.trim()) filters['before'] = [step(until, 1)];
  change({...state, filters});
}

// ---------------------------------------------------------------- saving results

/**
 * A value in one line: a break in it could begin another record.
 * @param {string} value
 */
function oneLine(value) {
  return value.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** @param {string} value */
function csvCell(value) {
  const line = oneLine(value);
  const safe = /^[=+\-@＝＋－＠]/.test(line) ? `'${line}` : line; // no formula in a spreadsheet
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
  return oneLine(value).replace(/[{}]/g, '').replace(/[\\~^]/g, (c) => special[c] ?? c).replace(/[&%$#_]/g, '\\$&');
}

/** @param {Hit[]} hits */
function toBibtex(hits) {
  return hits.map((hit, i) => {
    const fields = Object.entries({
      author: hit.authors.split('; ').join(' and '),
      title: hit.title,
      date: hit.date,
      journal: hit.source,
    }).filter(([, value]) => value).map(([key, value]) => `  ${key} = {${bibtexValue(value)}},\n`);
    const address = new URL(root + hit.url, location.href).href.replace(/[{}\\]/g, encodeURIComponent);
    return `@article{${hit.id.replace(/[^\w-]/g, '') || `article${i + 1}`},\n${fields.join('')}  url = {${address}}\n}\n`;
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
    showFailure(error).focus();
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
  const mine = turn;
  try {
    const found = await (await connect()).complete(typed);
    if (typed !== input.value || mine !== turn) return; // a list that comes late would take the arrow keys
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
    (items[0]?.querySelector('a') ?? input).focus();
  } catch (error) {
    showFailure(error).focus();
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
  if (!chips.isConnected) results.before(chips);
  if (wanted()) app.dataset['state'] = 'asked';
  app.hidden = false;
  const wide = matchMedia('(min-width: 60rem)');
  const arrange = () => narrowing?.toggleAttribute('open', wide.matches);
  wide.addEventListener('change', arrange);
  arrange();
  help?.toggleAttribute('open', wide.matches && !wanted());
  help?.classList.add('ready');
  need('search-to-facets').addEventListener('click', () => {
    narrowing?.setAttribute('open', '');
    narrowing?.querySelector('summary')?.focus();
    narrowing?.scrollIntoView();
  });
  need('search-empty-filters').addEventListener('click', () => {
    input.focus({preventScroll: true}); // the button goes away
    change({...state, filters: {}});
  });
  form.append(suggestions);
  input.setAttribute('list', suggestions.id);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(pause);
    suggestions.replaceChildren();
    help?.removeAttribute('open');
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
  // While an archive is served for those who edit it, the index is written anew behind the open page.
  document.addEventListener('sitegen:index', () => {
    connection = whole = null;
    void show();
  });
  addEventListener('popstate', () => {
    state = readState();
    input.value = state.q;
    void show();
  });
  input.value = state.q;
  void show();
}

start();
