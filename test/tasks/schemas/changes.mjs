// What changed between two data files: keys added, removed, with another default or other choices.

function rowsOf(data) {
  const out = new Map();
  for (const scope of data?.scopes ?? []) {
    for (const index of scope.groups) {
      for (const row of data.groups[index]) {
        const [name, , , value = '', choices = ''] = row.split('\t');
        const list = choices === '' ? '' : JSON.stringify(data.choices[Number(choices)]);
        out.set(`${scope.id}\t${name}`, { value, list });
      }
    }
  }
  return out;
}

/** Lines such as `+ packing_mode (sft, rlhf)`: the same change in several scopes is one line. */
export function describeChanges(before, after) {
  if (before === undefined) return [];
  const [old, now] = [rowsOf(before), rowsOf(after)];
  const lines = new Map();
  const say = (text, id) => lines.set(text, [...(lines.get(text) ?? []), id]);
  const scopes = (data) => new Set(data.scopes.map((scope) => scope.id));
  const [had, has] = [scopes(before), scopes(after)];
  for (const id of has) if (!had.has(id)) say('+ scope', id);
  for (const id of had) if (!has.has(id)) say('- scope', id);
  for (const [key, { value, list }] of now) {
    const [scope, name] = key.split('\t');
    if (!had.has(scope)) continue;
    const was = old.get(key);
    if (was === undefined) say(`+ ${name}`, scope);
    else if (was.value !== value) say(`~ ${name}: default ${was.value} -> ${value}`, scope);
    else if (was.list !== list) say(`~ ${name}: choices ${was.list} -> ${list}`, scope);
  }
  for (const key of old.keys()) {
    const [scope, name] = key.split('\t');
    if (has.has(scope) && !now.has(key)) say(`- ${name}`, scope);
  }
  return [...lines].map(([text, scopes]) => `${text} (${summary(scopes)})`).sort();
}

function summary(scopes) {
  return scopes.length > 4
    ? `${scopes.slice(0, 3).join(', ')}, ${scopes.length - 3} more`
    : scopes.join(', ');
}
