/**
 * The archive's search, in the reader's browser: no server, no dependencies, no DOM.
 *
 *     const index = await openIndex('/search/');
 *     const {total, hits, suggestion} = await index.search('missile factories', {limit: 10});
 *
 * Runs in pages, workers and Node 20 or newer. Files of the index are fetched as queries need them: rarer words
 * come with their lists from one dictionary shard, frequent words' lists from files of their own, then the hits' cards.
 * Ranking is BM25 over any word of the query; documents with more of its words rank higher.
 *
 * Query syntax: words, "exact phrases", +must -mustnot, title:word, person:name, org:name, place:name, source:name,
 * author:name, tag:name, after:2018-06 (from then on), before:2019 (earlier than that), year:1987.
 */

/**
 * @typedef {{id: string, url: string, title: string, date: string, score: number, snippet: string,
 *   source: string, authors: string}} Hit
 *   `url` is relative to the site's root; `snippet` is plain text.
 * @typedef {'relevance' | 'newest' | 'oldest'} Sort
 * @typedef {Record<string, string | string[]>} Filters
 *   By field: `person`, `organization`, `place` (slugs), `source`, `author`, `tag` (names), `year`, `after`, `before`.
 * @typedef {{limit?: number, offset?: number, sort?: Sort, filters?: Filters, prefix?: boolean}} SearchOptions
 *   `prefix`: the last word may be the beginning of a word.
 * @typedef {{total: number, any: number, hits: Hit[], suggestion: string | null, matched: number, words: string[],
 *   ignored: string[], marks: string[]}} SearchResult
 *   `total` counts the documents with the most of the query's words (`matched` of them), `any` those with any;
 *   `ignored` names words too frequent to have been asked for; `marks` are the folded words to mark in a text.
 * @typedef {{value: string, label: string, count: number}} FacetValue
 * @typedef {{total: number, facets: Record<string, FacetValue[]>, years: FacetValue[], months: FacetValue[]}} FacetResult
 * @typedef {{text: string, kind: string, slug: string, count: number}} Completion
 * @typedef {{search: (query: string, options?: SearchOptions) => Promise<SearchResult>,
 *   facets: (query: string, options?: {filters?: Filters, kinds?: string[], limit?: number}) => Promise<FacetResult>,
 *   complete: (prefix: string, options?: {limit?: number}) => Promise<Completion[]>,
 *   documents: () => number}} Index
 * @typedef {(url: string, init?: {cache?: 'default' | 'reload' | 'no-cache'}) => Promise<{ok: boolean, status: number, text: () => Promise<string>}>} Fetch
 * @typedef {(name: string, fresh: boolean) => Promise<unknown>} Load
 *   Loads a part by its name without extension, such as `index` or `w/12-abcde`; `fresh` past the cache.
 */

