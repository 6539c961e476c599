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
 * author:name, tag:name, after:2018-06 (from then on), before:2019 (earlier than that), year:1987, date:1969-07,
 * date:1969..1972-03.
 */

/**
 * @typedef {{id: string, url: string, title: string, date: string, score: number, snippet: string,
 *   source: string, authors: string}} Hit
 *   `url` is relative to the site's root; `snippet` is plain text.
 * @typedef {'relevance' | 'newest' | 'oldest'} Sort
 * @typedef {Record<string, string | string[]>} Filters
 *   By field: `person`, `organization`, `place` (slugs), `source`, `author`, `tag` (names), `year`, `after`, `before`, `date`.
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

/**
 * What finds words, for texts of some letters, digits and marks.
 * @param {string} letter
 * @param {string} number
 * @param {string} digit
 * @param {string} mark
 */
function wordPattern(letter, number, digit, mark) {
  const bare = `[${letter}${number}_]`;
  const inside = `[${letter}${number}_${mark}]`;
  const joins =
    `(?<=['’])(?=[${letter}])${inside}+` +
    `|(?<=[${digit}][.,])(?=[${digit}])${inside}+` +
    `|(?<=(?<!${bare})[${letter}]\\.)(?=[${letter}](?!${bare}))${bare}` +
    `|(?<=[\\u05d0-\\u05ea]["\\u05f4\\u05f3])(?=[\\u05d0-\\u05ea])${inside}+`;
  return new RegExp(`${bare}${inside}*(?:['’.,"\\u05f4\\u05f3](?:${joins}))*`, 'gu');
}

