#!/usr/bin/env python3
"""The keys of verl's configs as Hydra composes them, at every release, for test/tasks/schemas.mjs:
verl-configs.py REPO FOLDER, with a git directory of verl, writes FOLDER/verl.json. Keys that any commit had count."""
import json
import posixpath
import re
import subprocess
import sys
from functools import lru_cache

import yaml

REPO = sys.argv[1]
ROOT = 'verl/trainer/config'
TAGS = ['v0.1','v0.2.0.post2','v0.3.0.post1','v0.4.0','v0.4.1','v0.5.0','v0.6.0','v0.6.1','v0.7.0','v0.7.1','v0.8.0','v0.9.0']


def git(*a): return subprocess.run(['git','--git-dir='+REPO,*a],capture_output=True,text=True)
class Repo:
    def __init__(s, ref):
        s.ref = ref
        s.blobs = {}
        for line in git('ls-tree','-r',ref,ROOT).stdout.splitlines():
            meta, path = line.split('\t'); s.blobs[path[len(ROOT)+1:]] = meta.split()[2]
    def has(s, p): return p in s.blobs
    def node(s, p): return load(s.blobs[p])
@lru_cache(None)
def load(blob):
    text = git('cat-file','blob',blob).stdout
    return text, yaml.compose(text, Loader=yaml.SafeLoader)
def value(node):
    return yaml.SafeLoader('').construct_document(node) if node is not None else None
def put(out, key, val, src):
    out[key] = (val, src)
def merge(out, pkg, node, src, skip=()):
    """flat: dotted -> (value or dict marker, source)"""
    for k, v in node.value:
        name = str(value(k))
        if pkg == '' and name in skip or name in skip and name=='defaults': continue
        key = f'{pkg}.{name}' if pkg else name
        at = f'{src}:{k.start_mark.line+1}'
        if isinstance(v, yaml.MappingNode):
            prior = out.get(key)
            if prior is None or not (isinstance(prior[0], dict)):
                # replaces a scalar: children none
                put(out, key, {}, at)
            merge(out, key, v, src)
        else:
            # a scalar or list over a mapping drops its keys
            for old in [o for o in out if o.startswith(key+'.')]: del out[old]
            put(out, key, value(v), at)
def compose(repo, name, overrides=None, pkg='', group='', out=None, env=None):
    out = {} if out is None else out
    env = {} if env is None else env
    overrides = {} if overrides is None else dict(overrides)
    path = posixpath.normpath(posixpath.join(group, name)) + '.yaml'
    text, node = repo.node(path)
    src = f'{ROOT}/{path}'
    m = re.search(r'^#\s*@package\s+(\S+)', text, re.M)
    if m: pkg = '' if m[1]=='_global_' else m[1]
    if node is None: return out
    defaults = None
    for k, v in node.value:
        if value(k) == 'defaults': defaults = value(v)
    items = list(defaults) if defaults else []
    if '_self_' not in items: items.append('_self_')
    for it in items:
        if isinstance(it, dict):
            (k, v), = it.items()
            if k.startswith('override '): overrides[k[9:].split('@')[0].strip()] = v
    for it in items:
        if it == '_self_': merge(out, pkg, node, src, skip=('defaults',)); continue
        if isinstance(it, dict):
            (k, v), = it.items()
            if k.startswith('override '): continue
            optional = k.startswith('optional '); k = k.removeprefix('optional ')
            grp, _, p = k.partition('@')
            if grp in overrides and p in ('', grp): v = overrides[grp]
            if v is None: continue
            for v in (v if isinstance(v, list) else [v]):
              v = re.sub(r'\$\{(\w+)\}', lambda m: env.get(m[1], overrides.get(m[1], '')), str(v))
              if not p and '/' not in grp: env[grp] = v
              g = posixpath.normpath(posixpath.join(group, grp)) if not grp.startswith('/') else grp[1:]
              sub = p if p else g.replace('/','.')
              if p == '_here_': sub = ''
              full = '.'.join(x for x in (pkg, sub) if x)
              if sub.startswith('_global_.'): full = sub[9:]
              if not repo.has(posixpath.normpath(posixpath.join(g, v)) + '.yaml'):
                  if optional: continue
                  raise KeyError((repo.ref, name, it))
              compose(repo, v, overrides, full, g, out, env)
        else:
            n, _, p = it.partition('@')
            full = '.'.join(x for x in (pkg, p) if x)
            compose(repo, n, overrides, full, group, out, env)
    return out
