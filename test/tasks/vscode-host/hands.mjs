// What a person does with mouse and keyboard in the editor, and sees there.

/** How long a person would wait, ms. */
export const TIMEOUT = 30_000;

/** The size of the window while nothing needs more room. */
export const VIEWPORT = { width: 960, height: 560 };

/** Opens the line at the top that takes a name or a number; from a panel it takes a moment to have the focus. */
async function prompt(page, key) {
  await page.keyboard.press(key);
  await page.waitForSelector('.quick-input-widget:not([style*="display: none"]) input:focus', {
    timeout: TIMEOUT,
  });
}

/** The group of editors that shows a file. */
export const groupOf = (page, name) =>
  page.locator('.editor-group-container', {
    has: page.locator(`.tab.active[data-resource-name="${name}"]`),
  });

/** Gives the editor of a group the focus: keys typed in the panel's frame reach it a moment later. */
export const focusEditor = (page, group = 1) => pressFor(page, `Control+${group}`, FOCUSED);

const FOCUSED = '.editor-group-container.active .monaco-editor.focused';

/** Presses a key and waits for what it shows; a key that the editor has lost is pressed once more. */
async function pressFor(page, key, selector) {
  for (const timeout of [TIMEOUT / 3, TIMEOUT]) {
    await page.keyboard.press(key);
    const shown = page.waitForSelector(selector, { timeout });
    if (await shown.catch(() => undefined)) return;
  }
  throw new Error(`${key} does not show ${selector}`);
}

/** Puts the caret at `line:column`, both from 1, in the editor of a group. */
export async function caretAt(page, place, group = 1) {
  await page.keyboard.press('Escape');
  await page.mouse.move(900, 760); // an open hover would swallow the keys
  await focusEditor(page, group);
  await prompt(page, 'Control+g');
  await page.keyboard.type(place);
  await page.keyboard.press('Enter');
  await page.waitForSelector(FOCUSED, { timeout: TIMEOUT });
}

/** Opens the menu of fixes where the caret is. */
export const openActions = (page) => pressFor(page, 'Control+.', '.action-widget .monaco-list-row');

/** Moves down the open menu to the entry that holds `text` and takes it. */
export async function chooseAction(page, text, key = 'Enter') {
  for (let i = 0; i < 20; i++) {
    const focused = await page
      .$eval('.action-widget .monaco-list-row.focused', (row) => row.textContent)
      .catch(() => '');
    if (focused.includes(text)) return page.keyboard.press(key);
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`the menu has no ${text}`);
}

/** Closes the active tab of a group of editors. */
export async function closeTab(page, group = 1) {
  await page.keyboard.press(`Control+${group}`);
  await page.keyboard.press('Control+w');
}

/** Closes the panel in the second group, which has no other tab beside it. */
export async function closePanel(page) {
  await page.keyboard.press('Control+2');
  await holds(page, '.editor-group-container.active .tab.active', 'Memory');
  await page.keyboard.press('Control+w');
  await page.locator('iframe.webview').first().waitFor({ state: 'detached', timeout: TIMEOUT });
}

/** The line of the editor that holds `text`. */
export const lineWith = (page, text) => page.locator('.view-line', { hasText: text }).first();

/** The page of the memory panel, or of a rule: a frame in a frame. */
export const inPanel = (page) => page.frameLocator('iframe.webview').frameLocator('#active-frame');

/** Waits for the mark in the margin whose picture has this colour. */
export async function markOf(page, colour) {
  await page.waitForFunction(
    (wanted) =>
      [...document.querySelectorAll('.cgmr')].some((mark) => {
        const [, data = ''] =
          /base64,([\w+/=]+)/.exec(getComputedStyle(mark).backgroundImage) ?? [];
        return atob(data).includes(wanted);
      }),
    colour,
    { timeout: TIMEOUT },
  );
}

/** Waits until some element of `selector` holds `text`. */
export const holds = (page, selector, text) =>
  page.locator(selector, { hasText: text }).first().waitFor({ timeout: TIMEOUT });

/** Runs a command by its name in the palette. */
export async function palette(page, command) {
  await lookFor(page, 'F1', command);
  await page.keyboard.press('Enter');
}

/**
 * Opens the line at the top with `key`, and types until the list below it offers `text`; once more,
 * where the list was made before the extensions were known.
 */
async function lookFor(page, key, text) {
  const row = page.locator('.quick-input-list .monaco-list-row.focused', { hasText: text }).first();
  for (const timeout of [TIMEOUT / 6, TIMEOUT]) {
    await prompt(page, key);
    await page.keyboard.type(text);
    const offered = row.waitFor({ timeout }).then(() => true);
    if (await offered.catch(() => false)) return;
    await page.keyboard.press('Escape');
  }
  throw new Error(`${key} does not offer ${text}`);
}

/** Opens a file of the workspace; with `key` Control+Enter beside the editor. */
export async function quickOpen(page, name, key = 'Enter') {
  await lookFor(page, 'Control+p', name);
  await page.keyboard.press(key);
  await page
    .locator(`.editor-group-container.active .tab.active[data-resource-name="${name}"]`)
    .waitFor({ timeout: TIMEOUT });
}

/** Takes the steps in order and counts them; the first failure ends them, and leaves a picture. */
export async function takeSteps(page, steps, failed) {
  const tally = { passed: 0, failed: 0 };
  for (const [title, step] of steps) {
    try {
      await step();
    } catch (error) {
      console.log(`  failed: ${title}: ${error.message}`);
      await page.screenshot({ path: failed });
      return { ...tally, failed: 1 };
    }
    tally.passed += 1;
    console.log(`  ok ${title}`);
  }
  return tally;
}
