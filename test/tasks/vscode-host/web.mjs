// npm run test:web: the suite in a VS Code that runs wholly in the browser, with the extension's
// browser entry and the language server in a web worker.

import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { testRun, withPage } from './browser.mjs';
import { bundleForWeb } from './bundle.mjs';
import { cacheDir, ensureServer } from './install.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
};

/** What the page is told; `authority` is this server's own. */
function configuration(authority) {
  const served = (file) => ({ scheme: 'http', authority, path: file });
  return {
    folderUri: { scheme: 'tmp', path: '/ws' }, // an empty folder in memory
    userDataPath: '/userdata',
    isEnabledFileDownloads: true,
    isEnabledFileUploads: true,
    isEnabledCoderGettingStarted: false,
    enableWorkspaceTrust: false,
    developmentOptions: {
      extensions: [served('/extension')],
      extensionTestsPath: served('/extension/dist-test/index.js'),
      enableSmokeTestDriver: true,
    },
    configurationDefaults: {
      'chat.disableAIFeatures': true,
      'telemetry.telemetryLevel': 'off',
      'workbench.secondarySideBar.defaultVisibility': 'hidden',
      'workbench.startupEditor': 'none',
    },
    productConfiguration: { enableTelemetry: false },
    _wrapWebWorkerExtHostInIframe: false,
  };
}

function replaceOnce(source, pattern, replacement) {
  if (!pattern.test(source)) throw new Error(`the workbench no longer has ${pattern}`);
  return source.replace(pattern, replacement);
}

/** Takes off, in the served copy only, the two places that tie the packed workbench to its server. */
function withoutServer(workbench) {
  const local = replaceOnce(workbench, /remoteAuthority:location\.host/, 'remoteAuthority:void 0');
  return replaceOnce(
    local,
    /get userRoamingDataHome\(\)\{return \w+\((\w+)\.file\(this\.userDataPath\)\.with\(\{scheme:(\w+)\.vscodeRemote\}\),"User"\)\}/,
    'get userRoamingDataHome(){return $1.file("/User").with({scheme:$2.vscodeUserData})}',
  );
}

async function page(vscode, authority) {
  const template = await readFile(
    path.join(vscode, 'out/vs/code/browser/workbench/workbench.html'),
    'utf8',
  );
  const config = JSON.stringify(configuration(authority)).replaceAll('"', '&quot;');
  const values = {
    WORKBENCH_WEB_CONFIGURATION: config,
    WORKBENCH_WEB_BASE_URL: '/vs',
    WORKBENCH_AUTH_SESSION: '',
    WORKBENCH_NLS_FALLBACK_URL: '/vs/out/nls.messages.js',
    WORKBENCH_NLS_URL: '/vs/out/nls.messages.js',
    WORKBENCH_SCRIPT_NONCE: 'n',
    BASE: '/vs',
    VS_BASE: '/vs',
  };
  return template.replace(/\{\{(\w+)\}\}/g, (whole, name) => values[name] ?? whole);
}

/** The file a request means: VS Code's own, the extension's, or the bundled suite. */
function fileOf(vscode, pathname) {
  const roots = {
    '/vs/': `${vscode}/`,
    '/extension/dist-test/': path.join(cacheDir, 'suite-web/'),
    '/extension/': root,
  };
  for (const [prefix, folder] of Object.entries(roots)) {
    if (!pathname.startsWith(prefix)) continue;
    const file = path.join(folder, decodeURIComponent(pathname.slice(prefix.length)));
    return file.startsWith(folder) ? file : undefined;
  }
  return undefined;
}

/** Files that are served otherwise than they are: the workbench, and where its language is said. */
function patchedFor(pathname, locale, body) {
  if (pathname.endsWith('/workbench/workbench.js')) return withoutServer(body.toString());
  if (locale === undefined || !pathname.endsWith('/nls.messages.js')) return body;
  return `${body}\nglobalThis._VSCODE_NLS_LANGUAGE = ${JSON.stringify(locale)};\n`;
}

async function respond(vscode, locale, { url, headers }) {
  const { pathname } = new URL(url, 'http://localhost');
  if (pathname === '/') return { type: 'text/html', body: await page(vscode, headers.host) };
  const file = fileOf(vscode, pathname);
  if (file === undefined) throw new Error('not served');
  const body = await readFile(file);
  const patched = patchedFor(pathname, locale, body);
  return { type: TYPES[path.extname(file)] ?? 'application/octet-stream', body: patched };
}

async function serve(vscode, locale) {
  const server = http.createServer(async (request, response) => {
    try {
      const { type, body } = await respond(vscode, locale, request);
      response.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*' });
      response.end(body);
    } catch (error) {
      response.writeHead(404).end(String(error));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Runs the suite in an editor of that language, and gives its counts. */
async function run(locale) {
  const server = await serve(ensureServer().vscode, locale);
  let tally;
  try {
    const code = await withPage(async (tab) => {
      const { finished } = await testRun(tab, {
        onLine(line) {
          if (line.startsWith('tunelint-report ')) tally = JSON.parse(line.slice(16));
        },
      });
      await tab.goto(`http://127.0.0.1:${server.address().port}/`);
      return finished;
    });
    const { passed = 0, failed = 0 } = tally ?? {};
    return { passed, failed: passed === 0 || code !== 0 ? Math.max(1, failed) : failed };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

await bundleForWeb(path.join(cacheDir, 'suite-web/index.js'));
const tallies = [await run(undefined), await run('zh-cn')];
const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
