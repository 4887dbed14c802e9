/** Present in a web worker and nowhere else. */
declare const importScripts: unknown;

// Each side is loaded only where it runs: one needs the worker's scope, the others Node's modules.
if (typeof importScripts === 'function') void import('./main.web.ts');
else if (process.argv.includes('--stdio')) void import('./main.stdio.ts');
else void import('./main.node.ts');
