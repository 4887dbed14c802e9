// A folder of training configs: those of the suites and of the rules' pages, as often as it takes,
// each time with other numbers, and scripts and configs of the length that people write.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { everyFile } from '../harness/every-file.ts';
import { shellDocument, yamlDocument } from './documents.mjs';

const LENGTH = /((?:max_length|max_seq_length|max_seq_len|cutoff_len|sequence_len)\W{1,3})\d+/g;
const BATCH = /((?:train_batch_size|micro_batch_size|accumulation_steps)\W{1,3})\d+/g;
const RANK = /((?:lora_rank|lora_r)\W{1,3})\d+/g;

/** The text with numbers of its own: no two copies describe the same run. */
function varied(text, copy) {
  return text
    .replace(LENGTH, `$1${1024 + 256 * copy}`)
    .replace(BATCH, `$1${2 ** (copy % 4)}`)
    .replace(RANK, `$1${8 * (1 + (copy % 5))}`);
}

function originals() {
  const long = [40, 120].flatMap((lines) => [shellDocument(lines), yamlDocument(lines)]);
  const documents = long.map(({ name, text }, i) => [`document-${i}/${name}`, text]);
  return [...documents, ...Object.entries(everyFile())];
}

/** Writes `count` files below `folder`, and gives their number by the ending of their name. */
export function writeConfigs(folder, count) {
  const files = originals();
  const kinds = {};
  for (let i = 0; i < count; i++) {
    const [name, text] = files[i % files.length];
    const copy = Math.floor(i / files.length);
    const file = path.join(folder, `set-${copy}`, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, copy === 0 ? text : varied(text, copy));
    const kind = path.extname(name).slice(1);
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}
