import * as vscode from 'vscode';
import type { Words } from './panel/words.ts';

function number(id: string, label: string): string {
  return `<label for="${id}">${label}<input id="${id}" type="number" min="1" step="1"></label>`;
}

function choice(id: string, label: string): string {
  return `<label for="${id}">${label}<select id="${id}"></select></label>`;
}

const NONCE_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function nonce(): string {
  const bytes = Array.from({ length: 32 }, () => Math.floor(Math.random() * NONCE_LETTERS.length));
  return bytes.map((byte) => NONCE_LETTERS[byte]).join('');
}

function controls(): string {
  const { t } = vscode.l10n;
  return [
    number('microBatch', t('Micro batch')),
    number('gradientAccumulation', t('Accumulation steps')),
    number('maxLength', t('Length, tokens')),
    number('loraRank', t('LoRA rank')),
    choice('optimizer', t('Optimizer')),
    choice('quantization', t('Quantization')),
    choice('gpu', t('GPU')),
    `<label class="check" for="gradientCheckpointing"><input id="gradientCheckpointing" type="checkbox">${t('Gradient checkpointing')}</label>`,
    `<button id="apply" type="button" aria-describedby="errors tried" disabled>${t('Write to the file')}</button>`,
    `<button id="reset" type="button" class="secondary">${t('As written')}</button>`,
  ].join('\n');
}

/** Everything that the page's script says. */
function words(): Words {
  const { t } = vscode.l10n;
  return {
    fits: t('fits'),
    tight: t('tight'),
    unlikely: t('probably does not fit'),
    'does-not-fit': t('does not fit'),
    judged: t('{0}: {1}'),
    needOf: t('{0} of {1} on {2}'),
    range: t('{0} ({1} to {2})'),
    also: t('{0}, {1}'),
    sentences: t('{0} {1}'),
    more: t('{0} more than written'),
    less: t('{0} less than written'),
    peak: t('Peak: {0}.'),
    refused: t('This cannot be written here: {0}.'),
    error: t('This would be an error: {0}'),
    onlyTried: t(
      'The GPU is only tried. To keep it, choose it in the status bar or write a comment into the file: # tunelint: gpu={0}',
    ),
    whole: t('held in all at most: {0}'),
    whatIsDrawn: t(
      '{0} in all: {1} of tensors at the peak, {2} that the allocator holds beyond them, {3} of CUDA context. Areas are tensors and context over time, from above in the order of the legend; the dotted line is the whole.',
    ),
    microSteps: t('Each step is drawn with {0} of its {1} micro batches; the others are alike.'),
    phasesOnly: t('The work is spread over GPUs: the highest moment of each phase is shown.'),
    step: t('step {0}'),
    load: t('load'),
    evaluation: t('evaluation'),
    moment: t('{0}, {1}: {2} ({3})'),
    layer: t('Layer {0}'),
    layerSays: t('{0}: {1}, {2} ({3}, {4})'),
    room: t('{0} doublings left'),
    roomIn: t('Room in {0}, which ends at {1}'),
    past: t('past the end'),
    published: t('published'),
    derived: t('follows from published figures'),
    source: t('Magnitudes from {0}.'),
  };
}

/** JSON that can stand within a script element. */
function embedded(data: unknown): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

function headings(...texts: readonly string[]): string {
  return `<tr>${texts.map((text) => `<th scope="col">${text}</th>`).join('')}</tr>`;
}

/** A chart that the arrow keys read, and the place for what it says. */
function chart(id: string, readout: string, label: string): string {
  return `<div id="${id}" class="chart" role="slider" tabindex="0" aria-label="${label}" aria-valuenow="0"></div>
<p id="${readout}" class="readout">${vscode.l10n.t('Point at the chart, or use the arrow keys.')}</p>`;
}

/** The page; its script and styles come from the extension's folder and from nowhere else. */
export function pageHtml(webview: vscode.Webview, media: vscode.Uri): string {
  const { t } = vscode.l10n;
  const file = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(media, name)).toString();
  const once = nonce();
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${once}'`;
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${file('panel.css')}">
<title>TuneLint</title>
</head>
<body>
<p id="reading">${t('Reading the run ...')}</p>
<p id="nothing" hidden>${t('This file has no such training run any more.')}</p>
<p id="why"></p>
<p id="closed" hidden>${t('The file is closed. Open it again to go on.')}</p>
<main id="content" hidden>
<p id="file"></p>
<h1 id="title"></h1>
<p id="headline" role="status" aria-live="polite"></p>
<fieldset id="controls"><legend>${t('What if')}</legend>${controls()}</fieldset>
<p id="refused" role="status"></p>
<ul id="errors" role="status"></ul>
<p id="tried" role="status"></p>
<h2>${t('Memory over two training steps')}</h2>
${chart('chart', 'moment', t('Memory over two training steps'))}
<ul id="legend" aria-label="${t('What the colours are')}"></ul>
<p id="caption"></p>
<h2>${t('At the peak')}</h2>
<table><tbody id="components"></tbody></table>
<section id="headroom">
<h2 id="headroom-title"></h2>
<p id="headroom-verdict"></p>
<div id="headroom-plot">
${chart('layers', 'layer', t('Largest magnitude in each layer'))}
<details><summary>${t('As a table')}</summary><table><thead>${headings(t('Layer'), t('Largest'), t('Room'), t('Where'))}</thead><tbody id="layer-rows"></tbody></table></details>
</div>
</section>
<h2>${t('What the figures rest on')}</h2>
<ul id="notes"></ul>
</main>
<script nonce="${once}" id="words" type="application/json">${embedded(words())}</script>
<script nonce="${once}" src="${file('panel.js')}"></script>
</body>
</html>`;
}
