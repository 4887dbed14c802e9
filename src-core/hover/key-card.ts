import { expected } from '../frameworks/check-value.ts';
import type { WrittenOption } from '../frameworks/options.ts';
import type { KeySpec, Scope } from '../frameworks/schema.ts';
import { sourceLink } from '../frameworks/source-link.ts';
import { joined, type Message, say, word } from '../text/message.ts';

/** What a key is: type, default, meaning, version, where it is defined. */
export function keyCard({ resolved, section, entry }: WrittenOption): Message | undefined {
  if (resolved.kind === 'gone')
    return say`\`${entry.key}\` is gone from ${section.scope.title} after ${resolved.gone.until}${
      resolved.gone.now === undefined ? '' : say`; it is \`${resolved.gone.now}\` now`
    }`;
  return resolved.kind === 'key' ? specCard(resolved.spec, section.scope) : undefined;
}

/** The same for a key that is not written yet. */
export function specCard(
  spec: KeySpec,
  { title, origin }: Pick<Scope, 'title' | 'origin'>,
): Message {
  const lines: Message[] = [`**\`${spec.name}\`** · ${title}`, ''];
  if (spec.doc !== undefined) lines.push(word(spec.doc), '');
  const otherwise = defaultWords(spec);
  lines.push(otherwise === '' ? expected(spec) : joined([expected(spec), otherwise], '; '));
  const versions = versionWords(spec);
  if (versions !== undefined) lines.push('', versions);
  if (spec.source !== '') lines.push('', say`defined in ${sourceWords(spec.source, origin)}`);
  return joined(lines, '\n');
}

function sourceWords(source: string, origin: string): string {
  const link = sourceLink(source, origin);
  return link === undefined ? `\`${source}\`` : `[\`${source}\`](${link})`;
}

/** `default 8`, or that there is none; nothing where that is not known, or an empty text. */
export function defaultWords(spec: KeySpec): Message {
  if (spec.required) return word('required');
  if (spec.defaultList !== undefined) return say`default \`${JSON.stringify(spec.defaultList)}\``;
  if (spec.default === undefined || spec.default === '') return '';
  return say`default \`${spec.default === null ? 'none' : spec.default}\``;
}

function versionWords(spec: KeySpec): Message | undefined {
  const package_ = spec.package === undefined ? '' : `${spec.package} `;
  const parts = [
    spec.since === undefined ? undefined : say`since ${package_}${spec.since}`,
    spec.until === undefined ? undefined : say`gone after ${package_}${spec.until}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : joined(parts, ', ');
}
