// Made of search.js and search-page.js, for reading from a folder. Change those.
const {markRanges, openIndex, SearchError} = (() => {


class SearchError extends Error {
  constructor(code, message) {
    super(message);
    this.name = 'SearchError';
    this.code = code;
  }
}

// ---------------------------------------------------------------- words, as sitegen/search/analysis.py cuts them

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
const REPLACED = {
  'ß': 'ss', 'æ': 'ae', 'œ': 'oe', 'þ': 'th', 'ø': 'o', 'đ': 'd', 'ð': 'd', 'ł': 'l', 'ħ': 'h', 'ı': 'i', 'ς': 'σ',
  'ך': 'כ', 'ם': 'מ', 'ן': 'נ', 'ף': 'פ', 'ץ': 'צ', 'ٱ': 'ا', 'ى': 'ي', 'ی': 'ي', 'ک': 'ك', 'ة': 'ه',
};
const REPLACEABLE = new RegExp(`[${Object.keys(REPLACED).join('')}\\u0660-\\u0669\\u06f0-\\u06f9]`, 'gu');

function shorten(text) {
  return text.length > MAX_WORD ? [...text].slice(0, MAX_WORD).join('') : text;
}

function fold(word) {
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

function segment(text) {
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

function splitPairs(word) {
  if (!PAIRED_START.test(word)) return [fold(word)];
  const run = [...word.normalize('NFKD').toLowerCase().normalize('NFC')];
  if (run.length < 2) return [run.join('')];
  return run.slice(1).map((letter, at) => run[at] + letter);
}

function foldWords(text) {
  return segment(text).flatMap((piece) => splitPairs(piece.text));
}

function markRanges(text, marks) {
  const wanted = new Set(marks);
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

function unpack(text) {
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

function runningSums(text) {
  const values = unpack(text);
  for (let i = 1; i < values.length; i++) values[i] += values[i - 1];
  return values;
}


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

const NOTHING = {documents: new Int32Array(0), codes: null};

function unite(lists) {
  return lists.length ? lists.reduce(merge) : NOTHING;
}

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


function parseDate(text) {
  const found = DATE.exec(text);
  return found ? [Number(found[1]), Number(found[2] ?? 0), Number(found[3] ?? 0)] : null;
}

function compareDates(a, b) {
  for (let i = 0; i < 3; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}

function following([year = 0, month = 0, day = 0]) {
  if (day) return [year, month, day + 1];
  if (month) return month < 12 ? [year, month + 1, 0] : [year + 1, 0, 0];
  return [year + 1, 0, 0];
}

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

function parseQuery(text, filters = {}) {
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

function crc32(text) {
  let value = 0xffffffff;
  for (const byte of UTF8.encode(text)) value = CRC[(value ^ byte) & 255] ^ (value >>> 8);
  return ~value >>> 0;
}

function mix(left, right) {
  let value = Math.imul(left, 0x9e3779b1) ^ (left >>> 15);
  value = (value + right) | 0;
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function fingerprint(left, right) {
  return mix(left, right) * 64 + (mix(right, left) >>> 26);
}

// ---------------------------------------------------------------- the index's files


const FORMAT = 3;
const MOST_NUMBERS = 2 ** 24;
const LEAST_BLOCK = 8;
const NAME_LETTERS = 5;
const ALIAS_CODE = 4;

class Stale extends Error {}

function readEntry(entry) {
  const [term = '', ...rest] = entry.split(/(?=[+=])/);
  return [term, rest.length ? rest.map((form) => (form[0] === '+' ? term + form.slice(1) : form.slice(1))) : [term]];
}

function demand(sound) {
  if (!sound) throw new SearchError('format', 'the search index is damaged');
}

function isCount(value) {
  return Number.isInteger(value) && Number(value) >= 0;
}

function isText(value) {
  return typeof value === 'string';
}

class Shard {
  constructor(file) {
    this.file = file;
    this.names = file.names ?? [];
  }

  row(at) {
    const [key, forms] = readEntry(this.file.words[at]);
    return {key, text: this.file.lists[at], coded: true, forms};
  }

  rows(form) {
    const found = [];
    this.file.words.forEach((entry, at) => {
      const end = entry.search(/[+=]|$/);
      if (!form.startsWith(entry.slice(0, end)) && !entry.includes(`=${form}`, end)) return;
      const row = this.row(at);
      if (row.forms.includes(form)) found.push(row);
    });
    return found;
  }

  begun(letters) {
    const found = new Map();
    for (let at = 0; at < this.file.words.length; at++) {
      const row = this.row(at);
      for (const form of row.forms) if (form.startsWith(letters)) found.set(form, [...(found.get(form) ?? []), row]);
    }
    return found;
  }

  field(key) {
    const at = this.file.keys?.indexOf(key) ?? -1;
    return at < 0 ? null : {key, text: this.file.keyLists?.[at] ?? '', coded: false, forms: []};
  }
}

class Generation {
  constructor(manifest, load) {
    this.manifest = manifest;
    this.load = load;
    this.parts = new Map();
    this.aliases = new Set(manifest.aliases.split(' '));
    this.functionWords = new Set(manifest.functionWords.split(' '));
    this.starts = manifest.words.starts.split(' ');
    this.headForms = new Map();
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
    this.bases = new Float64Array(counts.length + 1);
    counts.forEach((count, i) => {
      let room = least;
      while (room * 3 < count * 4) room *= 2;
      this.bases[i + 1] = this.bases[i] + room;
    });
    this.size = this.bases[counts.length];
    demand(this.size <= MOST_NUMBERS);
    this.dates = this.labels.map((label) => label.split('-').map(Number)).map(([year = 0, month = 0]) => [year, month, 0]);
  }

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

  part(area, number, names, read) {
    return this.named(`${area}/${number}-${names.slice(number * NAME_LETTERS, (number + 1) * NAME_LETTERS)}`, read);
  }

  grouped(area, number, group, names, read) {
    const at = (number >>> group) * NAME_LETTERS;
    return this.named(`${area}/${number}-${names.slice(at, at + NAME_LETTERS)}`, read);
  }

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

  shard(number) {
    const digest = this.manifest.words.files.slice(number * NAME_LETTERS, (number + 1) * NAME_LETTERS);
    const stem = crc32(this.starts[number] ?? '').toString(16).padStart(8, '0');
    return this.named(`w/${stem}-${digest}`, (/** @type {ShardFile} */ file) => new Shard(file));
  }

  async cells(number) {
    const {files, names = '', each = 1} = this.manifest.phrases;
    const read = (/** @type {string[]} */ data) => data;
    if (files !== undefined) return this.part('p', number, files, read);
    const digests = await this.part('names-p', Math.floor(number / each), names, (data) => data.files);
    const digest = digests.slice((number % each) * NAME_LETTERS, (number % each + 1) * NAME_LETTERS);
    return this.named(`p/${number}-${digest}`, read);
  }

  async rows(word) {
    const found = [];
    if (this.aliases.has(word)) {
      const row = await this.fieldRow(`alias:${word}`);
      if (row) found.push({...row, alias: true});
    }
    const head = this.headForms.get(word);
    if (head) return [...found, head];
    return [...found, ...(await this.shard(this.shardOf(word))).rows(word)];
  }

  async fieldRow(key) {
    return (await this.shard(this.shardOf(key))).field(key);
  }

  estimate(row) {
    if (row.text[0] !== ' ') return unpack(row.text).length;
    return this.headCounts.get(row.key) ?? 1.5 * 2 ** (row.text.charCodeAt(1) - 97);
  }

  async count(row) {
    if (row.text[0] !== ' ') return unpack(row.text).length;
    if (row.coded) return this.estimate(row);
    return (await this.postings(row, 0, this.size)).documents.length;
  }

  async postings(row, low, high) {
    const found = await this.list(row, low, high);
    return row.alias ? {...found, codes: new Uint8Array(found.documents.length).fill(ALIAS_CODE)} : found;
  }

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

  pieces({key, text}, low, high) {
    const {lists: count, blocks, group, whole, block, files} = this.manifest.lists;
    const blocked = text.charCodeAt(1) - 97 >= whole;
    const piece = async (/** @type {string} */ name, /** @type {number} */ base) => {
      const apart = blocked && blocks > 0;
      const file = (apart ? count : 0) + Math.floor((crc32(name) * (apart ? blocks : count)) / 2 ** 32);
      const lists = await this.grouped('l', file, group, files, (data) => data);
      return {text: Object.hasOwn(lists, name) ? lists[name] : '', base};
    };
    if (!blocked) return Promise.all([piece(key, 0)]);
    const wanted = [];
    const span = 2 ** block;
    for (let number = Math.floor(low / span); number * span < high; number++) wanted.push(piece(`${key} ${number}`, number * span));
    return Promise.all(wanted);
  }

  async keyed(key) {
    const row = await this.fieldRow(key);
    return row ? this.postings(row, 0, this.size) : NOTHING;
  }

  async members(segment) {
    const {each, files} = this.manifest.days;
    const data = await this.part('d', Math.floor(segment / each), files, (raw) => raw);
    const at = segment % each;
    const numbers = Array.from(runningSums(data.slots[at]), (slot) => this.bases[segment] + slot);
    return {numbers, days: Array.from(unpack(data.days[at]))};
  }

  segments({from, until}) {
    const first = from || until ? this.segmentFrom(from ?? [1, 0, 0]) : 0; // the undated are neither before nor after
    const end = until ? this.segmentFrom(until) : this.labels.length;
    const divided = until !== null && this.inside(until, end);
    return {first, end: Math.max(first, divided ? end + 1 : end), divided};
  }

  interval(query) {
    const {first, end} = this.segments(query);
    return {low: this.bases[first], high: this.bases[end]};
  }

  async outside(query) {
    const {from, until} = query;
    const {first, end, divided} = this.segments(query);
    const out = [];
    const leave = async (/** @type {number} */ segment, /** @type {(day: number) => boolean} */ test) => {
      const {numbers, days} = await this.members(segment);
      out.push(...numbers.filter((_, i) => test(days[i])));
    };
    if (from && this.inside(from, first)) await leave(first, (day) => day < from[2]);
    if (until && divided) await leave(end - 1, (day) => day >= until[2]);
    return Int32Array.from(out);
  }

  segmentFrom([year = 0, month = 0]) {
    const segment = this.dates.findIndex((start) => compareDates(start, [year, month, 0]) >= 0);
    return segment < 0 ? this.labels.length : segment;
  }

  inside([year = 0, month = 0, day = 0], segment) {
    return day > 1 && segment < this.labels.length && !compareDates(this.dates[segment] ?? [], [year, month, 0]);
  }

  async everything(low, high) {
    const wanted = [];
    for (let segment = 0; segment < this.labels.length; segment++) {
      if (this.bases[segment + 1] > low && this.bases[segment] < high) wanted.push(this.members(segment));
    }
    return (await Promise.all(wanted)).flatMap(({numbers}) => numbers);
  }

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

  async card(number, score) {
    const {bits, group, files} = this.manifest.cards;
    const place = Math.floor(number / 2 ** bits);
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

  async phrase(words) {
    const bits = unpack(this.manifest.phrases.frequent);
    const usual = new Set();
    for (let i = 0; i < bits.length; i += 2) usual.add(bits[i] * 2 ** 19 + bits[i + 1]);
    const hashes = words.map(crc32);
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
    let starts = null;
    grams.forEach((gram, i) => {
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

  async gram(key, bare) {
    const {bits, cells: cellBits, rest: restBits} = this.manifest.phrases;
    const cells = await this.cells(Math.floor(key / 2 ** (38 - bits)));
    const wanted = Math.floor(key / 2 ** (38 - bits - cellBits - restBits)) % 2 ** restBits;
    const cell = cells[Math.floor(key / 2 ** (38 - bits - cellBits)) % 2 ** cellBits];
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

  async neighbours(word) {
    if (word.length < 3) return [];
    const {near} = this.manifest;
    const keys = new Set();
    for (const length of [word.length - 1, word.length, word.length + 1]) {
      const letters = length >= 7 ? 3 : 2;
      keys.add('^' + word.slice(0, letters)).add(word.slice(-letters) + '$');
    }
    const found = new Map();
    const most = word.length >= 8 ? 2 : 1;
    await Promise.all([...keys].map(async (key) => {
      const file = near.bits ? crc32(key) >>> (32 - near.bits) : 0;
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

function fullUrl(short, title, date) {
  const colon = short.indexOf(':');
  if (colon === 0) return short.slice(1);
  const folder = date.length >= 7 ? `${date.slice(0, 4)}/${date.slice(5, 7)}/` : 'undated/';
  const same = Number(colon < 0 ? short : short.slice(0, colon));
  return folder + [...foldWords(title).join('-')].slice(0, same).join('') + (colon < 0 ? '/' : short.slice(colon + 1));
}

function editDistance(a, b, limit) {
  let before = [];
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

const PHRASE_LIST_BUDGET = 12_000;
const PHRASE_LEVELS = [0, 1000, 1375, 1571, 1692, 1774];
const EXPANSIONS = 12;
const IDF_SCALE = 256;
const BASE_SHARE = 2;
const COVER_SHARE = 1;


function inverseFrequency(count, documents) {
  return Math.round(IDF_SCALE * Math.log(1 + (documents - count + 0.5) / (count + 0.5)));
}

class Evaluator {
  constructor(generation, query, prefix) {
    this.generation = generation;
    this.query = query;
    this.prefix = prefix;
    this.corrections = new Map();
    this.ignored = [];
  }

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

  words() {
    const found = new Map();
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

  async resolve(word) {
    const rows = await this.generation.rows(word.word);
    return {...word, rows, count: await this.count(rows)};
  }

  async count(rows) {
    const counts = await Promise.all(rows.map((row) => this.generation.count(row)));
    return Math.min(this.generation.manifest.documents, counts.reduce((sum, count) => sum + count, 0));
  }

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

  async gates() {
    const phrases = [];
    const must = [];
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

  titled(list) {
    const {titleCode} = this.generation.manifest;
    return list.documents.filter((_, i) => /** @type {Uint8Array} */ (list.codes)[i] >= titleCode);
  }

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

function addUp({documents, codes}, gains, weight, step, sums, matched, cover) {
  for (let at = 0; at < documents.length; at++) {
    const number = documents[at];
    sums[number] += gains[/** @type {Uint8Array} */ (codes)[at]];
    matched[number] += weight;
    cover[number] += step;
  }
}

function afford(terms, generation) {
  const ranked = [...terms].sort((a, b) => a.count - b.count || (a.word < b.word ? -1 : 1));
  // The most frequent words beyond the budget are ignored; files count for the strangers in them.
  const {budget, cost: file} = generation.manifest.lists;
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

function bitCount(bits) {
  let count = 0;
  for (let rest = bits; rest; rest &= rest - 1) count++;
  return count;
}

function intersect(lists) {
  const [first = new Int32Array(0), ...others] = [...lists].sort((a, b) => a.length - b.length);
  const sets = others.map((list) => new Set(list));
  return first.filter((number) => sets.every((set) => set.has(number)));
}

function best(scores, count) {
  const compare = (/** @type {number} */ a, /** @type {number} */ b) => scores[b] - scores[a] || b - a;
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

function tell(error) {
  if (error instanceof SearchError) throw error;
  const {message} = /** @type {Error} */ (error);
  if (error instanceof Stale) throw new SearchError('missing', `a part of the search index is ${message}`);
  throw new SearchError('format', `the search index is damaged: ${message}`);
}

function overHttp(baseUrl, fetch, extension) {
  return async (name, fresh) => {
    const url = baseUrl + name + (name === 'index' ? '.json' : extension());
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

async function openIndex(baseUrl, options = {}) {
  let extension = '.json';
  const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const load = options.load ?? overHttp(baseUrl.endsWith('/') ? baseUrl : baseUrl + '/', fetch, () => extension);

  async function open(fresh, all) {
    const manifest = /** @type {Manifest & {extension: string}} */ (await load('index', fresh));
    if (manifest?.format !== FORMAT) throw new SearchError('format', 'the search index is of another version');
    extension = manifest.extension === '.js' ? '.js' : '.json';
    return new Generation(manifest, (name) => load(name, all));
  }

  let generation = await open(false, false).catch(reopen).catch(tell);
  let recent = new Map();

  function reopen(error) {
    if (error instanceof SearchError && error.code !== 'format') throw error;
    return open(true, !(error instanceof Stale));
  }

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

  function search(query, {limit = 10, offset = 0, sort = 'relevance', filters = {}, prefix = false} = {}) {
    return current(async (over) => {
      const found = await evaluate(over, query, filters, prefix);
      const scored = sort === 'relevance' && found.scored;
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

  async function byDay(over, numbers, order, offset, limit, direction) {
    const end = Math.min(offset + limit, order.length);
    if (offset >= end) return [];
    const segment = (/** @type {number} */ at) => over.segmentOf(numbers[order[at]]);
    const [first, last] = [segment(offset), segment(end - 1)];
    let [from, to] = [offset, end];
    while (from > 0 && segment(from - 1) === first) from--;
    while (to < order.length && segment(to) === last) to++;
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

  function facets(query, {filters = {}, kinds, limit = 10} = {}) {
    return current(async (over) => {
      const found = await evaluate(over, query, filters, false);
      const {manifest} = over;
      const inside = new Uint8Array(over.size);
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

  function complete(input, {limit = 8} = {}) {
    return current(async (over) => {
      const words = foldWords(input);
      const last = words[words.length - 1] ?? '';
      if (!last || !/[^\s"]$/.test(input)) return [];
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

function elide(query, wanted) {
  return wanted ? query.replace(/[^\s"+:-]+/gu, (piece) => piece.replace(ELISION, '')) : query;
}

function marksOf(found) {
  const marks = new Set(found.corrections.values());
  for (const {word, rows} of found.terms) {
    marks.add(word);
    for (const row of rows) for (const form of row.forms) marks.add(form);
  }
  return [...marks];
}

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
return {markRanges, openIndex, SearchError};
})();
(() => {


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

const language = readLanguage();
const plurals = new Intl.PluralRules(language);

const strings = {...ENGLISH, ...readStrings()};

function readLanguage() {
  const tag = document.documentElement.lang;
  try {
    return new Intl.Locale(/^(?:en)?$/.test(tag) ? 'en-GB' : tag, {calendar: 'gregory', numberingSystem: 'latn'}).toString();
  } catch {
    return 'en-GB'; // no tag of a language
  }
}

function readStrings() {
  const element = document.getElementById('search-strings');
  if (!element) return {};
  try {
    return JSON.parse(element.textContent ?? '');
  } catch {
    return {}; // a theme's mistake must not break searching
  }
}

function say(key, values = {}) {
  const found = strings[key] ?? key;
  const text = typeof found === 'string' ? found : (found[plurals.select(Number(values['n']))] ?? found['other'] ?? key);
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return typeof value === 'number' ? grouped(value) : (value ?? whole);
  });
}

function grouped(value) {
  return value.toLocaleString(language);
}

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function need(id) {
  return document.getElementById(id) ?? make('div');
}

// ---------------------------------------------------------------- the client, in a worker where there is one

const root = document.documentElement.dataset['root'] ?? '';
const base = new URL(`${root}search/`, location.href).href;

function overScripts() {
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

function inWorker() {
  return new Promise((resolve, reject) => {
    let worker;
    try {
      worker = new Worker(new URL(`${root}assets/search-worker.js`, location.href), {type: 'module'});
    } catch {
      resolve(null);
      return;
    }
    document.addEventListener('sitegen:index', () => worker.terminate(), {once: true});
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

let connection = null;

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

function readState() {
  const parameters = new URLSearchParams(location.search);
  const sort = parameters.get('sort');
  const filters = {};
  for (const field of FILTERS) {
    const values = parameters.getAll(field).filter(Boolean);
    if (values.length) filters[field] = values;
  }
  return {q: parameters.get('q') ?? '', sort: sort === 'newest' || sort === 'oldest' ? sort : 'relevance', filters};
}

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
let turn = 0;
let current = null;
const labels = new Map();

function wanted() {
  return state.q.trim() !== '' || Object.keys(state.filters).length > 0;
}

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

function clear(next, ...shown) {
  current = null;
  app.dataset['state'] = next;
  replace(results, ...shown);
  for (const part of [status, facets, chart]) replace(part);
  tools.hidden = moreButton.hidden = empty.hidden = true;
}

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

function showStatus(result) {
  const words = result.words.length;
  const kind = words < 2 ? 'articles' : result.matched === words ? 'all' : 'some';
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

function showFailure(error) {
  const again = retryButton();
  clear('failed', make('p', {class: 'retry'}, again));
  status.textContent = explain(error);
  return again;
}

function showFacetFailure(error) {
  replace(facets);
  chart.hidden = false;
  replace(chart, make('p', {class: 'retry'}, explain(error), ' ', retryButton()));
}

function explain(error) {
  const code = error instanceof SearchError ? error.code : 'failed';
  return say(code in strings ? code : 'failed');
}

function retryButton() {
  const again = make('button', {type: 'button'}, say('retry'));
  again.addEventListener('click', () => void show());
  return again;
}

function marked(text, marks) {
  const parts = [];
  let at = 0;
  for (const [start, end] of markRanges(text, marks)) {
    parts.push(text.slice(at, start), make('mark', {}, text.slice(start, end)));
    at = end;
  }
  return [...parts, text.slice(at)];
}

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

function readableDate(date) {
  const [year = 0, month, day] = date.replace(/[?~%]$/, '').split('-').map(Number);
  if (!month) return date;
  const when = new Date(Date.UTC(2000, month - 1, day ?? 1));
  when.setUTCFullYear(year);
  const format = {year: 'numeric', month: 'long', timeZone: 'UTC', ...(day ? {day: 'numeric'} : {})};
  return when.toLocaleDateString(language, format) + (/[?~%]$/.exec(date)?.[0] ?? '');
}

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

let whole = null;

function wholeArchive(index) {
  whole ??= index.facets('', {kinds: []});
  whole.catch(() => {
    whole = null;
  });
  return whole;
}

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
  const sections = [];
  for (const kind of FACETS) {
    const values = kind === 'year' ? [...found.years].filter((v) => v.value).sort((a, b) => b.count - a.count) : (found.facets[kind] ?? []);
    const free = values.filter((value) => !state.filters[kind]?.includes(value.value)).slice(0, FACET_MOST);
    if (free.length) sections.push(facet(kind, free));
  }
  replace(facets, ...sections);
  await showHistogram((anyTime ?? found).months, mine);
}

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

function lastBefore(date) {
  return step(date, -1);
}

function step(date, by) {
  const found = /^(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?$/.exec(date.trim());
  if (!found) return date;
  const [year = 0, month = 0, day = 0] = found.slice(1).map((part) => Number(part ?? 0));
  const when = new Date(0);
  when.setUTCFullYear(year + (month ? 0 : by), (month || 1) - 1 + (month && !day ? by : 0), (day || 1) + (day ? by : 0));
  return when.toISOString().slice(0, day ? 10 : month ? 7 : 4);
}

function timeBars(all, found) {
  const years = all.map((month) => month.value.slice(0, 4)).filter(Boolean);
  if (!years.length) return [];
  const [low, high] = [Number(years[0]), Number(years[years.length - 1])];
  const monthly = high - low < 3;
  const size = monthly ? 7 : 4;
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

function draw(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

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

function limitDates(from, until) {
  const filters = {...state.filters};
  delete filters['after'];
  delete filters['before'];
  if (from.trim()) filters['after'] = [from.trim()];
  if (until.trim()) filters['before'] = [step(until, 1)];
  change({...state, filters});
}

// ---------------------------------------------------------------- saving results

function oneLine(value) {
  return value.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

function csvCell(value) {
  const line = oneLine(value);
  const safe = /^[=+\-@＝＋－＠]/.test(line) ? `'${line}` : line; // no formula in a spreadsheet
  return `"${safe.replaceAll('"', '""')}"`;
}

function toCsv(hits) {
  const rows = hits.map((hit) => [hit.id, hit.date, hit.title, hit.authors, hit.source, new URL(root + hit.url, location.href).href]);
  return [['id', 'date', 'title', 'authors', 'source', 'url'], ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n';
}

function bibtexValue(value) {
  const special = {'\\': '\\textbackslash{}', '~': '\\textasciitilde{}', '^': '\\textasciicircum{}'};
  return oneLine(value).replace(/[{}]/g, '').replace(/[\\~^]/g, (c) => special[c] ?? c).replace(/[&%$#_]/g, '\\$&');
}

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

function change(next) {
  state = next;
  input.value = state.q;
  writeState(state, true);
  void show();
}

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
})();
