// Builds one peer's index: node build_index.mjs ENGINE FOLDER < documents, one {"id", "url", "title", "text"} a line.
import {createReadStream, mkdirSync, writeFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {createRequire} from 'node:module';

const [engine, folder, modules] = process.argv.slice(2);
const require = createRequire(modules + '/');
const lines = createInterface({input: createReadStream('/dev/stdin')});

async function* documents() {
  for await (const line of lines) yield JSON.parse(line);
}

if (engine === 'pagefind') {
  const pagefind = await import(`${modules}/pagefind/lib/index.js`);
  const {index} = await pagefind.createIndex({});
  for await (const {id, url, title, text, date, people} of documents()) {
    const filters = {year: [date.slice(0, 4)], person: people};
    const {errors} = await index.addCustomRecord({
      url: '/' + url, language: 'en', content: `${title}. ${text}`, meta: {title, id}, filters, sort: {date},
    });
    if (errors.length) throw new Error(errors.join('\n'));
  }
  await index.writeFiles({outputPath: folder});
  await pagefind.close();
} else if (engine === 'minisearch') {
  const MiniSearch = require('minisearch');
  const index = new MiniSearch({fields: ['title', 'text'], storeFields: ['title']});
  for await (const document of documents()) index.add(document);
  mkdirSync(folder, {recursive: true});
  writeFileSync(`${folder}/index.json`, JSON.stringify(index));
} else {
  const lunr = require('lunr');
  const builder = new lunr.Builder();
  builder.pipeline.add(lunr.trimmer, lunr.stopWordFilter, lunr.stemmer);
  builder.searchPipeline.add(lunr.stemmer);
  builder.ref('id');
  builder.field('title');
  builder.field('text');
  for await (const document of documents()) builder.add(document);
  mkdirSync(folder, {recursive: true});
  writeFileSync(`${folder}/index.json`, JSON.stringify(builder.build()));
}
