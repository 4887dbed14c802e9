/** A tab-separated table; tabs and line ends inside cells become spaces. */
export function table(head, rows) {
  const lines = [head, ...rows].map((cells) => cells.map(cell).join('\t'));
  return `${lines.join('\n')}\n`;
}

function cell(value) {
  return String(value ?? '')
    .replace(/\s+/g, ' ')
    .trim();
}
