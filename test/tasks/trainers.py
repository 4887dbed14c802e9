"""Writes src-core/frameworks/{trl,transformers}/trainers.data.json: the keywords of every trainer's constructor.

python3 test/tasks/trainers.py TRL.git TRL_FOLDER TRANSFORMERS_4 TRANSFORMERS_5

TRL.git is a clone with tags; the others are packages as installed (trl 1.13.0, transformers 4.57.6 and 5.18.0).
A class is read with the bases that it hands its `**kwargs` on to. Names that a decorator still
takes (`deprecate_kwarg`) count as there.
"""

import ast
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "src-core" / "frameworks"
FILES = re.compile(r"_trainer\.py$|/base\.py$|/trainer(?:_seq2seq)?\.py$")
ALIASES = {"deprecate_kwarg"}
# As the warnings of the last release that took the old name say.
NEW_NAMES = {
    "tokenizer": "processing_class",
    "reward_model": "reward_funcs",
    "reward_processing_class": "reward_processing_classes",
    "config": "args",
    "policy": "model",
}
# TRL 1.10 to 1.12 were not read: what 1.13.0 lacks may be there until then.
TRL_NEWEST, TRL_BEFORE = "1.13.0", "1.12"
# The release that trl 0.12.0 asks for (setup.py), whose trainers hand `processing_class` on to it.
TRANSFORMERS_SINCE = {"processing_class": "4.46"}


def tagged(git, tag):
    def run(*words):
        return subprocess.run(["git", f"--git-dir={git}", *words], capture_output=True, text=True, check=True).stdout

    names = run("ls-tree", "-r", "--name-only", tag, "trl").split()
    return {name: run("show", f"{tag}:{name}") for name in names if FILES.search(name)}


def installed(folder):
    root = pathlib.Path(folder)
    found = {str(path.relative_to(root.parent)): path for path in root.rglob("*.py")}
    return {name: path.read_text() for name, path in found.items() if FILES.search(name)}


class Release:
    """The trainers of one release: their constructors' keywords with the places they are declared at."""

    def __init__(self, sources):
        self.classes = {}
        self.imports = {}
        for file, text in sources.items():
            tree = ast.parse(text)
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom):
                    for one in node.names:
                        self.imports[file, one.asname or one.name] = one.name
            for node in tree.body:
                if isinstance(node, ast.ClassDef) and node.name.endswith("Trainer"):
                    self.classes.setdefault(node.name, []).append((file, node))

    def keywords(self, name, beside=None):
        """Those of all classes of that name; None where some are not seen."""
        found = [self.own(file, node) for file, node in self.classes.get(name, []) if file != beside]
        if not found or any(one is None for one in found):
            return None
        # The class that `trl` itself has comes first.
        return {key: said for one in reversed(found) for key, said in one.items()}

    def own(self, file, node):
        made = next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)
        own = {} if made is None else parameters(file, made)
        if made is not None and made.args.kwarg is None:
            return own
        bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
        inherited = [self.keywords(self.imports.get((file, base), base), file) for base in bases if "Trainer" in base]
        if not inherited or any(one is None for one in inherited):
            return None
        return {**inherited[0], **own}


def parameters(file, made):
    args = made.args
    pairs = list(zip(args.args[::-1], args.defaults[::-1]))
    pairs += [(arg, value) for arg, value in zip(args.kwonlyargs, args.kw_defaults) if value is not None]
    defaults = {arg.arg: value for arg, value in pairs}
    out = {}
    for arg in [*args.args[1:], *args.kwonlyargs]:
        value = defaults.get(arg.arg)
        plain = value.value if isinstance(value, ast.Constant) else ...
        out[arg.arg] = (f"{file}:{arg.lineno}", value is None, plain)
    for call in made.decorator_list:
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ALIASES:
            out[ast.literal_eval(call.args[0])] = (f"{file}:{call.lineno}", False, ...)
    return out


def numbers(version):
    return [int(part) for part in version.split(".")]


