// More of the memory panel: what it writes and what it does not, its roles, and its policy.
import {
  caretAt,
  closePanel,
  focusEditor,
  holds,
  inPanel,
  lineWith,
  palette,
  quickOpen,
  TIMEOUT,
  VIEWPORT,
} from './hands.mjs';

const SHOW = 'TuneLint: Estimate GPU Memory';
/** The lines of the script that the panel writes, before and after. */
const BEFORE = ['--gradient_accumulation_steps 16', '--per_device_train_batch_size 1'];
const AFTER = [
  '--gradient_accumulation_steps 8',
  '--per_device_train_batch_size 2',
  '--lora_rank 32',
  '--optim adafactor',
  '--gradient_checkpointing false',
];

const seen = (locator, state = 'visible') => locator.first().waitFor({ state, timeout: TIMEOUT });

/** Opens the panel for the run at the caret. */
async function openPanel(page, place) {
  await caretAt(page, place);
  await palette(page, SHOW);
  await seen(inPanel(page).locator('#chart canvas'));
}

/** Everything in the panel that is operated, by role and name. */
const CONTROLS = [
  ['group', 'What if'],
  ['spinbutton', 'Micro batch'],
  ['spinbutton', 'Accumulation steps'],
  ['spinbutton', 'Length, tokens'],
  ['spinbutton', 'LoRA rank'],
  ['combobox', 'Optimizer'],
  ['combobox', 'Quantization'],
  ['combobox', 'GPU'],
  ['checkbox', 'Gradient checkpointing'],
  ['button', 'Write to the file'],
  ['button', 'As written'],
  ['slider', 'Memory over two training steps'],
  ['slider', 'Largest magnitude in each layer'],
];

/** A chart is a slider: at its end its value is the last, and is said in words. */
async function checkSlider(page, name, readout) {
  const slider = inPanel(page).getByRole('slider', { name });
  await slider.press('End');
  const text = await inPanel(page).locator(readout).textContent();
  const [now, most, said] = await Promise.all(
    ['aria-valuenow', 'aria-valuemax', 'aria-valuetext'].map((each) => slider.getAttribute(each)),
  );
  if (Number(most) < 10 || now !== most) throw new Error(`${name}: ${now} of ${most}`);
  if (said !== text) throw new Error(`${name} says ${said}, and shows ${text}`);
}