/** Something went wrong that the reader can be told and may try again. */
export class SearchError extends Error {
  /**
   * @param {'network' | 'missing' | 'format'} code `network`: no answer; `missing`: a file is not there; `format`:
   *   what came is not an index of this version.
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'SearchError';
    this.code = code;
  }
}

// ---------------------------------------------------------------- words, as sitegen/search/analysis.py cuts them

const LETTER = '\\p{L}\\p{Nl}\\p{No}';
const WORD_CHARACTER = '[\\p{L}\\p{N}_\\p{M}]';
const BARE = '[\\p{L}\\p{N}_]';
const PAIRED =
  '\\u0e00-\\u0eff\\u1000-\\u109f\\u1100-\\u11ff\\u1780-\\u17ff\\u3005-\\u3007\\u3040-\\u30ff\\u3131-\\u318e' +
  '\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff\\uff66-\\uff9f\\u{20000}-\\u{3ffff}';
const JOINS =
  `(?<=['’])(?=[${LETTER}])${WORD_CHARACTER}+` +
  `|(?<=\\p{Nd}[.,])(?=\\p{Nd})${WORD_CHARACTER}+` +
  `|(?<=(?<!${BARE})[${LETTER}]\\.)(?=[${LETTER}](?!${BARE}))${BARE}` +
  `|(?<=[\\u05d0-\\u05ea]["\\u05f4\\u05f3])(?=[\\u05d0-\\u05ea])${WORD_CHARACTER}+`;
const WORD = new RegExp(`${BARE}${WORD_CHARACTER}*(?:['’.,"\\u05f4\\u05f3](?:${JOINS}))*`, 'gu');
const PAIRED_RUN = new RegExp(`[${PAIRED}]+`, 'gu');
const PAIRED_START = new RegExp(`^[${PAIRED}]`, 'u');
const DOTTED = new RegExp(`\\.(?=[${LETTER}_])`, 'gu');
const ELISION = /^(?:l|d|j|m|n|s|t|c|qu|jusqu|lorsqu|puisqu|quoiqu|un|dell|nell|sull|all|dall|quest|quell)['’](?=.)/iu;
const MAX_WORD = 40;
const DELETED =
  /[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f'’ʼ_,"״׳ \u2044]/gu;
/** @type {Record<string, string>} */
const REPLACED = {
  'ß': 'ss', 'æ': 'ae', 'œ': 'oe', 'þ': 'th', 'ø': 'o', 'đ': 'd', 'ð': 'd', 'ł': 'l', 'ħ': 'h', 'ı': 'i', 'ς': 'σ',
  'ך': 'כ', 'ם': 'מ', 'ן': 'נ', 'ף': 'פ', 'ץ': 'צ', 'ٱ': 'ا', 'ى': 'ي', 'ی': 'ي', 'ک': 'ك', 'ة': 'ه',
};
const REPLACEABLE = new RegExp(`[${Object.keys(REPLACED).join('')}\\u0660-\\u0669\\u06f0-\\u06f9]`, 'gu');

/** @param {string} text */
function shorten(text) {
  return text.length > MAX_WORD ? [...text].slice(0, MAX_WORD).join('') : text;
}

/**
 * The form under which a word is looked up: lower case, no diacritics, apostrophes or possessive `'s`.
 * @param {string} word
 */
export function fold(word) {
  let lower = word.toLowerCase();
  if (lower.length > 2 * MAX_WORD) lower = [...lower].slice(0, 2 * MAX_WORD).join('');
  if (!/^[a-z]+$/.test(lower)) {
    lower = lower.replace(/['’]s$/, '').normalize('NFKD').toLowerCase();
    lower = lower.replace(DELETED, '').replace(REPLACEABLE, (letter) => {
      const code = letter.charCodeAt(0);
      if (code >= 0x06f0 && code <= 0x06f9) return String(code - 0x06f0);
      if (code >= 0x0660 && code <= 0x0669) return String(code - 0x0660);
      return /** @type {string} */ (REPLACED[letter]);
    });
    lower = lower.replace(DOTTED, '').normalize('NFC');
  }
  return shorten(lower) || shorten(word);
}

/**
 * Words of a text as they stand there, with their offsets; runs of scripts without spaces stay whole.
 * @param {string} text
 * @returns {{text: string, start: number}[]}
 */
export function segment(text) {
  /** @type {{text: string, start: number}[]} */
  const found = [];
  let position = 0;
  const plain = (/** @type {number} */ end) => {
    for (const match of text.slice(position, end).matchAll(WORD)) {
      found.push({text: match[0], start: position + match.index});
    }
  };
  for (const run of text.matchAll(PAIRED_RUN)) {
    plain(run.index);
    found.push({text: run[0], start: run.index});
    position = run.index + run[0].length;
  }
  plain(text.length);
  return found;
}

/** @param {string} word */
function splitPairs(word) {
  if (!PAIRED_START.test(word)) return [fold(word)];
  const run = [...word.normalize('NFKD').toLowerCase().normalize('NFC')];
  if (run.length < 2) return [run.join('')];
  return run.slice(1).map((letter, at) => run[at] + letter);
}

/**
 * Folded index words of a text, in order.
 * @param {string} text
 */
export function foldWords(text) {
  return segment(text).flatMap((piece) => splitPairs(piece.text));
}

/**
 * Stretches of a text to mark: where its words are among `marks` (folded words from a search result).
 * @param {string} text
 * @param {Iterable<string>} marks
 * @returns {[number, number][]} start and end of each, ascending
 */
export function markRanges(text, marks) {
  const wanted = new Set(marks);
  /** @type {[number, number][]} */
  const ranges = [];
  for (const piece of segment(text)) {
    const words = splitPairs(piece.text);
    if (words.length === 1) {
      if (wanted.has(/** @type {string} */ (words[0]))) ranges.push([piece.start, piece.start + piece.text.length]);
      continue;
    }
    words.forEach((word, at) => {
      const last = ranges[ranges.length - 1];
      if (!wanted.has(word)) return;
      if (last && last[1] > piece.start + at) last[1] = piece.start + at + 2;
      else ranges.push([piece.start + at, piece.start + at + 2]);
    });
  }
  return ranges;
}

// ---------------------------------------------------------------- packed numbers, as sitegen/search/packing.py writes

const BASE = 91;
const LEADS = [0, 64, 82, 88, 90, 91];
const FIRST_VALUES = [0, 64, 64 + 18 * 91, 64 + 18 * 91 + 6 * 8281, 64 + 18 * 91 + 6 * 8281 + 2 * 753571];
const CODES = new Uint8Array(128);
for (let value = 0; value < BASE; value++) CODES[value + 35 === 92 ? 33 : value + 35] = value;

/**
 * Numbers of a packed list.
 * @param {string} text
 */
export function unpack(text) {
  const out = new Float64Array(text.length);
  let count = 0;
  for (let at = 0; at < text.length; ) {
    const lead = /** @type {number} */ (CODES[text.charCodeAt(at++)]);
    if (lead < 64) {
      out[count++] = lead;
      continue;
    }
    const more = lead < 82 ? 1 : lead < 88 ? 2 : lead < 90 ? 3 : 4;
    let value = lead - /** @type {number} */ (LEADS[more]);
    for (let i = 0; i < more; i++) value = value * BASE + /** @type {number} */ (CODES[text.charCodeAt(at++)]);
    out[count++] = value + /** @type {number} */ (FIRST_VALUES[more]);
  }
  return out.subarray(0, count);
}

/**
 * @typedef {{documents: Int32Array, codes: Uint8Array | null}} Postings
 *   Ascending document numbers, and the impact code of each; lists of fields have none.
 */

/**
 * @param {string} text
 * @param {boolean} coded
 * @param {number} base
 * @returns {Postings}
 */
function readList(text, coded, base = 0) {
  const values = unpack(text);
  const documents = new Int32Array(values.length);
  const codes = coded ? new Uint8Array(values.length) : null;
  let number = base;
  for (let i = 0; i < values.length; i++) {
    const value = /** @type {number} */ (values[i]);
    if (codes) {
      codes[i] = value & 15;
      number += Math.floor(value / 16);
    } else number += value;
    documents[i] = number;
  }
  return {documents, codes};
}

/** @type {Postings} */
const NOTHING = {documents: new Int32Array(0), codes: null};

/**
 * One ascending list of several, with the greatest code of each document.
 * @param {Postings[]} lists
 * @returns {Postings}
 */
function unite(lists) {
  if (lists.length === 1) return /** @type {Postings} */ (lists[0]);
  if (!lists.length) return NOTHING;
  /** @type {Map<number, number>} */
  const best = new Map();
  for (const list of lists) {
    list.documents.forEach((number, i) => {
      best.set(number, Math.max(best.get(number) ?? 0, list.codes ? /** @type {number} */ (list.codes[i]) : 0));
    });
  }
  const documents = Int32Array.from([...best.keys()].sort((a, b) => a - b));
  const coded = lists.some((list) => list.codes);
  return {documents, codes: coded ? Uint8Array.from(documents, (number) => best.get(number) ?? 0) : null};
}

// ---------------------------------------------------------------- queries

const FIELDS = new Map([
  ['title', 'title'], ['person', 'person'], ['people', 'person'], ['org', 'organization'],
  ['organization', 'organization'], ['organisation', 'organization'], ['place', 'place'], ['source', 'source'],
  ['author', 'author'], ['tag', 'tag'], ['before', 'before'], ['after', 'after'], ['year', 'year'],
]);
const DATE = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/;

/**
 * @typedef {'should' | 'must' | 'not'} Demand
 * @typedef {{field: string, words: string[], demand: Demand, phrase: boolean, raw: string}} Clause
 *   `field` is empty for plain words, whole names are written as field and `=`.
 * @typedef {{clauses: Clause[], from: number[] | null, until: number[] | null}} Query
 *   Dates as [year, month, day]: from on, and earlier than.
 */

/** @param {string} text */
function parseDate(text) {
  const found = DATE.exec(text);
  return found ? [Number(found[1]), Number(found[2] ?? 0), Number(found[3] ?? 0)] : null;
}

/** @param {number[]} a @param {number[]} b */
function compareDates(a, b) {
  for (let i = 0; i < 3; i++) if (a[i] !== b[i]) return /** @type {number} */ (a[i]) - /** @type {number} */ (b[i]);
  return 0;
}

/**
 * Narrow a query's dates by one condition; false where the value is no date.
 * @param {Query} query @param {string} field @param {string} value
 */
function narrow(query, field, value) {
  const date = parseDate(value.trim());
  if (!date) return false;
  const [year] = /** @type {[number]} */ (/** @type {unknown} */ (date));
  const from = field === 'before' ? null : field === 'year' ? [year, 0, 0] : date;
  const until = field === 'after' ? null : field === 'year' ? [year + 1, 0, 0] : date;
  if (from && (!query.from || compareDates(from, query.from) > 0)) query.from = from;
  if (until && (!query.until || compareDates(until, query.until) < 0)) query.until = until;
  return true;
}

/**
 * Read a query; anything that is no operator is words.
 * @param {string} text
 * @param {Filters} [filters]
 * @returns {Query}
 */
export function parseQuery(text, filters = {}) {
  /** @type {Query} */
  const query = {clauses: [], from: null, until: null};
  const pieces = text.slice(0, 2000).replace(/[“”„«»]/g, '"').matchAll(/([+-]?)(?:(\p{L}+):(?=\S))?(?:"([^"]*)"?|([^\s"]+))/gu);
  for (const [whole, sign, name, quoted, bare] of pieces) {
    let field = FIELDS.get((name ?? '').toLowerCase()) ?? '';
    let value = quoted ?? bare ?? '';
    if (name && !field) value = `${name} ${value}`;
    if (['before', 'after', 'year'].includes(field)) {
      if (sign !== '-' && narrow(query, field, value)) continue;
      field = '';
      value = `${name} ${value}`;
    }
    const words = foldWords(value);
    if (!words.length) continue;
    /** @type {Demand} */
    const demand = sign === '-' ? 'not' : sign === '+' || field || quoted !== undefined ? 'must' : 'should';
    const phrase = !field && words.length > 1 && demand !== 'should';
    if (phrase || field) query.clauses.push({field, words, demand, phrase, raw: whole});
    else for (const word of words) query.clauses.push({field, words: [word], demand, phrase, raw: word});
  }
  for (const [field, given] of Object.entries(filters)) {
    for (const value of Array.isArray(given) ? given : [given]) {
      if (!value) continue;
      if (['before', 'after', 'year'].includes(field)) narrow(query, field, value);
      else {
        const key = ['source', 'author', 'tag'].includes(field) ? foldWords(value).join('-') : value;
        query.clauses.push({field: `${FIELDS.get(field) ?? field}=`, words: [key], demand: 'must', phrase: false, raw: value});
      }
    }
  }
  return query;
}

