// npm run test:web: the suite in a VS Code that runs wholly in the browser, with the packaged
// extension's browser entry and the language server in a web worker; then the same by mouse and
// keyboard.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { makePackage } from '../package.mjs';
import { testRun, withPage } from './browser.mjs';
import { bundleForWeb } from './bundle.mjs';
import { TIMEOUT, takeSteps, VIEWPORT } from './hands.mjs';
import { cacheDir, ensureProgram } from './install.mjs';
import { fixSteps } from './ui-fix.mjs';
import { glanceSteps } from './ui-glance.mjs';
import { panelSteps } from './ui-panel.mjs';
import { withWebEditor } from './web-editor.mjs';

/** The folder of the extension as it is packed. */
async function unpacked() {
  const folder = path.join(cacheDir, 'package');
  rmSync(folder, { recursive: true, force: true });
  const args = ['-q', await makePackage(), 'extension/*', '-d', folder];
  const { status, stderr } = spawnSync(ensureProgram('unzip', 'unzip'), args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the package was not unpacked: ${stderr}`);
  return `${path.join(folder, 'extension')}/`;
}

/** Runs the suite in an editor of that language, and gives its counts. */
function runSuite(extension, locale) {
  return withWebEditor({ extension, tests: 'index.js', locale }, async (address) => {
    let tally;
    const code = await withPage(async (tab) => {
      const { finished } = await testRun(tab, {
        onLine(line) {
          if (line.startsWith('tunelint-report ')) tally = JSON.parse(line.slice(16));
        },
      });
      await tab.goto(address);
      return finished;
    });
    const { passed = 0, failed = 0 } = tally ?? {};
    return { passed, failed: passed === 0 || code !== 0 ? Math.max(1, failed) : failed };
  });
}

const SETTINGS = { 'breadcrumbs.enabled': false, 'tunelint.gpu': 'RTX 4090D' };

/** Uses the extension by mouse and keyboard, with the steps of the desktop. */
function runUi(extension) {
  console.log('\nthe packaged extension in the browser, by mouse and keyboard');
  return withWebEditor({ extension, tests: 'ui.js', settings: SETTINGS }, (address) =>
    withPage(
      (page) => {
        const scratch = (name) => path.join(cacheDir, `web-${name}.png`);
        const picture = (name) => page.screenshot({ path: scratch(name) });
        const opening = async () => {
          await page.goto(address);
          await page.waitForSelector('.tab[data-resource-name="train.sh"]', { timeout: TIMEOUT });
          await page.keyboard.press('Control+b');
        };
        const groups = [glanceSteps, fixSteps, panelSteps].flatMap((group) => group(page, picture));
        return takeSteps(page, [['train.sh opens', opening], ...groups], scratch('failed'));
      },
      { viewport: VIEWPORT },
    ),
  );
}

await bundleForWeb(path.join(cacheDir, 'suite-web'));
const extension = await unpacked();
const tallies = [
  await runSuite(extension, undefined),
  await runSuite(extension, 'zh-cn'),
  await runUi(extension),
];
const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