/** The script `train.sh` is open, with no panel beside it. */
export function writeSteps(page, picture) {
  const panel = inPanel(page);
  const violations = [];
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) violations.push(message.text());
  });
  return [
    [
      'everything in the panel has a role and a name',
      async () => {
        await openPanel(page, '8:10');
        for (const [role, name] of CONTROLS)
          await seen(panel.getByRole(role, { name, exact: true }), 'attached');
        await seen(panel.locator('#headline[role=status][aria-live=polite]'));
        await seen(panel.locator('#components td[aria-hidden=true] .bar'), 'attached');
        await checkSlider(page, 'Memory over two training steps', '#moment');
        await checkSlider(page, 'Largest magnitude in each layer', '#layer');
      },
    ],
    [
      'its legend keeps its colours where the system forces its own',
      async () => {
        const swatches = panel.locator('.swatch:not(.whole, .card)');
        await page.emulateMedia({ forcedColors: 'active' });
        await page.waitForTimeout(500);
        const seenColours = await swatches.evaluateAll((all) =>
          all.map((one) => one.ownerDocument.defaultView.getComputedStyle(one).backgroundColor),
        );
        await page.emulateMedia({ forcedColors: 'none' });
        await page.waitForSelector('.monaco-workbench.vs', { timeout: TIMEOUT });
        if (new Set(seenColours).size < 5) throw new Error(seenColours.join(' '));
      },
    ],
    [
      'five changes are written at once, and one undo takes all back',
      async () => {
        await panel.locator('#microBatch').fill('2');
        await panel.locator('#gradientAccumulation').fill('8');
        await panel.locator('#loraRank').fill('32');
        await panel.locator('#optimizer').selectOption('adafactor');
        await panel.locator('#gradientCheckpointing').uncheck();
        await panel.locator('#apply:enabled').press('Enter');
        for (const text of AFTER) await seen(lineWith(page, text));
        await picture('written');
        await caretAt(page, '8:10');
        await page.keyboard.press('Control+z');
        for (const text of BEFORE) await seen(lineWith(page, text));
        for (const text of AFTER) await seen(lineWith(page, text), 'detached');
        await holds(page, '.codelens-decoration', /memory fits: ≈ 2\d\.\d of 24\.0 GiB/);
      },
    ],
    [
      'a card that is tried is not written, and the panel says how to keep it',
      async () => {
        await panel.locator('#gpu').selectOption('Tesla T4');
        await seen(panel.locator('#tried', { hasText: '# tunelint: gpu=Tesla T4' }));
        await seen(panel.locator('#apply:disabled[aria-describedby~=tried]'));
        await picture('tried');
        await panel.locator('#reset').press('Enter');
        await seen(panel.locator('#tried:empty'), 'attached');
      },
    ],
    [
      'a panel whose file is closed says so, and goes on when it is open again',
      async () => {
        await panel.locator('#loraRank').fill('64');
        await seen(panel.locator('#apply:enabled'));
        await focusEditor(page);
        await page.keyboard.press('Control+w');
        await seen(page.locator('.tab[data-resource-name="train.sh"]'), 'detached');
        await seen(panel.locator('#closed'));
        await seen(panel.locator('#content'), 'hidden');
        await picture('closed');
        await quickOpen(page, 'train.sh');
        await page.locator('.tab', { hasText: 'Memory of the run' }).click();
        await seen(panel.locator('#chart canvas'));
        await seen(panel.locator('#apply:enabled'));
      },
    ],
    [
      'the panel turns to the run at the caret, and stays the same panel',
      async () => {
        await quickOpen(page, 'two.sh');
        await openPanel(page, '5:20');
        await seen(panel.locator('#title', { hasText: 'Qwen2.5-0.5B-Instruct · LoRA r16' }));
        await panel.locator('body').evaluate((body) => body.setAttribute('data-same', 'yes'));
        await openPanel(page, '3:20');
        await seen(panel.locator('#title', { hasText: 'Qwen2.5-7B-Instruct · LoRA r8' }));
        await seen(panel.locator('body[data-same=yes]'));
        await seen(panel.locator('#file', { hasText: 'two.sh' }));
      },
    ],
    [
      'bars have the colours of the theme after it has changed',
      async () => {
        const bar = panel.locator('#components .bar').first();
        const colour = () => bar.evaluate((one) => one.style.background);
        const before = await colour();
        await palette(page, 'Preferences: Toggle between Light/Dark Themes');
        await page.waitForSelector('.monaco-workbench.vs-dark', { timeout: TIMEOUT });
        for (let i = 0; i < 50 && (await colour()) === before; i++) await page.waitForTimeout(100);
        if ((await colour()) === before) throw new Error(`still ${before}`);
        await palette(page, 'Preferences: Toggle between Light/Dark Themes');
        await page.waitForSelector('.monaco-workbench.vs', { timeout: TIMEOUT });
      },
    ],
    [
      'what cannot be written is named as its label names it',
      async () => {
        await quickOpen(page, 'program.py');
        await openPanel(page, '11:10');
        await panel.locator('#quantization').selectOption('nf4');
        await seen(panel.locator('#refused', { hasText: /: Quantization\.$/ }));
        await quickOpen(page, 'two.sh');
      },
    ],
    [
      'the panel keeps to its policy, which holds',
      async () => {
        if (violations.length > 0) throw new Error(violations.join('\n'));
        const blocked = page.waitForEvent('console', {
          predicate: (message) => /Content Security Policy/i.test(message.text()),
          timeout: TIMEOUT,
        });
        await panel.locator('body').evaluate((body) => {
          const script = body.ownerDocument.createElement('script');
          script.textContent = 'document.title = "run"';
          body.append(script);
        });
        await blocked;
        await page.setViewportSize(VIEWPORT);
        await closePanel(page);
        await quickOpen(page, 'train.sh');
      },
    ],
  ];
}