// ---------------------------------------------------------------- hashes

const CRC = new Uint32Array(256);
for (let i = 0; i < 256; i++) {
  let value = i;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  CRC[i] = value >>> 0;
}
const UTF8 = new TextEncoder();

/** @param {string} text */
function crc32(text) {
  let value = 0xffffffff;
  for (const byte of UTF8.encode(text)) value = /** @type {number} */ (CRC[(value ^ byte) & 255]) ^ (value >>> 8);
  return ~value >>> 0;
}

/** @param {number} left @param {number} right */
function mix(left, right) {
  let value = Math.imul(left, 0x9e3779b1) ^ (left >>> 15);
  value = (value + right) | 0;
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** @param {number} left @param {number} right */
function fingerprint(left, right) {
  return mix(left, right) * 32 + (mix(right, left) >>> 27);
}

// ---------------------------------------------------------------- the index's files

/**
 * @typedef {[string, string, string, number]} EntityRow kind, slug, name, count
 * @typedef {{files?: string, names?: string, size: number}} CardArea
 * @typedef {{files?: string, names?: string, frequent?: string, bits: number}} PhraseArea
 * @typedef {{format: number, documents: number, elision: boolean, levels: number[], titleCode: number,
 *   calendar: {labels: string[], counts: number[]}, days: string,
 *   words: {starts: string[], files: string}, lists: {files: string},
 *   head: {words: string[], counts: number[], files: number[], places: number[], blocks: number[]},
 *   entities: EntityRow[], cards: CardArea, phrases: PhraseArea,
 *   near: {bits: number, files: string}, facets: {kinds: string[], files: string}}} Manifest
 * @typedef {{words: string[], lists: string[], entities?: EntityRow[]}} ShardFile
 * @typedef {{term: string, head: number, list: string}} Row
 *   A term's list: number of its entry in the head, or -1 and the packed list.
 * @typedef {{rows: Map<string, Row[]>, keys: Map<string, string>, entities: EntityRow[]}} Shard
 * @typedef {{ids: string[], urls: string[], titles: string[], dates: string[], snippets: string[],
 *   sources?: string[], source?: number[], authors?: string[]}} CardFile
 */

const FORMAT = 1;
const NAME_LETTERS = 5;
const BLOCK = 1 << 15;

/** A file of the manifest's generation is gone: a newer index has been published. */
class Stale extends Error {}

/**
 * Take an entry of the dictionary apart: the term, then its surface forms.
 * @param {string} entry
 * @returns {[string, string[]]}
 */
function readEntry(entry) {
  const [term = '', ...rest] = entry.split(/(?=[+=])/);
  return [term, rest.length ? rest.map((form) => (form[0] === '+' ? term + form.slice(1) : form.slice(1))) : [term]];
}

/** What is known of one generation of the index. */
class Generation {
  /**
   * @param {Manifest} manifest
   * @param {Load} load
   */
  constructor(manifest, load) {
    this.manifest = manifest;
    this.load = load;
    /** @type {Map<string, Promise<any>>} */
    this.parts = new Map();
    /** @type {Map<string, number>} */
    this.headForms = new Map();
    /** @type {Map<string, number>} */
    this.headTerms = new Map();
    /** @type {Map<number, string[]>} */
    this.headSpellings = new Map();
    manifest.head.words.forEach((entry, index) => {
      const [term, forms] = readEntry(entry);
      this.headTerms.set(term, index);
      this.headSpellings.set(index, forms);
      for (const form of forms) this.headForms.set(form, index);
    });
    const {labels, counts} = manifest.calendar;
    /** First number of each segment, and how many documents come before it. */
    this.bases = new Float64Array(labels.length + 1);
    this.before = new Float64Array(labels.length + 1);
    counts.forEach((count, i) => {
      const room = count < 2 ? 1 : 2 ** Math.ceil(Math.log2(count));
      this.bases[i + 1] = /** @type {number} */ (this.bases[i]) + room;
      this.before[i + 1] = /** @type {number} */ (this.before[i]) + count;
    });
    /** Numbers lie below this. */
    this.size = /** @type {number} */ (this.bases[labels.length]);
    this.dates = labels.map((label) => label.split('-').map(Number)).map(([year = 0, month = 0]) => [year, month, 0]);
  }

  /**
   * A part of the index, fetched once; a failed fetch may be tried again.
   * @template T
   * @param {string} area
   * @param {number} number
   * @param {string} names
   * @param {(data: any) => T} read
   * @returns {Promise<T>}
   */
  part(area, number, names, read) {
    const digest = names.slice(number * NAME_LETTERS, (number + 1) * NAME_LETTERS);
    const name = `${area}/${number}-${digest}`;
    let part = this.parts.get(name);
    if (!part) {
      part = this.load(name, false).then(read, (error) => {
        throw error instanceof SearchError && error.code === 'missing' ? new Stale(error.message) : error;
      });
      part.catch(() => this.parts.delete(name));
      this.parts.set(name, part);
    }
    return part;
  }

  /** @param {string} key */
  shardOf(key) {
    const {starts} = this.manifest.words;
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (/** @type {string} */ (starts[middle]) <= key) low = middle;
      else high = middle;
    }
    return low;
  }

  /**
   * @param {number} number
   * @returns {Promise<Shard>}
   */
  shard(number) {
    return this.part('w', number, this.manifest.words.files, (/** @type {ShardFile} */ file) => {
      /** @type {Shard} */
      const shard = {rows: new Map(), keys: new Map(), entities: file.entities ?? []};
      file.words.forEach((entry, i) => {
        const list = /** @type {string} */ (file.lists[i]);
        if (/^\p{L}+[:=]/u.test(entry) && FIELDS.has(entry.slice(0, entry.search(/[:=]/))) && list) {
          shard.keys.set(entry, list);
          return;
        }
        const [term, forms] = readEntry(entry);
        const head = list ? -1 : (this.headTerms.get(term) ?? -1);
        for (const form of forms) {
          const rows = shard.rows.get(form);
          if (rows) rows.push({term, head, list});
          else shard.rows.set(form, [{term, head, list}]);
        }
      });
      return shard;
    });
  }

  /**
   * @param {CardArea | PhraseArea} area
   * @param {number} number
   * @returns {Promise<{files: string, frequent?: string}>}
   */
  async names(area, number) {
    if (area.files !== undefined) return /** @type {{files: string, frequent?: string}} */ (area);
    // a directory's name is its number and its own digest
    const digest = area.names ?? '';
    return this.part('names', number, digest.padStart((number + 1) * NAME_LETTERS), (data) => data);
  }
}
