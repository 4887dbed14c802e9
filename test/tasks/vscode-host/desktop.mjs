// npm run test:vscode: the suite inside a real VS Code, then the same by mouse and keyboard.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { bundleForNode } from './bundle.mjs';
import { cacheDir } from './install.mjs';
import { runUi } from './ui.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const workspace = path.join(root, 'test/e2e/fixtures');
const report = path.join(cacheDir, 'report.json');

/** The desktop editor where there is a display and a way to it, else the stand-in. */
async function editor() {
  const standIn = fileURLToPath(new URL('code.mjs', import.meta.url));
  if (process.env.TUNELINT_EDITOR !== undefined) return process.env.TUNELINT_EDITOR;
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
    console.log('no display: testing in the browser build of VS Code');
    return standIn;
  }
  try {
    return await downloadAndUnzipVSCode({ cachePath: path.join(cacheDir, 'desktop') });
  } catch (error) {
    console.log(`no desktop VS Code (${error.message}): testing in its browser build`);
    return standIn;
  }
}

async function runSuite() {
  const extensionTestsPath = await bundleForNode();
  rmSync(report, { force: true });
  let failure;
  try {
    await runTests({
      vscodeExecutablePath: await editor(),
      extensionDevelopmentPath: root,
      extensionTestsPath,
      extensionTestsEnv: { TUNELINT_TEST_REPORT: report },
      launchArgs: [workspace],
    });
  } catch (error) {
    failure = error;
  }
  try {
    const tally = JSON.parse(readFileSync(report, 'utf8'));
    // Exit codes cannot be trusted alone: VS Code says 0 when its extension host was killed.
    return failure !== undefined && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
  } catch {
    console.error(failure ?? 'the suite left no report');
    return { passed: 0, failed: 1 };
  }
}

mkdirSync(cacheDir, { recursive: true });
const suite = await runSuite();
const ui = process.argv.includes('--no-ui')
  ? { passed: 0, failed: 0 }
  : await runUi({ root, workspace });
const passed = suite.passed + ui.passed;
const failed = suite.failed + ui.failed + (suite.passed === 0 && suite.failed === 0 ? 1 : 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
