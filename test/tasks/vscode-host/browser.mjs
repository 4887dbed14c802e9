// A headless chromium with one page.
import { chromium } from 'playwright-core';
import { ensureChromium } from './install.mjs';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Opens a page, hands it to `use` and closes the browser whatever happens. */
export async function withPage(use, context = {}) {
  const executablePath = ensureChromium();
  const browser = await chromium.launch({ executablePath, headless: true, args: ARGS });
  try {
    const viewport = { width: 1280, height: 800 };
    return await use(await (await browser.newContext({ viewport, ...context })).newPage());
  } finally {
    await browser.close();
  }
}

/** Lines of the workbench that say nothing about the tests. */
const NOISE =
  /^(%s|Ignoring fetching|Skipping extension|Found additional|Request to|Timed out waiting for auth|Resolving|Creating a socket|Cannot read properties of null \(reading 'getChannel'|Resolved connection|Updating additional|\[(chat|Chat|Agent|Account|reconnection|Service Worker))/;

/** Prints what the extension host logs, and gives the exit code of its test run. */
export async function testRun(page, { onLine = () => {}, timeoutMs = 120_000 } = {}) {
  const { format } = await import('node:util');
  let finish;
  const code = new Promise((resolve) => {
    finish = resolve;
  });
  await page.exposeFunction('codeAutomationExit', (exitCode) => finish(exitCode));
  await page.exposeFunction('codeAutomationLog', (_type, args) => {
    const line = format(...args);
    onLine(line);
    if (!NOISE.test(line) && !line.startsWith('tunelint-report')) console.log(line);
  });
  if (process.env.TUNELINT_VERBOSE !== undefined)
    page.on('console', (message) => console.log(`  [${message.type()}] ${message.text()}`));
  const timer = setTimeout(() => finish(124), timeoutMs);
  return { finished: code.finally(() => clearTimeout(timer)) };
}
