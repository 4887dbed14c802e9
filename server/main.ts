/** Present in a web worker and nowhere else. */
declare const importScripts: unknown;

// Each side is loaded only where it runs: the one needs Node's modules, the other the worker's scope.
if (typeof importScripts === 'function') void import('./main.web.ts');
else void import('./main.node.ts');