def scope_of(name, releases):
    """`releases`: version and keywords, oldest first; those without the class are left out."""
    newest = releases[-1][1]
    keys, gone = [], []
    for key in sorted({key for _, keywords in releases for key in keywords}):
        having = [version for version, keywords in releases if key in keywords]
        if key in newest:
            since = None if having[0] == releases[0][0] else having[0]
            keys.append((key, newest[key], since))
        else:
            gone.append((key, having[-1]))
    return {"id": name, "keys": keys, "gone": gone}


def row(cells):
    while cells and cells[-1] == "":
        cells.pop()
    return "\t".join(cells)


def table(framework, version, origin, scopes):
    files = sorted({said[0].split(":")[0] for scope in scopes for _, said, *_ in scope["keys"]})
    groups, goners = [], []
    for scope in scopes:
        rows = []
        for key, (place, required, default), since, *rest in scope["keys"]:
            file, line = place.split(":")
            code = "a" + ("!" if required else "?" if default is None else "")
            value = "" if default is ... or required else json.dumps(default)
            rows.append(row([key, code, f"{files.index(file)}:{line}", value, "", since or "", *rest]))
        groups.append(rows)
        names = {key for key, *_ in scope["keys"]}
        pairs = [(key, until, NEW_NAMES.get(key, "")) for key, until in scope["gone"]]
        goners.append([row([key, until, now if now in names else ""]) for key, until, now in pairs])
    made = [
        {"id": one["id"], "title": one["id"], "unknown": "raise", "names": "exact", "groups": [at], "gone": [at]}
        for at, one in enumerate(scopes)
    ]
    head = {"framework": framework, "version": version, "origin": origin, "files": files, "choices": []}
    text = json.dumps({**head, "scopes": made, "groups": groups, "gone": goners}, separators=(",", ":"))
    text = text.replace('","', '",\n"').replace("],[", "],\n[")
    (TARGET / framework / "trainers.data.json").write_text(text + "\n")


def trl(git, folder):
    said = subprocess.run(["git", f"--git-dir={git}", "tag"], capture_output=True, text=True, check=True).stdout
    tags = [tag[1:] for tag in said.split() if re.fullmatch(r"v\d+(\.\d+)+", tag)]
    releases = [(tag, Release(tagged(git, f"v{tag}"))) for tag in sorted(tags, key=numbers)]
    newest = Release(installed(folder))
    scopes = []
    for name in sorted(newest.classes):
        if name.startswith("_") or newest.keywords(name) is None:
            print("left out:", name)
            continue
        having = [(version, release.keywords(name)) for version, release in releases if name in release.classes]
        for version, keywords in having:
            if keywords is None:
                print("open:", name, version)
        having = [(version, keywords) for version, keywords in having if keywords is not None]
        scope = scope_of(name, [*having, (TRL_NEWEST, newest.keywords(name))])
        last = having[-1][0] if having else None
        scope["gone"] = [(key, TRL_BEFORE if until == last else until) for key, until in scope["gone"]]
        scopes.append(scope)
    table("trl", TRL_NEWEST, f"trl {TRL_NEWEST} and the tags from {releases[0][0]}", scopes)


def transformers(folder4, folder5):
    older, newest = Release(installed(folder4)), Release(installed(folder5))
    scopes = []
    for name in ("Trainer", "Seq2SeqTrainer"):
        then, now = older.keywords(name), newest.keywords(name)
        since = {key: "5.0" for key in now if key not in then} | TRANSFORMERS_SINCE
        keys = [(key, said, since.get(key)) for key, said in now.items()]
        lost = [key for key in then if key not in now]
        # Legal wherever release 4 is allowed: a row with its end, and what replaces it.
        keys += [(key, then[key], None, "4.57") for key in lost]
        scopes.append({"id": name, "keys": sorted(keys), "gone": [(key, "4.57") for key in lost]})
    table("transformers", "5.18.0", "transformers 5.18.0 and 4.57.6", scopes)


git, trl_folder, folder4, folder5 = sys.argv[1:]
trl(git, trl_folder)
transformers(folder4, folder5)
