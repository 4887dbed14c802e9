// Serves VS Code so that all of it runs in the browser: no server holds files or extensions.
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { cacheDir, ensureServer } from './install.mjs';

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

/** What the page is told; `authority` is this server's own, `tests` the bundle that the host runs. */
function configuration(authority, { tests, settings }) {
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
      extensionTestsPath: served(`/extension/dist-test/${tests}`),
      enableSmokeTestDriver: true,
    },
    configurationDefaults: {
      'chat.disableAIFeatures': true,
      'telemetry.telemetryLevel': 'off',
      'workbench.secondarySideBar.defaultVisibility': 'hidden',
      'workbench.startupEditor': 'none',
      ...settings,
    },
    webviewEndpoint: '/vs/out/vs/workbench/contrib/webview/browser/pre/',
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

async function page(vscode, authority, options) {
  const template = await readFile(
    path.join(vscode, 'out/vs/code/browser/workbench/workbench.html'),
    'utf8',
  );
  const config = JSON.stringify(configuration(authority, options)).replaceAll('"', '&quot;');
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

/** The file a request means: VS Code's own, the extension's, or a bundle of tests. */
function fileOf(vscode, extension, pathname) {
  const roots = {
    '/vs/': `${vscode}/`,
    '/extension/dist-test/': path.join(cacheDir, 'suite-web/'),
    '/extension/': extension,
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

async function respond({ vscode, extension, locale, ...options }, { url, headers }) {
  const { pathname } = new URL(url, 'http://localhost');
  if (pathname === '/')
    return { type: 'text/html', body: await page(vscode, headers.host, options) };
  const file = fileOf(vscode, extension, pathname);
  if (file === undefined) throw new Error('not served');
  const body = await readFile(file);
  const patched = patchedFor(pathname, locale, body);
  return { type: TYPES[path.extname(file)] ?? 'application/octet-stream', body: patched };
}

async function listen(options) {
  const server = http.createServer(async (request, response) => {
    try {
      const { type, body } = await respond(options, request);
      response.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*' });
      response.end(body);
    } catch (error) {
      response.writeHead(404).end(String(error));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/**
 * Serves an editor that runs wholly in the browser and hands `use` its address: with the extension
 * of a folder, the tests of a bundle, settings and a language.
 */
export async function withWebEditor({ extension, tests, settings = {}, locale }, use) {
  const { vscode } = ensureServer();
  const server = await listen({ vscode, extension, tests, settings, locale });
  try {
    return await use(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
