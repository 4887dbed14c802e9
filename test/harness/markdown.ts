/** A fenced block of a Markdown file. Lines are counted from 0 in the whole file. */
export interface Block {
  /** First word of the info string: `sh`, `yaml`. */
  readonly tag: string;
  /** The words behind it: `fixed`, `settings`. */
  readonly words: readonly string[];
  /** `title="train.sh"` and the like. */
  readonly attributes: Readonly<Record<string, string>>;
  /** First line of the content, and the line of the closing fence. */
  readonly start: number;
  readonly end: number;
  /** The content; every line ends with a newline. */
  readonly text: string;
}

/** What stands between one heading and the next. */
export interface Section {
  readonly level: number;
  readonly title: string;
  /** Line of the heading. */
  readonly line: number;
  readonly parent: Section | undefined;
  readonly blocks: readonly Block[];
  /** Lines outside of blocks. */
  readonly prose: readonly string[];
}

const FENCE = /^(`{3,}|~{3,})\s*(.*)$/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;

/** Splits a Markdown file into sections. Text in front of the first heading is a section of level 0. */
export function parseMarkdown(source: string): readonly Section[] {
  const lines = source.split('\n');
  const sections: OpenSection[] = [open(0, '', 0, undefined)];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    const current = sections.at(-1);
    if (current === undefined) break;
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    if (fence !== null) {
      const block = readBlock(lines, i, fence[1] ?? '```', fence[2] ?? '');
      current.blocks.push(block);
      i = block.end;
    } else if (heading !== null) {
      const level = heading[1]?.length ?? 1;
      sections.push(open(level, heading[2] ?? '', i, parentOf(current, level)));
    } else current.prose.push(line);
  }
  return sections;
}

interface OpenSection extends Section {
  readonly blocks: Block[];
  readonly prose: string[];
}

function open(
  level: number,
  title: string,
  line: number,
  parent: Section | undefined,
): OpenSection {
  return { level, title, line, parent, blocks: [], prose: [] };
}

function parentOf(last: Section, level: number): Section | undefined {
  let above: Section | undefined = last;
  while (above !== undefined && above.level >= level) above = above.parent;
  return above;
}

function readBlock(lines: readonly string[], at: number, fence: string, info: string): Block {
  const closing = new RegExp(`^${fence[0] === '`' ? '`' : '~'}{${fence.length},}\\s*$`);
  let end = at + 1;
  while (end < lines.length && !closing.test(lines[end] ?? '')) end++;
  const content = lines.slice(at + 1, end);
  const attributes: Record<string, string> = {};
  const rest = info.replace(/([\w-]+)=(?:"([^"]*)"|(\S+))/g, (_, name, quoted, bare) => {
    attributes[String(name)] = String(quoted ?? bare);
    return '';
  });
  const [tag = '', ...words] = rest.split(/\s+/).filter(Boolean);
  const text = content.map((line) => `${line}\n`).join('');
  return { tag, words, attributes, start: at + 1, end, text };
}

/** Puts new contents into blocks of a file. */
export function replaceBlocks(source: string, contents: ReadonlyMap<Block, string>): string {
  const lines = source.split('\n');
  const lastFirst = [...contents].sort(([a], [b]) => b.start - a.start);
  for (const [block, text] of lastFirst) {
    const fresh = text.replace(/\n$/, '').split('\n');
    lines.splice(block.start, block.end - block.start, ...(text === '' ? [] : fresh));
  }
  return lines.join('\n');
}

/** The names of a section and all above it: `rules › memory › too long`. */
export function fullTitle(section: Section): string {
  const titles: string[] = [];
  for (let at: Section | undefined = section; at !== undefined; at = at.parent)
    if (at.title !== '') titles.unshift(at.title);
  return titles.join(' › ');
}