const LETTER = '\\p{L}\\p{Nl}\\p{No}';
const WORD = wordPattern(LETTER, '\\p{N}', '\\p{Nd}', '\\p{M}');
/** The same for texts in ASCII: browsers take milliseconds to compile the classes of all letters. */
const ASCII_WORD = wordPattern('A-Za-z', '0-9', '0-9', '');
const ASCII = /^[\0-\x7f]*$/;
const PAIRED =
  '\\u0e00-\\u0eff\\u1000-\\u109f\\u1100-\\u11ff\\u1780-\\u17ff\\u3005-\\u3007\\u3040-\\u30ff\\u3131-\\u318e' +
  '\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff\\uff66-\\uff9f\\u{20000}-\\u{3ffff}';
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
  if (!/^[a-z0-9]+$/.test(lower)) {
    lower = lower.replace(/['’]s$/, '').normalize('NFKD').toLowerCase();
    lower = lower.replace(DELETED, '').replace(REPLACEABLE, (letter) => {
      const code = letter.charCodeAt(0);
      if (code >= 0x06f0 && code <= 0x06f9) return String(code - 0x06f0);
      if (code >= 0x0660 && code <= 0x0669) return String(code - 0x0660);
      return REPLACED[letter];
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
  const ascii = ASCII.test(text);
  const plain = (/** @type {number} */ end) => {
    for (const match of text.slice(position, end).matchAll(ascii ? ASCII_WORD : WORD)) {
      found.push({text: match[0], start: position + match.index});
    }
  };
  for (const run of ascii ? [] : text.matchAll(PAIRED_RUN)) {
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
      if (wanted.has(words[0])) ranges.push([piece.start, piece.start + piece.text.length]);
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
const ENDS = 60;
const MORE = BASE - ENDS;
const CODES = new Uint8Array(128);
for (let value = 0; value < BASE; value++) CODES[value + 35 === 92 ? 33 : value + 35] = value;

/**
 * Numbers of a packed list; all lie below 2 ** 31.
 * @param {string} text
 */
export function unpack(text) {
  const out = new Int32Array(text.length);
  let count = 0;
  let first = 0; // least value of numbers as long as this one
  let value = 0;
  let size = ENDS;
  for (let at = 0; at < text.length; at++) {
    const digit = CODES[text.charCodeAt(at)];
    if (digit >= ENDS) {
      value = value * MORE + digit - ENDS;
      first += size;
      size *= MORE;
      continue;
    }
    out[count++] = value * ENDS + digit + first;
    first = value = 0;
    size = ENDS;
  }
  return out.subarray(0, count);
}

/**
 * Sums of a packed list up to and with each number.
 * @param {string} text
 */
function runningSums(text) {
  const values = unpack(text);
  for (let i = 1; i < values.length; i++) values[i] += values[i - 1];
  return values;
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
  const documents = unpack(text); // gaps at first, with codes in their last four bits
  const codes = coded ? new Uint8Array(documents.length) : null;
  let number = base;
  for (let i = 0; i < documents.length; i++) {
    const value = documents[i];
    if (codes) codes[i] = value & 15;
    number += codes ? value >> 4 : value;
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
  return lists.length ? lists.reduce(merge) : NOTHING;
}

/**
 * @param {Postings} left
 * @param {Postings} right
 * @returns {Postings}
 */
function merge(left, right) {
  const most = left.documents.length + right.documents.length;
  const documents = new Int32Array(most);
  const codes = left.codes || right.codes ? new Uint8Array(most) : null;
  let count = 0;
  for (let i = 0, j = 0; i < left.documents.length || j < right.documents.length; count++) {
    const a = i < left.documents.length ? left.documents[i] : Infinity;
    const b = j < right.documents.length ? right.documents[j] : Infinity;
    documents[count] = Math.min(a, b);
    if (codes) codes[count] = Math.max(a <= b && left.codes ? left.codes[i] : 0, b <= a && right.codes ? right.codes[j] : 0);
    if (a <= b) i++;
    if (b <= a) j++;
  }
  return {documents: documents.subarray(0, count), codes: codes && codes.subarray(0, count)};
}

// ---------------------------------------------------------------- queries

const FIELDS = new Map([
  ['title', 'title'], ['person', 'person'], ['people', 'person'], ['org', 'organization'],
  ['organization', 'organization'], ['organisation', 'organization'], ['place', 'place'], ['source', 'source'],
  ['author', 'author'], ['by', 'author'], ['tag', 'tag'], ['topic', 'tag'],
  ['before', 'before'], ['after', 'after'], ['year', 'year'], ['date', 'date'],
]);
const DATE_FIELDS = ['before', 'after', 'year', 'date'];
const DATE = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/;

/**
 * @typedef {'should' | 'must' | 'not'} Demand
 * @typedef {{field: string, words: string[], demand: Demand, phrase: boolean, loud: boolean}} Clause
 *   `field` is empty for plain words, whole names are written as field and `=`; `loud` words are written in capitals.
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
  for (let i = 0; i < 3; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}

/**
 * The first date after a year, month or day.
 * @param {number[]} date
 */
function following([year = 0, month = 0, day = 0]) {
  if (day) return [year, month, day + 1];
  if (month) return month < 12 ? [year, month + 1, 0] : [year + 1, 0, 0];
  return [year + 1, 0, 0];
}

/**
 * Narrow a query's dates by one condition; false where the value is no date.
 * @param {Query} query @param {string} field @param {string} value
 */
function narrow(query, field, value) {
  const ends = value.trim().split('..');
  const first = parseDate(ends[0] ?? '');
  const last = parseDate(ends[ends.length - 1] ?? '');
  const range = field === 'date' && ends.length === 2;
  if (range ? !first && !last : ends.length > 1 || !first) return false;
  const from = field === 'before' ? null : first;
  const until = field === 'after' ? null : field === 'before' ? first : last && following(last);
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
  const loudAll = text === text.toUpperCase();
  const straight = text.slice(0, 2000).replace(/(?<=[א-ת])"(?=[א-ת])/g, '״').replace(/[“”„«»]/g, '"');
  const pieces = straight.matchAll(/([+-]?)(?:(\p{L}+):(?=\S))?(?:"([^"]*)"?|([^\s"]+))/gu);
  for (const [, sign, name, quoted, bare] of pieces) {
    let field = FIELDS.get((name ?? '').toLowerCase()) ?? '';
    let value = quoted ?? bare ?? '';
    if (name && !field) value = `${name} ${value}`;
    if (DATE_FIELDS.includes(field)) {
      if (sign !== '-' && narrow(query, field, value)) continue;
      field = '';
      value = `${name} ${value}`;
    }
    const words = foldWords(value);
    if (!words.length) continue;
    /** @type {Demand} */
    const demand = sign === '-' ? 'not' : sign === '+' || field || quoted !== undefined ? 'must' : 'should';
    const phrase = !field && words.length > 1 && demand !== 'should';
    if (phrase || field) query.clauses.push({field, words, demand, phrase, loud: false});
    else {
      for (const piece of segment(value)) {
        const loud = !loudAll && piece.text.length > 1 && piece.text === piece.text.toUpperCase();
        for (const word of splitPairs(piece.text)) query.clauses.push({field, words: [word], demand, phrase, loud});
      }
    }
  }
  for (const [field, given] of Object.entries(filters)) {
    for (const value of Array.isArray(given) ? given : [given]) {
      if (!value) continue;
      if (DATE_FIELDS.includes(field)) narrow(query, field, value);
      else {
        const key = ['source', 'author', 'tag'].includes(field) ? foldWords(value).join('-') : value;
        query.clauses.push({field: `${FIELDS.get(field) ?? field}=`, words: [key], demand: 'must', phrase: false, loud: false});
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
  for (const byte of UTF8.encode(text)) value = CRC[(value ^ byte) & 255] ^ (value >>> 8);
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
  return mix(left, right) * 64 + (mix(right, left) >>> 26);
}

// ---------------------------------------------------------------- the index's files

/**
 * @typedef {[string, string, string, number]} NameRow
 *   Kind, slug and name of an entity, and the binary logarithm of the number of articles that name it.
 * @typedef {{bits: number, cells: number, rest: number, frequent: string, files?: string, names?: string, each?: number}} PhraseArea
 *   Digests of the files, or those of files that hold the digests of `each` files.
 * @typedef {{format: number, documents: number, elision: boolean, functionWords: string, aliases: string, levels: number[], titleCode: number,
 *   calendar: {labels: string, counts: number[], room: number}, days: {each: number, files: string},
 *   words: {starts: string, files: string}, lists: {lists: number, blocks: number, group: number, budget: number, cost: number, whole: number, block: number, files: string},
 *   head: {least: number, words: string, sizes: string},
 *   entities: NameRow[], cards: {bits: number, group: number, files: string}, phrases: PhraseArea,
 *   near: {bits: number, files: string}, facets: {kinds: string[], files: string}}} Manifest
 * @typedef {{words: string[], lists: string[], keys?: string[], keyLists?: string[], names?: NameRow[]}} ShardFile
 * @typedef {{key: string, text: string, coded: boolean, forms: string[], alias?: boolean}} Row
 *   A list: its key (a term, or a field's), the packed list or the mark of one in a file of lists, whether its numbers
 *   carry impact codes, and surface forms of the term; the documents of an alias count as if they had the word once.
 * @typedef {{at: string, ids: string[], urls: string[], titles: string[], dates: string[], snippets: string[],
 *   sources?: string[], source?: number[], authors?: string[]}} CardFile
 */

const FORMAT = 3;
/** A damaged index may not ask for tables or loops beyond these. */
const MOST_NUMBERS = 2 ** 24;
const LEAST_BLOCK = 8;
const NAME_LETTERS = 5;
/** Impact code of a document of an entity that the word is another name of: as if the text had it once. */
const ALIAS_CODE = 4;

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

/**
 * Parts of the index come from afar: one that is not as it was written is told, not shown.
 * @param {boolean} sound
 */
function demand(sound) {
  if (!sound) throw new SearchError('format', 'the search index is damaged');
}

/** @param {unknown} value */
function isCount(value) {
  return Number.isInteger(value) && Number(value) >= 0;
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === 'string';
}

/** A file of the dictionary; of its entries only those are taken apart that are asked for. */
class Shard {
  /** @param {ShardFile} file */
  constructor(file) {
    this.file = file;
    this.names = file.names ?? [];
  }

  /**
   * @param {number} at
   * @returns {Row}
   */
  row(at) {
    const [key, forms] = readEntry(this.file.words[at]);
    return {key, text: this.file.lists[at], coded: true, forms};
  }

  /**
   * Entries of a surface form.
   * @param {string} form
   */
  rows(form) {
    /** @type {Row[]} */
    const found = [];
    this.file.words.forEach((entry, at) => {
      const end = entry.search(/[+=]|$/);
      if (!form.startsWith(entry.slice(0, end)) && !entry.includes(`=${form}`, end)) return;
      const row = this.row(at);
      if (row.forms.includes(form)) found.push(row);
    });
    return found;
  }

  /**
   * Entries of the surface forms that begin with some letters, by form.
   * @param {string} letters
   */
  begun(letters) {
    /** @type {Map<string, Row[]>} */
    const found = new Map();
    for (let at = 0; at < this.file.words.length; at++) {
      const row = this.row(at);
      for (const form of row.forms) if (form.startsWith(letters)) found.set(form, [...(found.get(form) ?? []), row]);
    }
    return found;
  }

  /**
   * The list under a key of a field.
   * @param {string} key
   * @returns {Row | null}
   */
  field(key) {
    const at = this.file.keys?.indexOf(key) ?? -1;
    return at < 0 ? null : {key, text: this.file.keyLists?.[at] ?? '', coded: false, forms: []};
  }
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
    this.aliases = new Set(manifest.aliases.split(' '));
    this.functionWords = new Set(manifest.functionWords.split(' '));
    this.starts = manifest.words.starts.split(' ');
    /** Rows of frequent words by surface form. @type {Map<string, Row>} */
    this.headForms = new Map();
    /** About how many documents hold each frequent term. @type {Map<string, number>} */
    this.headCounts = new Map();
    const sizes = unpack(manifest.head.sizes);
    if (sizes.length) {
      manifest.head.words.split(' ').forEach((entry, index) => {
        const [term, forms] = readEntry(entry);
        const bits = manifest.head.least + 1 + (sizes[index] >> 3);
        this.headCounts.set(term, (8 + (sizes[index] & 7)) * 2 ** (bits - 4) + 2 ** (bits - 5));
        const row = {key: term, text: ` ${String.fromCharCode(96 + bits)}`, coded: true, forms};
        for (const form of forms) this.headForms.set(form, row);
      });
    }
    const {labels, counts, room: least} = manifest.calendar;
    demand(least >= 1 && counts.every(isCount) && manifest.lists.block >= LEAST_BLOCK && isCount(manifest.documents));
    demand(manifest.levels.every(isCount) && typeof manifest.elision === 'boolean');
    this.labels = counts.length ? labels.split(' ') : [];
    /** First number of each segment. */
    this.bases = new Float64Array(counts.length + 1);
    counts.forEach((count, i) => {
      let room = least;
      while (room * 3 < count * 4) room *= 2;
      this.bases[i + 1] = this.bases[i] + room;
    });
    /** Numbers lie below this. */
    this.size = this.bases[counts.length];
    demand(this.size <= MOST_NUMBERS);
    this.dates = this.labels.map((label) => label.split('-').map(Number)).map(([year = 0, month = 0]) => [year, month, 0]);
  }

  /**
   * A part of the index, fetched once; a failed fetch may be tried again.
   * @template T
   * @param {string} name
   * @param {(data: any) => T} read
   * @returns {Promise<T>}
   */
  named(name, read) {
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

  /**
   * File `number` of an area; `names` are the digests of all its files, end to end.
   * @template T
   * @param {string} area
   * @param {number} number
   * @param {string} names
   * @param {(data: any) => T} read
   */
  part(area, number, names, read) {
    return this.named(`${area}/${number}-${names.slice(number * NAME_LETTERS, (number + 1) * NAME_LETTERS)}`, read);
  }

  /**
   * The same for an area in which 2 ** `group` files share a digest.
   * @template T
   * @param {string} area
   * @param {number} number
   * @param {number} group
   * @param {string} names
   * @param {(data: any) => T} read
   */
  grouped(area, number, group, names, read) {
    const at = (number >>> group) * NAME_LETTERS;
    return this.named(`${area}/${number}-${names.slice(at, at + NAME_LETTERS)}`, read);
  }

  /** @param {string} key */
  shardOf(key) {
    const {starts} = this;
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= key) low = middle;
      else high = middle;
    }
    return low;
  }

  /**
   * @param {number} number
   * @returns {Promise<Shard>}
   */
  shard(number) {
    const digest = this.manifest.words.files.slice(number * NAME_LETTERS, (number + 1) * NAME_LETTERS);
    const stem = crc32(this.starts[number] ?? '').toString(16).padStart(8, '0');
    return this.named(`w/${stem}-${digest}`, (/** @type {ShardFile} */ file) => new Shard(file));
  }

  /**
   * A phrase file; with many of them their names stand in files of their own.
   * @param {number} number
   * @returns {Promise<string[]>}
   */
  async cells(number) {
    const {files, names = '', each = 1} = this.manifest.phrases;
    const read = (/** @type {string[]} */ data) => data;
    if (files !== undefined) return this.part('p', number, files, read);
    const digests = await this.part('names-p', Math.floor(number / each), names, (data) => data.files);
    const digest = digests.slice((number % each) * NAME_LETTERS, (number % each + 1) * NAME_LETTERS);
    return this.named(`p/${number}-${digest}`, read);
  }

  /**
   * Entries of a surface form in the dictionary.
   * @param {string} word
   * @returns {Promise<Row[]>}
   */
  async rows(word) {
    /** @type {Row[]} */
    const found = [];
    if (this.aliases.has(word)) {
      const row = await this.fieldRow(`alias:${word}`);
      if (row) found.push({...row, alias: true});
    }
    const head = this.headForms.get(word);
    if (head) return [...found, head];
    return [...found, ...(await this.shard(this.shardOf(word))).rows(word)];
  }

  /** @param {string} key */
  async fieldRow(key) {
    return (await this.shard(this.shardOf(key))).field(key);
  }

  /**
   * About how many documents are on a row's list, without fetching it.
   * @param {Row} row
   */
  estimate(row) {
    if (row.text[0] !== ' ') return unpack(row.text).length;
    return this.headCounts.get(row.key) ?? 1.5 * 2 ** (row.text.charCodeAt(1) - 97);
  }

  /**
   * Number of documents on a row's list: to the last where it is at hand, about where it lies in files of lists.
   * @param {Row} row
   * @returns {Promise<number>}
   */
  async count(row) {
    if (row.text[0] !== ' ') return unpack(row.text).length;
    if (row.coded) return this.estimate(row);
    return (await this.postings(row, 0, this.size)).documents.length;
  }

  /**
   * A row's list, at least for the numbers from `low` to below `high`.
   * @param {Row} row
   * @param {number} low
   * @param {number} high
   * @returns {Promise<Postings>}
   */
  async postings(row, low, high) {
    const found = await this.list(row, low, high);
    return row.alias ? {...found, codes: new Uint8Array(found.documents.length).fill(ALIAS_CODE)} : found;
  }

  /**
   * @param {Row} row
   * @param {number} low
   * @param {number} high
   * @returns {Promise<Postings>}
   */
  async list(row, low, high) {
    const {text, coded} = row;
    if (text[0] !== ' ') return readList(text, coded);
    const parts = (await this.pieces(row, low, high)).map((piece) => readList(piece.text, coded, piece.base));
    if (parts.length === 1) return parts[0];
    const length = parts.reduce((sum, part) => sum + part.documents.length, 0);
    const documents = new Int32Array(length);
    const codes = coded ? new Uint8Array(length) : null;
    let at = 0;
    for (const part of parts) {
      documents.set(part.documents, at);
      if (codes && part.codes) codes.set(part.codes, at);
      at += part.documents.length;
    }
    return {documents, codes};
  }

  /**
   * What files of lists hold of a list, and the number from which each piece counts.
   * @param {Row} row
   * @param {number} low
   * @param {number} high
   * @returns {Promise<{text: string, base: number}[]>}
   */
  pieces({key, text}, low, high) {
    const {lists: count, blocks, group, whole, block, files} = this.manifest.lists;
    const blocked = text.charCodeAt(1) - 97 >= whole;
    const piece = async (/** @type {string} */ name, /** @type {number} */ base) => {
      const apart = blocked && blocks > 0;
      const file = (apart ? count : 0) + Math.floor((crc32(name) * (apart ? blocks : count)) / 2 ** 32);
      /** @type {Record<string, string>} */
      const lists = await this.grouped('l', file, group, files, (data) => data);
      return {text: Object.hasOwn(lists, name) ? lists[name] : '', base};
    };
    if (!blocked) return Promise.all([piece(key, 0)]);
    const wanted = [];
    const span = 2 ** block;
    for (let number = Math.floor(low / span); number * span < high; number++) wanted.push(piece(`${key} ${number}`, number * span));
    return Promise.all(wanted);
  }

  /**
   * The documents under a key of a field, such as `person:netanyahu`.
   * @param {string} key
   */
  async keyed(key) {
    const row = await this.fieldRow(key);
    return row ? this.postings(row, 0, this.size) : NOTHING;
  }

  /**
   * The documents of a segment, ascending, and the day of the month of each.
   * @param {number} segment
   * @returns {Promise<{numbers: number[], days: number[]}>}
   */
  async members(segment) {
    const {each, files} = this.manifest.days;
    /** @type {{slots: string[], days: string[]}} */
    const data = await this.part('d', Math.floor(segment / each), files, (raw) => raw);
    const at = segment % each;
    const numbers = Array.from(runningSums(data.slots[at]), (slot) => this.bases[segment] + slot);
    return {numbers, days: Array.from(unpack(data.days[at]))};
  }

  /**
   * The segments of a query's dates: the first, the first behind them, and whether days divide the last of them.
   * @param {Query} query
   */
  segments({from, until}) {
    const first = from || until ? this.segmentFrom(from ?? [1, 0, 0]) : 0; // the undated are neither before nor after
    const end = until ? this.segmentFrom(until) : this.labels.length;
    const divided = until !== null && this.inside(until, end);
    return {first, end: Math.max(first, divided ? end + 1 : end), divided};
  }

  /**
   * The interval of numbers of a query's dates.
   * @param {Query} query
   */
  interval(query) {
    const {first, end} = this.segments(query);
    return {low: this.bases[first], high: this.bases[end]};
  }

  /**
   * Numbers in that interval that days leave out.
   * @param {Query} query
   * @returns {Promise<Int32Array>}
   */
  async outside(query) {
    const {from, until} = query;
    const {first, end, divided} = this.segments(query);
    /** @type {number[]} */
    const out = [];
    const leave = async (/** @type {number} */ segment, /** @type {(day: number) => boolean} */ test) => {
      const {numbers, days} = await this.members(segment);
      out.push(...numbers.filter((_, i) => test(days[i])));
    };
    if (from && this.inside(from, first)) await leave(first, (day) => day < from[2]);
    if (until && divided) await leave(end - 1, (day) => day >= until[2]);
    return Int32Array.from(out);
  }

  /**
   * The first segment of a date's month or later.
   * @param {number[]} date
   */
  segmentFrom([year = 0, month = 0]) {
    const segment = this.dates.findIndex((start) => compareDates(start, [year, month, 0]) >= 0);
    return segment < 0 ? this.labels.length : segment;
  }

  /**
   * Whether a date divides a segment.
   * @param {number[]} date
   * @param {number} segment
   */
  inside([year = 0, month = 0, day = 0], segment) {
    return day > 1 && segment < this.labels.length && !compareDates(this.dates[segment] ?? [], [year, month, 0]);
  }

  /**
   * All documents whose numbers lie in an interval, ascending.
   * @param {number} low
   * @param {number} high
   */
  async everything(low, high) {
    const wanted = [];
    for (let segment = 0; segment < this.labels.length; segment++) {
      if (this.bases[segment + 1] > low && this.bases[segment] < high) wanted.push(this.members(segment));
    }
    return (await Promise.all(wanted)).flatMap(({numbers}) => numbers);
  }

  /**
   * The segment (month) of a document.
   * @param {number} number
   */
  segmentOf(number) {
    let low = 0;
    let high = this.bases.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.bases[middle] <= number) low = middle;
      else high = middle;
    }
    return low;
  }

  /**
   * What a hit shows.
   * @param {number} number
   * @param {number} score
   * @returns {Promise<Hit>}
   */
  async card(number, score) {
    const {bits, group, files} = this.manifest.cards;
    const place = Math.floor(number / 2 ** bits);
    /** @type {CardFile & {slots: Int32Array}} */
    const file = await this.grouped('c', place, group, files, (data) => ({...data, slots: runningSums(data.at)}));
    const i = file.slots.indexOf(number % 2 ** bits);
    const title = file.titles[i];
    const date = file.dates[i];
    const texts = {
      id: file.ids[i],
      url: fullUrl(file.urls[i], title, date),
      title,
      date,
      snippet: file.snippets[i],
      source: file.sources?.[(file.source?.[i] ?? 0) - 1] ?? '',
      authors: file.authors?.[i] ?? '',
    };
    demand(Object.values(texts).every(isText) && texts.id !== '' && Number.isFinite(score));
    return {...texts, score};
  }

  /**
   * Documents that hold words one after the other, as the bits of the positions (modulo 32) at which they begin.
   * @param {string[]} words at least two
   * @returns {Promise<Map<number, number>>}
   */
  async phrase(words) {
    const bits = unpack(this.manifest.phrases.frequent);
    const usual = new Set();
    for (let i = 0; i < bits.length; i += 2) usual.add(bits[i] * 2 ** 19 + bits[i + 1]);
    const hashes = words.map(crc32);
    /** @type {{key: number, offset: number, bare: boolean}[]} */
    const grams = [];
    const triple = (/** @type {number} */ at) => {
      const middle = mix(hashes[at], hashes[at + 1]);
      return {key: fingerprint(middle, hashes[at + 2]), offset: at, bare: false};
    };
    for (let at = 0; at + 1 < words.length; at++) {
      const key = fingerprint(hashes[at], hashes[at + 1]);
      if (!usual.has(key)) grams.push({key, offset: at, bare: false});
      else if (words.length === 2) grams.push({key, offset: at, bare: true});
      else grams.push(triple(Math.min(at, words.length - 3)));
    }
    const found = await Promise.all(grams.map((gram) => this.gram(gram.key, gram.bare)));
    /** @type {Map<number, number> | null} */
    let starts = null;
    grams.forEach((gram, i) => {
      /** @type {Map<number, number>} */
      const next = new Map();
      const list = found[i];
      const turn = gram.offset % 32;
      for (const [number, places] of list) {
        const moved = turn ? (places >>> turn) | (places << (32 - turn)) : places;
        const both = starts ? (starts.get(number) ?? 0) & moved : moved;
        if (both) next.set(number, both);
      }
      starts = next;
    });
    return starts ?? new Map();
  }

  /**
   * @param {number} key
   * @param {boolean} bare
   * @returns {Promise<Map<number, number>>}
   */
  async gram(key, bare) {
    const {bits, cells: cellBits, rest: restBits} = this.manifest.phrases;
    const cells = await this.cells(Math.floor(key / 2 ** (38 - bits)));
    const wanted = Math.floor(key / 2 ** (38 - bits - cellBits - restBits)) % 2 ** restBits;
    const cell = cells[Math.floor(key / 2 ** (38 - bits - cellBits)) % 2 ** cellBits];
    /** @type {Map<number, number>} */
    const documents = new Map();
    const values = unpack(cell ?? '');
    let rest = 0;
    for (let at = 0; at < values.length; ) {
      const head = values[at++];
      rest += head >> 1;
      if (rest > wanted) break;
      const size = head & 1 ? values[at++] : 2;
      const count = size >> 1;
      if (rest === wanted) {
        let number = 0;
        for (const value of values.subarray(at, at + count)) {
          number += bare ? value : Math.floor(value / 32);
          documents.set(number, bare ? -1 : (documents.get(number) ?? 0) | (1 << (value & 31)));
        }
      }
      at += count;
    }
    return documents;
  }

  /**
   * Words of one or two slips' distance, nearest and most usual first.
   * @param {string} word
   * @returns {Promise<{word: string, weight: number, distance: number}[]>}
   */
  async neighbours(word) {
    if (word.length < 3) return [];
    const {near} = this.manifest;
    const keys = new Set();
    for (const length of [word.length - 1, word.length, word.length + 1]) {
      const letters = length >= 7 ? 3 : 2;
      keys.add('^' + word.slice(0, letters)).add(word.slice(-letters) + '$');
    }
    /** @type {Map<string, {word: string, weight: number, distance: number}>} */
    const found = new Map();
    const most = word.length >= 8 ? 2 : 1;
    await Promise.all([...keys].map(async (key) => {
      const file = near.bits ? crc32(key) >>> (32 - near.bits) : 0;
      /** @type {Record<string, string>} */
      const data = await this.part('n', file, near.files, (raw) => raw);
      for (const entry of (Object.hasOwn(data, key) ? data[key] ?? '' : '').split(' ')) {
        const other = entry.slice(0, -1);
        if (Math.abs(other.length - word.length) > most || other === word) continue;
        const distance = editDistance(word, other, most);
        if (distance <= most) found.set(other, {word: other, weight: entry.charCodeAt(entry.length - 1) - 97, distance});
      }
    }));
    const first = word[0];
    return [...found.values()].sort(
      (a, b) =>
        a.distance - b.distance ||
        Number(b.word[0] === first) - Number(a.word[0] === first) ||
        b.weight - a.weight ||
        (a.word < b.word ? -1 : 1),
    );
  }
}

/**
 * Undo the shortening of a card's address: its difference from the title under the folder of the date.
 * @param {string} short
 * @param {string} title
 * @param {string} date
 */
function fullUrl(short, title, date) {
  const colon = short.indexOf(':');
  if (colon === 0) return short.slice(1);
  const folder = date.length >= 7 ? `${date.slice(0, 4)}/${date.slice(5, 7)}/` : 'undated/';
  const same = Number(colon < 0 ? short : short.slice(0, colon));
  return folder + [...foldWords(title).join('-')].slice(0, same).join('') + (colon < 0 ? '/' : short.slice(colon + 1));
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours between two words (optimal string alignment).
 * @param {string} a
 * @param {string} b
 * @param {number} limit more than this is not told apart
 */
function editDistance(a, b, limit) {
  /** @type {number[]} */
  let before = [];
  /** @type {number[]} */
  let last = Array.from({length: b.length + 1}, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        last[j] + 1,
        row[j - 1] + 1,
        last[j - 1] + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, before[j - 2] + 1);
      }
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return limit + 1;
    before = last;
    last = row;
  }
  return last[b.length];
}

// ---------------------------------------------------------------- evaluation

/**
 * Documents on the longer lists that words of phrases alone may fetch, at most half of what other words may: the phrase
 * itself scores.
 */
const PHRASE_LIST_BUDGET = 12_000;
/** Impact of a phrase that stands in a document once, twice …, in thousandths: BM25's weight at average length. */
const PHRASE_LEVELS = [0, 1000, 1375, 1571, 1692, 1774];
/** A word that an unknown last word begins stands for this many words. */
const EXPANSIONS = 12;
const IDF_SCALE = 256;
/** Reward of coverage: a document with all words scores (BASE_SHARE + COVER_SHARE) / BASE_SHARE of its BM25 sum. */
const BASE_SHARE = 2;
const COVER_SHARE = 1;

/**
 * @typedef {{word: string, demand: Demand, title: boolean, quoted: boolean}} Word
 *   A word of the query; `quoted` words stand in phrases alone.
 * @typedef {Word & {rows: Row[], count: number}} Term
 *   A word with its entries; `count` documents hold it.
 * @typedef {{must: Int32Array[], not: Int32Array[], phrases: {words: string[], starts: Map<number, number>}[]}} Gates
 *   Lists of documents of which all must or none may hold, and the words and starts of demanded phrases.
 * @typedef {{numbers: Int32Array, scores: Float64Array, covers: Uint8Array, tier: number, counted: number, total: number,
 *   scored: boolean, terms: Term[], ignored: string[], corrections: Map<string, string>}} Evaluation
 *   Documents that match, by number, with score and words covered; `total` of them cover `tier` words, the most;
 *   `scored`: by words or phrases.
 */

/**
 * Weight of a word that `count` of `documents` documents hold, in 256ths.
 * @param {number} count
 * @param {number} documents
 */
function inverseFrequency(count, documents) {
  return Math.round(IDF_SCALE * Math.log(1 + (documents - count + 0.5) / (count + 0.5)));
}

/** One query over one generation. */
class Evaluator {
  /**
   * @param {Generation} generation
   * @param {Query} query
   * @param {boolean} prefix
   */
  constructor(generation, query, prefix) {
    this.generation = generation;
    this.query = query;
    this.prefix = prefix;
    /** @type {Map<string, string>} */
    this.corrections = new Map();
    /** @type {string[]} */
    this.ignored = [];
  }

  /** @returns {Promise<Evaluation>} */
  async run() {
    const words = this.words();
    const {low, high} = this.generation.interval(this.query);
    this.fetchAhead(words, low, high);
    const [terms, gates, out] = await Promise.all([
      Promise.all(words.map((word) => this.resolve(word))),
      this.gates(),
      this.generation.outside(this.query),
    ]);
    gates.not.push(out);
    await this.complete(terms);
    let found = await this.score(terms, gates, low, high);
    if (found.tier < found.counted && !this.corrections.size) {
      const closer = await this.reconsider(terms);
      if (closer) {
        const again = await this.score(closer, gates, low, high);
        if (again.tier > found.tier) found = again;
        else this.corrections.clear();
      }
    }
    found.corrections = this.corrections;
    found.ignored = [...this.ignored, ...found.ignored];
    return found;
  }

  /** Words that score, each once, with the strictest demand; function words only where the query has no others. */
  words() {
    /** @type {Map<string, Word>} */
    const found = new Map();
    /** @type {Set<string>} */
    const loud = new Set();
    for (const clause of this.query.clauses) {
      if (clause.demand === 'not' || (clause.field && clause.field !== 'title')) continue;
      for (const word of clause.words) {
        const title = clause.field === 'title';
        const demand = clause.phrase ? 'should' : clause.demand;
        if (clause.loud) loud.add(word);
        const known = found.get(word);
        if (!known) found.set(word, {word, demand, title, quoted: clause.phrase});
        else {
          known.quoted &&= clause.phrase;
          if (demand === 'must') known.demand = 'must';
          known.title ||= title;
        }
      }
    }
    const all = [...found.values()].slice(0, 250);
    const {functionWords} = this.generation;
    const telling = all.filter((term) => term.demand === 'must' || term.title || loud.has(term.word) || !functionWords.has(term.word));
    const plain = this.query.clauses.some((clause) => clause.phrase && clause.demand === 'must') || telling.length ? telling : all;
    this.ignored = all.filter((term) => !plain.includes(term)).map((term) => term.word);
    return plain;
  }

  /**
   * Begin to fetch lists of frequent words while the dictionary is on its way: those that `afford` will choose even if
   * every other word is as frequent as words of the dictionary can be.
   * @param {Word[]} words
   * @param {number} low
   * @param {number} high
   */
  fetchAhead(words, low, high) {
    const {generation} = this;
    const {least} = generation.manifest.head;
    const terms = words.map((word) => {
      const row = generation.headForms.get(word.word) ?? {key: '', text: ' ', coded: true, forms: []};
      return {...word, rows: [row], count: row.key ? generation.estimate(row) : 2 ** least};
    });
    for (const {rows: [row]} of afford(terms, generation).used) {
      if (row.key) generation.pieces(row, low, high).catch(() => undefined); // whoever needs it will be told
    }
  }

  /**
   * @param {Word} word
   * @returns {Promise<Term>}
   */
  async resolve(word) {
    const rows = await this.generation.rows(word.word);
    return {...word, rows, count: await this.count(rows)};
  }

  /** @param {Row[]} rows */
  async count(rows) {
    const counts = await Promise.all(rows.map((row) => this.generation.count(row)));
    return Math.min(this.generation.manifest.documents, counts.reduce((sum, count) => sum + count, 0));
  }

  /**
   * Give unknown words a meaning: the words that the last one begins, or the likeliest correction.
   * @param {Term[]} terms
   */
  async complete(terms) {
    await Promise.all(terms.map(async (term, i) => {
      const last = i === terms.length - 1;
      if (last && (this.prefix || !term.rows.length) && [...term.word].length >= (this.prefix ? 2 : 3)) {
        const shard = await this.generation.shard(this.generation.shardOf(term.word));
        const begun = [...shard.begun(term.word).values()].flat();
        for (const [form, row] of this.generation.headForms) {
          if (form.startsWith(term.word)) begun.push(row);
        }
        const ranked = [...new Map([...term.rows, ...begun].map((row) => [row.key, row])).values()];
        const counts = new Map(ranked.map((row) => [row, this.generation.estimate(row)]));
        ranked.sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
        term.rows = ranked.slice(0, EXPANSIONS);
        term.count = await this.count(term.rows);
      }
      if (term.rows.length) return;
      const [best] = await this.generation.neighbours(term.word);
      if (!best) return;
      this.corrections.set(term.word, best.word);
      term.rows = await this.generation.rows(best.word);
      term.count = await this.count(term.rows);
    }));
  }

  /**
   * When no document has all words, a rare one may be a slip for a usual one that another document has.
   * @param {Term[]} terms
   * @returns {Promise<Term[] | null>}
   */
  async reconsider(terms) {
    const rare = 3 + this.generation.manifest.documents / 5000;
    let changed = false;
    const closer = await Promise.all(terms.map(async (term) => {
      if (term.demand !== 'should' || term.count > rare || term.word.length < 4) return term;
      const others = (await this.generation.neighbours(term.word)).filter((n) => n.distance === 1 && 2 ** n.weight >= 4 * term.count);
      const best = others[0];
      if (!best) return term;
      changed = true;
      this.corrections.set(term.word, best.word);
      const rows = [...term.rows, ...(await this.generation.rows(best.word))];
      return {...term, rows, count: await this.count(rows)};
    }));
    return changed ? closer : null;
  }

  /**
   * What other clauses than scored words demand.
   * @returns {Promise<Gates>}
   */
  async gates() {
    /** @type {Gates['phrases']} */
    const phrases = [];
    /** @type {Int32Array[]} */
    const must = [];
    /** @type {Int32Array[]} */
    const not = [];
    const {generation} = this;
    await Promise.all(this.query.clauses.map(async (clause) => {
      const target = clause.demand === 'not' ? not : must;
      if (clause.phrase) {
        const starts = await generation.phrase(clause.words);
        if (clause.demand === 'not') not.push(Int32Array.from(starts.keys()));
        else phrases.push({words: clause.words, starts});
      } else if (clause.field === 'title' || !clause.field) {
        if (clause.demand !== 'not') return; // scored words are looked up there
        const lists = await Promise.all(clause.words.map(async (word) => {
          const rows = await generation.rows(word);
          const list = unite(await Promise.all(rows.map((row) => generation.postings(row, 0, generation.size))));
          return clause.field ? this.titled(list) : list.documents;
        }));
        not.push(...(clause.words.length > 1 ? [intersect(lists)] : lists));
      } else if (clause.field.endsWith('=')) {
        target.push((await generation.keyed(clause.field + clause.words[0])).documents);
      } else {
        const [{documents}, ...lists] = await Promise.all([
          generation.keyed(`${clause.field}=${clause.words.join('-')}`),
          ...clause.words.map((word) => generation.keyed(`${clause.field}:${word}`)),
        ]);
        const byWord = intersect(lists.map((list) => list.documents));
        target.push(clause.words.length > 1 && documents.length ? documents : unite([{documents, codes: null}, {documents: byWord, codes: null}]).documents);
      }
    }));
    return {must, not, phrases};
  }

  /** @param {Postings} list */
  titled(list) {
    const {titleCode} = this.generation.manifest;
    return list.documents.filter((_, i) => /** @type {Uint8Array} */ (list.codes)[i] >= titleCode);
  }

  /**
   * @param {Term[]} terms
   * @param {Gates} gates
   * @param {number} low
   * @param {number} high
   * @returns {Promise<Evaluation>}
   */
  async score(terms, gates, low, high) {
    const {generation} = this;
    const {documents, levels} = generation.manifest;
    const {used, ignored} = afford(terms, generation);
    const lists = await Promise.all(
      used.map(async (term) => unite(await Promise.all(term.rows.map((row) => generation.postings(row, low, high))))),
    );
    const weights = used.map((term) => inverseFrequency(term.count, documents));
    const rarer = used.filter((term) => 2 * term.count <= documents);
    const counted = new Set(rarer.length ? rarer : used);
    const must = [...gates.must];
    used.forEach((term, i) => {
      const list = lists[i];
      if (term.title) must.push(this.titled(list));
      else if (term.demand === 'must') must.push(list.documents);
    });
    const sums = new Float64Array(generation.size);
    const matched = new Float64Array(generation.size);
    const cover = new Uint8Array(generation.size);
    used.forEach((term, i) => {
      const gains = levels.map((level) => weights[i] * level);
      addUp(lists[i], gains, weights[i], counted.has(term) ? 1 : 0, sums, matched, cover);
    });
    for (const {words, starts} of gates.phrases) {
      // A hash may mistake a pair for another one, but then the document hardly holds the words.
      const held = used.map((term, i) => ({term, i})).filter(({term}) => words.includes(term.word));
      const sets = held.map(({i}) => new Set(lists[i].documents));
      must.push(Int32Array.from(starts.keys()).filter((number) => sets.every((set) => set.has(number))));
      const weight = inverseFrequency(starts.size, documents);
      weights.push(weight);
      for (const [number, places] of starts) {
        sums[number] += weight * PHRASE_LEVELS[Math.min(bitCount(places), 5)];
        matched[number] += weight;
      }
    }
    const whole = weights.reduce((sum, weight) => sum + weight, 0) || 1;
    const gate = new Uint8Array(generation.size);
    for (const list of gates.not) for (const number of list) gate[number] = 255;
    must.forEach((list, i) => {
      for (const number of list) if (gate[number] === i) gate[number] = i + 1;
    });
    // Filters alone do not make a hit: where there are plain words, a document has one of them.
    const plain = terms.length > 0 && !gates.phrases.length && !used.some((term) => term.title || term.demand === 'must');
    const all = !terms.length && !must.length ? await generation.everything(low, high) : null;
    const end = all ? all.length : high;
    const found = new Int32Array(all ? all.length : high - low);
    let count = 0;
    let tier = 0;
    for (let at = all ? 0 : low; at < end; at++) {
      const number = all ? all[at] : at;
      if (gate[number] !== must.length || (plain && !matched[number])) continue;
      found[count++] = number;
      if (cover[number] > tier) tier = cover[number];
    }
    const numbers = found.subarray(0, count);
    const scores = new Float64Array(count);
    const covers = new Uint8Array(count);
    let total = 0;
    for (let i = 0; i < count; i++) {
      const number = numbers[i];
      scores[i] = Math.floor((sums[number] * (BASE_SHARE * whole + COVER_SHARE * matched[number])) / whole);
      covers[i] = cover[number];
      if (covers[i] === tier) total++;
    }
    return {numbers, scores, covers, tier, counted: counted.size, total, scored: weights.length > 0, terms: used, ignored, corrections: new Map()};
  }
}

/**
 * Add a list to the documents' sums.
 * @param {Postings} list
 * @param {number[]} gains by code
 * @param {number} weight
 * @param {number} step words covered
 * @param {Float64Array} sums
 * @param {Float64Array} matched
 * @param {Uint8Array} cover
 */
function addUp({documents, codes}, gains, weight, step, sums, matched, cover) {
  for (let at = 0; at < documents.length; at++) {
    const number = documents[at];
    sums[number] += gains[/** @type {Uint8Array} */ (codes)[at]];
    matched[number] += weight;
    cover[number] += step;
  }
}

/**
 * Choose the words whose lists are fetched: all that are demanded, then rarer before more frequent ones.
 * @param {Term[]} terms
 * @param {Generation} generation
 */
function afford(terms, generation) {
  const ranked = [...terms].sort((a, b) => a.count - b.count || (a.word < b.word ? -1 : 1));
  // The most frequent words beyond the budget are ignored; files count for the strangers in them.
  const {budget, cost: file} = generation.manifest.lists;
  /** @type {string[]} */
  const ignored = [];
  let spent = file * terms.filter((term) => !generation.headForms.has(term.word)).length;
  const used = ranked.filter((term, i) => {
    const cost = term.rows.some((row) => row.coded && row.text[0] === ' ') ? term.count + file : 0;
    const free = (i === 0 && !term.quoted) || term.demand === 'must' || term.title;
    if (!free && spent + cost > (term.quoted ? Math.min(PHRASE_LIST_BUDGET, Math.floor(budget / 2)) : budget)) {
      ignored.push(term.word);
      return false;
    }
    spent += cost;
    return true;
  });
  return {used, ignored};
}

/** @param {number} bits */
function bitCount(bits) {
  let count = 0;
  for (let rest = bits; rest; rest &= rest - 1) count++;
  return count;
}

/**
 * Numbers on all of some ascending lists.
 * @param {Int32Array[]} lists
 */
function intersect(lists) {
  const [first = new Int32Array(0), ...others] = [...lists].sort((a, b) => a.length - b.length);
  const sets = others.map((list) => new Set(list));
  return first.filter((number) => sets.every((set) => set.has(number)));
}

/**
 * Indexes of the `count` greatest scores, greatest first; of equal ones the last is the first.
 * @param {Float64Array} scores
 * @param {number} count
 */
function best(scores, count) {
  const compare = (/** @type {number} */ a, /** @type {number} */ b) => scores[b] - scores[a] || b - a;
  /** @type {number[]} */
  let kept = [];
  let bar = -1; // no more than this is not among them
  for (let i = scores.length - 1; i >= 0; i--) {
    if (scores[i] <= bar) continue;
    kept.push(i);
    if (kept.length < 4 * count + 64) continue;
    kept = kept.sort(compare).slice(0, count);
    bar = scores[kept[count - 1]];
  }
  return kept.sort(compare).slice(0, count);
}

// ---------------------------------------------------------------- the contract

/**
 * Throw what the reader can be told instead of an error.
 * @param {unknown} error
 * @returns {never}
 */
function tell(error) {
  if (error instanceof SearchError) throw error;
  const {message} = /** @type {Error} */ (error);
  if (error instanceof Stale) throw new SearchError('missing', `a part of the search index is ${message}`);
  throw new SearchError('format', `the search index is damaged: ${message}`);
}

/**
 * A loader of JSON files over HTTP.
 * @param {string} baseUrl
 * @param {Fetch} fetch
 * @param {() => string} extension
 * @returns {Load}
 */
function overHttp(baseUrl, fetch, extension) {
  return async (name, fresh) => {
    const url = baseUrl + name + (name === 'index' ? '.json' : extension());
    /** @type {string} */
    let text;
    try {
      const answer = await fetch(url, {cache: fresh ? 'reload' : name === 'index' ? 'no-cache' : 'default'});
      if (answer.status === 404 || answer.status === 410) throw new SearchError('missing', `not there: ${url}`);
      if (!answer.ok) throw new SearchError('network', `the server answered ${answer.status}: ${url}`);
      text = await answer.text();
    } catch (error) {
      if (error instanceof SearchError) throw error;
      throw new SearchError('network', `no answer: ${url}`);
    }
    try {
      return JSON.parse(text.startsWith('sitegenSearch(') ? text.slice(text.indexOf(',') + 1, text.lastIndexOf(')')) : text);
    } catch {
      throw new SearchError('format', `not JSON: ${url}`);
    }
  };
}

/**
 * Open the index in a folder.
 * @param {string} baseUrl folder that holds `index.json`, such as `/search/`
 * @param {{fetch?: Fetch, load?: Load}} [options] `load` replaces fetching altogether
 * @returns {Promise<Index>}
 */
export async function openIndex(baseUrl, options = {}) {
  let extension = '.json';
  const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const load = options.load ?? overHttp(baseUrl.endsWith('/') ? baseUrl : baseUrl + '/', fetch, () => extension);

  /**
   * @param {boolean} fresh past the cache
   * @param {boolean} all its parts, too
   */
  async function open(fresh, all) {
    const manifest = /** @type {Manifest & {extension: string}} */ (await load('index', fresh));
    if (manifest?.format !== FORMAT) throw new SearchError('format', 'the search index is of another version');
    extension = manifest.extension === '.js' ? '.js' : '.json';
    return new Generation(manifest, (name) => load(name, all));
  }

  let generation = await open(false, false).catch(reopen).catch(tell);
  /** @type {Map<string, Promise<Evaluation>>} */
  let recent = new Map();

  /**
   * The newest generation, after a failure that it may mend: files that are gone, or came damaged.
   * @param {unknown} error
   */
  function reopen(error) {
    if (error instanceof SearchError && error.code !== 'format') throw error;
    return open(true, !(error instanceof Stale));
  }

  /**
   * Run on the current generation; where one of its files is gone or damaged, once more on the newest.
   * @template T
   * @param {(generation: Generation) => Promise<T>} work
   * @returns {Promise<T>}
   */
  function current(work) {
    const tried = generation;
    return work(tried).catch(async (error) => {
      const newest = await reopen(error);
      if (generation === tried) {
        generation = newest;
        recent = new Map();
      }
      return work(generation);
    }).catch(tell);
  }

  /**
   * @param {Generation} over
   * @param {string} query
   * @param {Filters} filters
   * @param {boolean} prefix
   */
  function evaluate(over, query, filters, prefix) {
    const key = JSON.stringify([query, filters, prefix]);
    let found = recent.get(key);
    if (!found) {
      found = new Evaluator(over, parseQuery(elide(query, over.manifest.elision), filters), prefix).run();
      found.catch(() => recent.delete(key));
      recent.set(key, found);
      if (recent.size > 8) recent.delete(recent.keys().next().value ?? '');
    }
    return found;
  }

  /**
   * @param {string} query
   * @param {SearchOptions} [options]
   * @returns {Promise<SearchResult>}
   */
  function search(query, {limit = 10, offset = 0, sort = 'relevance', filters = {}, prefix = false} = {}) {
    return current(async (over) => {
      const found = await evaluate(over, query, filters, prefix);
      const scored = sort === 'relevance' && found.scored;
      /** @type {number[]} */
      let order;
      if (!scored) {
        order = [...found.covers.keys()].filter((i) => found.covers[i] === found.tier);
        if (sort !== 'oldest') order.reverse();
        order = await byDay(over, found.numbers, order, offset, limit, sort === 'oldest' ? 1 : -1);
      } else order = best(found.scores, offset + limit).slice(offset);
      const hits = await Promise.all(order.map((i) => over.card(found.numbers[i], found.scores[i])));
      return {
        total: found.total,
        any: found.numbers.length,
        hits,
        suggestion: suggest(query, found.corrections),
        matched: found.tier,
        words: found.terms.map((term) => term.word),
        ignored: found.ignored,
        marks: marksOf(found),
      };
    });
  }

  /**
   * Part of an order by month, put in order by day.
   * @param {Generation} over
   * @param {Int32Array} numbers
   * @param {number[]} order indexes into `numbers`
   * @param {number} offset
   * @param {number} limit
   * @param {number} direction 1 for the oldest first, -1 for the newest
   */
  async function byDay(over, numbers, order, offset, limit, direction) {
    const end = Math.min(offset + limit, order.length);
    if (offset >= end) return [];
    const segment = (/** @type {number} */ at) => over.segmentOf(numbers[order[at]]);
    const [first, last] = [segment(offset), segment(end - 1)];
    let [from, to] = [offset, end];
    while (from > 0 && segment(from - 1) === first) from--;
    while (to < order.length && segment(to) === last) to++;
    /** @type {Map<number, number>} */
    const days = new Map();
    const months = order.slice(from, to).map((i) => over.segmentOf(numbers[i]));
    // Of a month with one document the day does not matter.
    const shared = new Set(months.filter((month, i) => month === months[i + 1]));
    months.forEach((month, i) => days.set(numbers[order[from + i]], month * 32));
    await Promise.all([...shared].map(async (month) => {
      const members = await over.members(month);
      members.numbers.forEach((number, i) => days.set(number, month * 32 + members.days[i]));
    }));
    const day = (/** @type {number} */ i) => days.get(numbers[i]) ?? 0;
    const sorted = order.slice(from, to).sort((a, b) => direction * (day(a) - day(b) || a - b));
    return sorted.slice(offset - from, end - from);
  }

  /**
   * @param {string} query
   * @param {{filters?: Filters, kinds?: string[], limit?: number}} [options]
   * @returns {Promise<FacetResult>}
   */
  function facets(query, {filters = {}, kinds, limit = 10} = {}) {
    return current(async (over) => {
      const found = await evaluate(over, query, filters, false);
      const {manifest} = over;
      const inside = new Uint8Array(over.size);
      /** @type {Map<number, number>} */
      const segments = new Map();
      found.numbers.forEach((number, i) => {
        if (found.covers[i] !== found.tier) return;
        inside[number] = 1;
        const segment = over.segmentOf(number);
        segments.set(segment, (segments.get(segment) ?? 0) + 1);
      });
      const chosen = [...manifest.facets.kinds.entries()].filter(([, kind]) => !kinds || kinds.includes(kind));
      const values = await Promise.all(chosen.map(async ([number, kind]) => {
        const data = await over.part('f', number, manifest.facets.files,
          (/** @type {{slugs: string[], names: string[], lists: string[]}} */ raw) => ({
            ...raw, documents: raw.lists.map((list) => readList(list, false).documents),
          }));
        demand([...data.names, ...data.slugs].every(isText));
        return /** @type {const} */ ([kind, data.names
          .map((label, i) => ({
            value: data.slugs[i] || label,
            label,
            count: data.documents[i].reduce((sum, n) => sum + inside[n], 0),
          }))
          .filter((value) => value.count)
          .sort((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1))
          .slice(0, limit)]);
      }));
      const months = [...segments].sort((a, b) => a[0] - b[0])
        .map(([segment, count]) => ({value: over.labels[segment] ?? '', label: over.labels[segment] ?? '', count}));
      /** @type {Map<string, number>} */
      const years = new Map();
      for (const month of months) years.set(month.value.slice(0, 4), (years.get(month.value.slice(0, 4)) ?? 0) + month.count);
      return {
        total: found.total,
        facets: Object.fromEntries(values),
        years: [...years].map(([value, count]) => ({value, label: value, count})),
        months,
      };
    });
  }

  /**
   * What the last word of an input may become: words and names, most frequent first.
   * @param {string} input
   * @param {{limit?: number}} [options]
   * @returns {Promise<Completion[]>}
   */
  function complete(input, {limit = 8} = {}) {
    return current(async (over) => {
      const words = foldWords(input);
      const last = words[words.length - 1] ?? '';
      if (!last || !/[^\s"]$/.test(input)) return [];
      /** @type {Map<string, number>} */
      const counts = new Map();
      for (const [form, row] of over.headForms) {
        if (form.startsWith(last)) counts.set(form, over.estimate(row));
      }
      let rows = over.manifest.entities;
      const first = over.shardOf(last);
      const end = over.shardOf(last + '￿');
      if (end - first < 3) {
        const shards = await Promise.all(Array.from({length: end - first + 1}, (_, i) => over.shard(first + i)));
        for (const shard of shards) {
          rows = [...rows, ...shard.names];
          for (const [form, entries] of shard.begun(last)) {
            counts.set(form, entries.reduce((sum, row) => sum + over.estimate(row), 0));
          }
        }
      }
      /** @type {Map<string, Completion>} */
      const names = new Map();
      for (const [kind, slug, name, size] of rows) {
        demand([kind, slug, name].every(isText) && isCount(size));
        const parts = foldWords(name);
        const at = parts.findIndex((part) => part.startsWith(last));
        const before = words.slice(0, -1);
        if (at < 0 || !before.slice(-at || before.length).every((word) => parts.includes(word) || at === 0)) continue;
        names.set(`${kind}=${slug}`, {text: name, kind, slug, count: 2 ** size});
      }
      const head = input.slice(0, input.length - (segment(input).pop()?.text.length ?? 0));
      const byCount = (/** @type {Completion} */ a, /** @type {Completion} */ b) => b.count - a.count || (a.text < b.text ? -1 : 1);
      const found = [...counts].map(([form, count]) => ({text: head + form, kind: 'word', slug: '', count})).sort(byCount);
      const half = Math.ceil(limit / 2);
      const entities = [...names.values()].sort(byCount).slice(0, Math.max(half, limit - found.length));
      return [...found.slice(0, limit - entities.length), ...entities];
    });
  }

  return {search, facets, complete, documents: () => generation.manifest.documents};
}

/**
 * Take leaning articles off the words of a query, for archives in languages that have them.
 * @param {string} query
 * @param {boolean} wanted
 */
function elide(query, wanted) {
  return wanted ? query.replace(/[^\s"+:-]+/gu, (piece) => piece.replace(ELISION, '')) : query;
}

/**
 * Folded words to mark in titles and snippets: the surface forms of all terms that were searched for.
 * @param {Evaluation} found
 */
function marksOf(found) {
  /** @type {Set<string>} */
  const marks = new Set(found.corrections.values());
  for (const {word, rows} of found.terms) {
    marks.add(word);
    for (const row of rows) for (const form of row.forms) marks.add(form);
  }
  return [...marks];
}

/**
 * The query with its corrections, or null where it has none.
 * @param {string} query
 * @param {Map<string, string>} corrections
 */
function suggest(query, corrections) {
  if (!corrections.size) return null;
  let corrected = '';
  let at = 0;
  for (const piece of segment(query)) {
    const better = corrections.get(fold(piece.text));
    if (better === undefined) continue;
    corrected += query.slice(at, piece.start) + better;
    at = piece.start + piece.text.length;
  }
  return at ? corrected + query.slice(at) : null;
}
