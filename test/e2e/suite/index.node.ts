import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import { OPTIONS, runMocha } from './mocha-run.ts';

/** Called by VS Code inside the extension host. */
export async function run(): Promise<void> {
  const mocha = new Mocha(OPTIONS);
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  await import('./basics.test.ts');
  await import('./closed-scripts.test.ts');
  if (process.platform !== 'win32') await import('./crashes.test.ts'); // it needs `ps`
  await import('./features.test.ts');
  await import('./fix-all.test.ts');
  await import('./logs.test.ts');
  await import('./notebooks.test.ts');
  const tally = await runMocha(mocha);
  // VS Code reports success also when no test ran or the host died: the runner believes this file.
  const report = process.env.TUNELINT_TEST_REPORT;
  if (report !== undefined) writeFileSync(report, JSON.stringify(tally));
  if (tally.failed > 0) throw new Error(`${tally.failed} failed`);
}
