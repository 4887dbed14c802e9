import type { Location } from 'vscode-languageserver';
import { optionAt } from '../../src-core/analysis/locate.ts';
import type { KeySpec, Scope } from '../../src-core/frameworks/schema.ts';
import { specCard } from '../../src-core/hover/key-card.ts';
import { say } from '../../src-core/text/message.ts';
import type { Localize } from '../localize.ts';
import { OPTIONS_PAGE, OPTIONS_SCHEME, type OptionsPageParams } from '../proto/requests.ts';
import { guarded, type Shell } from '../shell.ts';
import { pathOf } from '../uris.ts';
import type { View } from '../view.ts';

/** Finds the page that documents the option at an offset. */
export type FindOptionPage = (view: View, offset: number) => Location | undefined;

/** All options of a scope, one heading each, with what the framework does when one is left out. */
function pageOf(
  scope: Scope,
  localize: Localize,
): {
  readonly text: string;
  readonly lines: ReadonlyMap<string, number>;
} {
  const lines = new Map<string, number>();
  const text = [`# ${scope.title}`, '', localize(say`Options as of ${scope.origin}.`), ''];
  for (const spec of [...scope.keys.all()].sort((a, b) => a.name.localeCompare(b.name))) {
    lines.set(spec.name, text.length);
    text.push(`## ${spec.name}`, '', ...cardLines(spec, scope, localize), '');
  }
  return { text: `${text.join('\n')}\n`, lines };
}

/** The card without its title, which is the heading here. */
function cardLines(spec: KeySpec, scope: Scope, localize: Localize): readonly string[] {
  return localize(specCard(spec, scope)).split('\n').slice(2);
}

/** The pages, for clients that can show them; each is made when it is first asked for. */
export function registerOptionPages({ connection, shows, say: localize }: Shell): FindOptionPage {
  /** By path: an editor may encode the URI in another way. */
  const scopes = new Map<string, Scope>();
  const page = async ({ uri }: OptionsPageParams): Promise<string | null> => {
    const scope = scopes.get(pathOf(uri));
    return scope === undefined ? null : pageOf(scope, localize).text;
  };
  connection.onRequest<string | null, never>(
    OPTIONS_PAGE,
    guarded(connection, OPTIONS_PAGE, null as string | null, page),
  );
  return (view, offset) => {
    const found = shows.optionPages ? optionAt(view.analysis, offset) : undefined;
    if (found?.option.resolved.kind !== 'key') return undefined;
    const { scope } = found.option.section;
    const uri = `${OPTIONS_SCHEME}:/${encodeURIComponent(found.run.framework)}/${encodeURIComponent(scope.title)}.md`;
    scopes.set(pathOf(uri), scope);
    const line = pageOf(scope, localize).lines.get(found.option.resolved.spec.name) ?? 0;
    const start = { line, character: 0 };
    return { uri, range: { start, end: start } };
  };
}
