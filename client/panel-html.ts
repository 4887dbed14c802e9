import * as vscode from 'vscode';

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
    `<button id="apply" type="button" disabled>${t('Write to the file')}</button>`,
    `<button id="reset" type="button" class="secondary">${t('As written')}</button>`,
  ].join('\n');
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
<p id="nothing">${t('Reading the run ...')}</p>
<main id="content" hidden>
<h1 id="title"></h1>
<p id="headline" role="status" aria-live="polite"></p>
<fieldset id="controls" aria-label="${t('What if')}">${controls()}</fieldset>
<p id="refused" role="status"></p>
<h2>${t('Two training steps')}</h2>
<div id="chart" role="img"></div>
<h2>${t('At the peak')}</h2>
<table><tbody id="components"></tbody></table>
<h2>${t('How it was reckoned')}</h2>
<ul id="notes"></ul>
</main>
<script nonce="${once}" src="${file('panel.js')}"></script>
</body>
</html>`;
}
