// Drives Helix in a terminal of its own: opens a file, reads the finding on the screen, hovers,
// applies the fix, saves. Environment: HELIX (its command), INIT (languages.toml), FILE, FIXED (text
// expected in the file).
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const { HELIX, INIT, FILE, FIXED } = process.env;
const home = mkdtempSync(path.join(tmpdir(), 'tl-helix-'));
const socket = path.join(home, 'tmux');
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function tmux(...args) {
  const env = { ...process.env, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, TERM: 'xterm' };
  const all = ['-S', socket, '-f', '/dev/null', ...args];
  const done = spawnSync('tmux', all, { encoding: 'utf8', env });
  if (done.status !== 0) throw new Error(`tmux ${args[0]}: ${done.stderr}`);
  return done.stdout;
}
const screen = () => tmux('capture-pane', '-p');
/** Whether the entry of a menu is the one in reverse video. */
const isChosen = (entry) =>
  new RegExp(`\\x1b\\[(\\d+;)*7m(\\x1b\\[[\\d;]*m)* ?${entry}`).test(
    tmux('capture-pane', '-p', '-e'),
  );

/** Presses keys; `C-n` and `Escape` are keys by name, all else is typed. */
async function press(...keys) {
  for (const key of keys) {
    tmux('send-keys', ...(/^(C-\w|Escape|Enter|Down)$/.test(key) ? [key] : ['-l', key]));
    await pause(80); // Escape followed at once by a key would be Alt and that key
  }
}

async function until(what, probe) {
  for (const end = Date.now() + 20_000; ; await pause(100)) {
    if (probe()) return;
    if (Date.now() > end) throw new Error(`timed out: ${what}\n${screen()}`);
  }
}
const shows = (pattern) => until(`the screen shows ${pattern}`, () => pattern.test(screen()));
const hides = (pattern) => until(`${pattern} leaves the screen`, () => !pattern.test(screen()));

const STEPS = [
  [
    'the server starts, a finding is marked',
    async () => {
      tmux('new-session', '-d', '-x', '140', '-y', '50', `"${HELIX}" "${FILE}"`);
      await shows(/^● /m);
    },
  ],
  [
    'the finding is read where it is',
    async () => {
      await press(']d');
      await shows(/\(fp16-[\w-]+\)/);
    },
  ],
  [
    'the outline lists the options',
    async () => {
      await press(' s');
      await shows(/property .*(torch_dtype|fp16)/);
      await press('Escape');
      await hides(/property/);
    },
  ],
  [
    'hover answers',
    async () => {
      await press(' k');
      await shows(/default (none|false)|does not hold/i);
      await press('Escape');
      await hides(/default (none|false)|does not hold/i);
    },
  ],
  [
    'the setting names the card',
    async () => {
      await press('/sft', 'Enter', ' k');
      await shows(/of 24\.0 GiB/);
      await press('Escape', 'gg', ']d');
      await shows(/\(fp16-[\w-]+\)/);
    },
  ],
  [
    'the fix is applied',
    async () => {
      await press(' a');
      await shows(/Train in bfloat16/);
      for (let i = 0; i < 5 && !isChosen('Train in bfloat16'); i++) await press('C-n');
      await press('Enter');
      await hides(/Train in bfloat16/);
      await press(':w', 'Enter');
      await until(`the file has ${FIXED}`, () => readFileSync(FILE, 'utf8').includes(FIXED));
    },
  ],
  ['the finding is gone', () => hides(/\(fp16-[\w-]+\)/)],
];

let passed = 0;
let failed = 0;
let current = '';
try {
  mkdirSync(path.join(home, 'helix'));
  cpSync(INIT, path.join(home, 'helix/languages.toml'));
  for (const [title, run] of STEPS) {
    current = title;
    await run();
    passed += 1;
    console.log(`  ok ${title}`);
  }
} catch (error) {
  failed = 1;
  console.log(`  failed: ${current}: ${error.message}`);
} finally {
  spawnSync('tmux', ['-S', socket, 'kill-server']);
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
console.log(`tunelint-report ${passed} ${failed}`);
