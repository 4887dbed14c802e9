/**
 * The block between the fence that opens at a line (from 1) and the one that closes it, without
 * the indentation of the fence. Undefined when no fence opens there.
 */
export function fencedBlock(text, line) {
  const lines = text.split('\n');
  const opening = /^((?:[ \t]|>\s?|[-*+] |\d+\. )*)(`{3,}|~{3,})/.exec(lines[line - 1] ?? '');
  if (opening === null) return directiveBlock(lines, line);
  const [, indent, fence] = opening;
  const closing = new RegExp(`^\\s*(?:>\\s?)*${fence[0]}{${fence.length},}\\s*$`);
  const body = [];
  for (const next of lines.slice(line)) {
    if (closing.test(next)) break;
    body.push(unindent(next, indent.length));
  }
  return `${body.join('\n')}\n`;
}

/** The indented block under a reStructuredText `.. code-block::` line. */
function directiveBlock(lines, line) {
  const opening = /^(\s*)(?:\.\. code|.*::\s*$)/.exec(lines[line - 1] ?? '');
  if (opening === null) return undefined;
  const depth = opening[1].length;
  const body = [];
  for (const next of lines.slice(line)) {
    if (next.trim() !== '' && leading(next) <= depth) break;
    body.push(next);
  }
  while (body.length > 0 && (/^\s*$/.test(body[0]) || /^\s+:\w/.test(body[0]))) body.shift();
  const indent = Math.min(...body.filter((l) => l.trim() !== '').map(leading));
  return `${body
    .map((l) => l.slice(indent))
    .join('\n')
    .trimEnd()}\n`;
}

function leading(line) {
  return line.length - line.trimStart().length;
}

function unindent(line, width) {
  return line.slice(Math.min(width, leading(line)));
}

/**
 * What a notebook holds for one manifest row: all its code cells for `ipynb-py`, else the cell
 * numbered from 0 (its `%%bash` body, or the nth `!command` that has options).
 */
export function notebookText(text, source, cell, nth) {
  const cells = JSON.parse(text).cells;
  const textOf = (c) => (Array.isArray(c.source) ? c.source.join('') : c.source);
  if (source === 'ipynb-py') {
    return `${cells
      .filter((c) => c.cell_type === 'code')
      .map(textOf)
      .join('\n\n')}\n`;
  }
  const body = cells[cell] === undefined ? undefined : textOf(cells[cell]);
  if (body === undefined) return undefined;
  if (source === 'ipynb-bash') return `${body.replace(/^%%.*\n/, '')}\n`;
  const commands = bangCommands(body).filter((command) => command.includes(' --'));
  return commands[nth - 1] ?? commands[0];
}

function bangCommands(body) {
  const commands = [];
  let open = false;
  for (const line of body.split('\n')) {
    if (open) commands[commands.length - 1] += `${line}\n`;
    else if (/^\s*!/.test(line)) commands.push(`${line.replace(/^\s*!\s*/, '')}\n`);
    else continue;
    open = /\\\s*$/.test(line);
  }
  return commands;
}
