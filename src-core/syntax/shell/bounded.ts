import { type ParsedScript, parse } from 'unbash';

/** No command has so many heredocs; for each of them the parser looks at all that wait on its line. */
const MOST_HEREDOCS = 100;

/** Parses a script in time that grows with its length: heredocs beyond any use are none. */
export function parseBounded(source: string): ParsedScript {
  return parse(withoutHeredocs(source));
}

function withoutHeredocs(source: string): string {
  let [rest, done, end, count] = ['', 0, -1, 0];
  for (let at = source.indexOf('<<'); at >= 0; at = source.indexOf('<<', at + 2)) {
    if (at > end) {
      end = commandEnd(source, at);
      count = 0;
    }
    if (++count <= MOST_HEREDOCS) continue;
    rest += `${source.slice(done, at)}  `;
    done = at + 2;
  }
  return done === 0 ? source : rest + source.slice(done);
}

/** The end of the line that `at` is on, with those that a `\` joins to it. */
function commandEnd(source: string, at: number): number {
  let end = source.indexOf('\n', at);
  while (end > 0 && source[end - 1] === '\\') end = source.indexOf('\n', end + 1);
  return end < 0 ? source.length : end;
}
