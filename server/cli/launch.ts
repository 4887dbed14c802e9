import { statSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { runCompiled } from '../compiled.ts';
import { optimizeLate } from './engine.ts';

/**
 * Starts the command line from compiled code that an earlier one left beside the bundle: of a check of one file
 * it saves a third. Each thread of a check starts here as well.
 */

/** From then on it does not matter what it takes to see whether there is more compiled code than there was. */
const LONG_S = 1;

const [, , command, ...words] = process.argv;
/** A folder needs twice as much of the bundle as a file, which is sooner checked without the rest. */
const many = command === 'check' && (words.length === 0 || words.some(isFolder));
// The server runs for hours, and sets flags of its own.
const late = command !== 'lsp' && optimizeLate();

const compiled = runCompiled('cli.core.js', `${late ? '-late' : ''}${many ? '-many' : ''}`);
// A machine that tests something once has no next time.
if (isMainThread && process.env.CI === undefined)
  process.on('exit', () => {
    if (compiled.had === 0 || process.uptime() > LONG_S) compiled.keep();
  });

function isFolder(word: string): boolean {
  try {
    return statSync(word).isDirectory();
  } catch {
    return false;
  }
}
