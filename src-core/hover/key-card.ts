import { expected } from '../frameworks/check-value.ts';
import type { WrittenOption } from '../frameworks/options.ts';
import type { KeySpec, Scope } from '../frameworks/schema.ts';
import { sourceLink } from '../frameworks/source-link.ts';
import { english } from '../text/message.ts';

/** What a key is: type, default, meaning, version, where it is defined. */
export function keyCard({ resolved, section, entry }: WrittenOption): string | undefined {
  if (resolved.kind === 'gone')
    return `\`${entry.key}\` is gone from ${section.scope.title} after ${resolved.gone.until}${
      resolved.gone.now === undefined ? '' : `; it is \`${resolved.gone.now}\` now`
    }`;
  return resolved.kind === 'key' ? specCard(resolved.spec, section.scope) : undefined;
}

/** The same for a key that is not written yet. */
export function specCard(
  spec: KeySpec,
  { title, origin }: Pick<Scope, 'title' | 'origin'>,
): string {
  const lines = [`**\`${spec.name}\`** · ${title}`, ''];
  if (spec.doc !== undefined) lines.push(spec.doc, '');
  lines.push(`${english(expected(spec))}${defaultWords(spec)}`);
  const versions = versionWords(spec);
  if (versions !== undefined) lines.push('', versions);
  if (spec.source !== '') lines.push('', `defined in ${sourceWords(spec.source, origin)}`);
  return lines.join('\n');
}

function sourceWords(source: string, origin: string): string {
  const link = sourceLink(source, origin);
  return link === undefined ? `\`${source}\`` : `[\`${source}\`](${link})`;
}

/** `; default 8`, or that there is none. */
export function defaultWords(spec: KeySpec): string {
  if (spec.required) return '; required';
  if (spec.defaultList !== undefined) return `; default \`${JSON.stringify(spec.defaultList)}\``;
  if (spec.default === undefined) return '';
  return `; default \`${spec.default === null ? 'none' : spec.default}\``;
}

function versionWords(spec: KeySpec): string | undefined {
  const package_ = spec.package === undefined ? '' : `${spec.package} `;
  const parts = [
    spec.since === undefined ? undefined : `since ${package_}${spec.since}`,
    spec.until === undefined ? undefined : `gone after ${package_}${spec.until}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
}
