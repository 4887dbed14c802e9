// Takes the hostile texts by their numbers, does with one what an editor asks for, and says when it is done.
import * as core from '../../src-core/index.ts';
import type { SourceFile } from '../../src-core/text/source-file.ts';
import { connect } from '../server/harness.ts';
import { hostileTexts } from './hostile-texts.ts';

const [step = '1', length = '1000'] = process.argv.slice(2);
const texts = hostileTexts(Number(step));
const settings = { gpu: 'RTX 4090D' };
/** One in so many goes through the server too. */
const SERVED = 6;

function analysed(file: SourceFile): void {
  const { text } = file;
  core.isTrainingFile(file);
  const analysis = core.analyze({ file, settings });
  const middle = text.length >> 1;
  for (const at of [0, middle, text.length - 2]) {
    core.hover(analysis, at);
    core.complete(analysis, at);
  }
  const edited = { ...file, text: `${text.slice(0, middle)}a${text.slice(middle)}` };
  core.analyze({ file: edited, settings, effort: 'typing', previous: analysis });
}

const REQUESTS = ['documentSymbol', 'foldingRange', 'documentLink', 'codeLens', 'diagnostic'];
const LANGUAGE_IDS = {
  shell: 'shellscript',
  yaml: 'yaml',
  json: 'json',
  python: 'python',
  log: 'log',
};

async function served({ path, language, text }: SourceFile): Promise<void> {
  const client = await connect(core, { options: settings });
  const uri = `file:///ws/${path}`;
  await client.open(uri, text, LANGUAGE_IDS[language]);
  const textDocument = { uri };
  for (const one of REQUESTS) await client.request(`textDocument/${one}`, { textDocument });
  const position = { line: 1, character: 3 };
  for (const one of ['hover', 'completion', 'definition'])
    await client.request(`textDocument/${one}`, { textDocument, position });
  client.close();
}

process.on('message', async (index: number) => {
  const file = texts[index]?.file(Number(length));
  if (file === undefined) process.exit(0);
  analysed(file);
  if (index % SERVED === 0) await served(file);
  process.send?.(index);
});
process.send?.(-1);
