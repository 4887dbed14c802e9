import * as core from '../src-core/index.ts';
import { serve } from './serve.ts';

/** Present in a web worker and nowhere else. */
declare const importScripts: unknown;

// Each side is loaded only where it runs: one needs the worker's scope, the others Node's modules.
// They do not import the core: what `import()` reaches is bundled module by module, which takes longer
// to start than one piece.
async function start(): Promise<void> {
  if (typeof importScripts === 'function') (await import('./main.web.ts')).listen(serve, core);
  else if (process.argv.includes('--stdio')) (await import('./main.stdio.ts')).listen(serve, core);
  else (await import('./main.node.ts')).listen(serve, core);
}

void start();
