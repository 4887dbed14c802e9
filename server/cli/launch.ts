import path from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { runCompiled } from '../compiled.ts';
import { optimizeLate } from '../engine.ts';

/**
 * Starts the command line from compiled code that an earlier one left beside the bundle: of a check of one file
 * it saves a third, of one of a thousand a twentieth. Each thread of a check starts here as well.
 */

/** What takes longer compiles most of the bundle, so many bytes at least. */
const LONG_S = 1;
const MOST_OF_IT = 2_000_000;
/** Each language has a parser of its own, and commands take different parts. */
const NAMED = /^\.(?:sh|py|ipynb|ya?ml|json|log)$/;

const [, , command = '', ...words] = process.argv;
const language = words.map((word) => path.extname(word)).find((one) => NAMED.test(one)) ?? '';
// The server runs for hours, and sets flags of its own.
const late = command !== 'lsp' && optimizeLate();

const kind = `-${command.replace(/\W/g, '').slice(0, 10)}${language}${late ? '-late' : ''}`;
const compiled = runCompiled('cli.core.js', kind);
// A machine that tests something once has no next time.
if (isMainThread && process.env.CI === undefined)
  process.on('exit', () => {
    const isLong = process.uptime() > LONG_S;
    if (compiled.had < (isLong ? MOST_OF_IT : 1)) compiled.keep();
  });