# id -> (config, overrides)
ENGINES = ['torchtitan','veomni','mindspeed']
def scopes(repo):
    s = {}
    for cfg in ['ppo_trainer','ppo_megatron_trainer','sft_trainer','sft_trainer_engine','generation','evaluation']:
        if repo.has(cfg+'.yaml'): s[cfg] = (cfg, {})
    if repo.has('model_engine/dp.yaml'):
        for e in ENGINES:
            if repo.has(f'model_engine/{e}.yaml'): s['ppo_trainer '+e] = ('ppo_trainer', {'model_engine': e})
    if repo.has('sft_trainer_engine.yaml'):
        for e in ['megatron']+ENGINES+['automodel']:
            if repo.has(f'engine/{e}.yaml') and repo.has(f'optim/{e}.yaml'): s['sft_trainer_engine '+e] = ('sft_trainer_engine', {'engine': e, 'optim': e})
    return s
def all_of(ref):
    repo = Repo(ref)
    return {i: compose(repo, c, o) for i, (c, o) in scopes(repo).items()}


def ver(t): return t[1:]
def real(keys):
    """leaves and empty mappings; `_target_` says which class a mapping is."""
    parents = {k.rsplit('.',i)[0] for k in keys for i in range(1, k.count('.')+1)}
    return {k: v for k, v in keys.items() if k not in parents and '_target_' not in k.split('.')}
def main(folder):
    per = {t: {i: real(k) for i, k in all_of(t).items()} for t in TAGS+['HEAD']}
    dates = {t: int(git('log','-1','--format=%ct',t).stdout) for t in TAGS}
    ids = sorted({i for p in per.values() for i in p})
    seen = {i: {} for i in ids}   # name -> newest time
    bad = 0
    for line in git('log','--format=%H %ct','HEAD','--',ROOT).stdout.splitlines():
        h, t = line.split(); t = int(t)
        try: got = all_of(h)
        except Exception as e: bad += 1; continue
        for i, k in got.items():
            if i not in seen: continue
            for n in real(k): seen[i][n] = max(seen[i].get(n, 0), t)
    print('commits not composed', bad)
    out = {}
    for i in ids:
        having = [t for t in TAGS if i in per[t]]
        if not having: print('no tag has', i); continue
        newest = having[-1]
        last = dict(per['HEAD'].get(i, {})) if newest == TAGS[-1] else {}
        now = {**last, **per[newest][i]}
        fields = []
        for n in sorted(now):
            v, at = now[n]
            tags = [t for t in having if n in per[t][i]]
            f = {'name': n, 'type': kind(v), 'default': dflt(v), 'required': False, 'choices': None, 'aliases': [], 'definedIn': at}
            if not tags: f['since'] = '0.10.0'
            elif tags[0] != having[0]: f['since'] = ver(tags[0])
            fields.append(f)
        gone = {}
        for t in having:
            for n in per[t][i]:
                if n not in now: gone[n] = ver(t)
        between = 0
        for n, when in seen[i].items():
            if n in now or n in gone: continue
            before = [t for t in having if dates[t] <= when]
            gone[n] = ver(before[-1] if before else having[0]); between += 1
        parents = {k.rsplit('.', j)[0] for k in now for j in range(1, k.count('.')+1)}
        gone = {n: u for n, u in gone.items() if n not in parents and '@' not in n}
        out[i] = {'fields': fields, 'gone': dict(sorted(gone.items()))}
        print(i, newest, len(fields), 'gone', len(gone), 'between', between, 'since', sum('since' in f for f in fields))
    json.dump({'framework':'verl','classes':out}, open(folder+'/verl.json','w'), indent=1)
def kind(v):
    if isinstance(v, dict): return 'dict'
    if isinstance(v, list): return 'list'
    return 'Any'
def dflt(v):
    if isinstance(v, dict): return {'$expr': '{}'}
    if isinstance(v, str) and ('${' in v or v == '???'): return {'$expr': v}
    return v
main(sys.argv[2])
