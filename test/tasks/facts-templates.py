"""The mark that opens a user's turn, for every prompt template of ms-swift and LLaMA-Factory.

    python3 test/tasks/facts-templates.py SWIFT LLAMAFACTORY > src-core/facts/registry/templates.data.json

SWIFT and LLAMAFACTORY are checkouts of the two repositories. Their sources are parsed, never run.
A template whose turns are built by code of its own has no mark (null).
"""

import ast
import json
import pathlib
import sys

QUERY = ("{{QUERY}}", "{{content}}")


def literal(node, names):
    """The value of a literal, of a dataclass field's default, or of a sum of those; else None."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        return [literal(item, names) for item in node.elts]
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = literal(node.left, names), literal(node.right, names)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.Call) and called(node) == "field":
        factory = keywords(node).get("default_factory")
        return literal(factory.body, names) if isinstance(factory, ast.Lambda) else []
    return None


def called(node):
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def keywords(node):
    return {keyword.arg: keyword.value for keyword in node.keywords}


def mark(parts):
    """The first line in front of the user's words; None where it marks nothing, or code builds it."""
    if not isinstance(parts, list) or not all(isinstance(part, (str, type(None))) for part in parts):
        return None
    text = "".join(part or "" for part in parts)
    if not any(query in text for query in QUERY):
        return None
    first = text.split("{{")[0].strip().split("\n")[0]
    return first if any(not char.isalnum() for char in first) else None


def registrations(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) == "register_template":
            yield node


def factory_marks(root):
    tree = ast.parse((root / "src/llamafactory/data/template.py").read_text())
    out = {}
    for node in registrations(tree):
        given = keywords(node)
        user = given.get("format_user")
        # Special tokens stand in the list as sets: `{"bos_token"}`.
        slots = literal(keywords(user)["slots"], {}) if user is not None else ["{{content}}"]
        out[literal(given["name"], {})] = mark(slots)
    return out


def swift_marks(root):
    trees = [ast.parse(path.read_text()) for path in sorted((root / "swift/template").rglob("*.py"))]
    names, types, classes = {}, {}, {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                classes[node.name] = node
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                value = literal(node.value, names)
                if isinstance(value, str):
                    names[node.targets[0].id] = value
    for owner in ("LLMTemplateType", "MLLMTemplateType", "RMTemplateType"):
        for node in classes[owner].body if owner in classes else []:
            if isinstance(node, ast.Assign):
                types[node.targets[0].id] = literal(node.value, {})

    def prompt_of(name):
        """The class's own `prompt`, or that of the first base that has one."""
        node = classes.get(name)
        for item in node.body if node else []:
            if isinstance(item, ast.AnnAssign) and item.target.id == "prompt" and item.value:
                return literal(item.value, names)
        for base in node.bases if node else []:
            found = prompt_of(getattr(base, "id", ""))
            if found is not None:
                return found
        return None

    out = dict.fromkeys(types.values())
    for tree in trees:
        for node in registrations(tree):
            meta = node.args[0]
            if not isinstance(meta, ast.Call) or not meta.args:
                continue
            template = types.get(getattr(meta.args[0], "attr", ""))
            given = keywords(meta).get("prompt", meta.args[2] if len(meta.args) > 2 else None)
            if template is not None:
                out[template] = mark(prompt_of(called(meta)) if given is None else literal(given, names))
    return out


def by_mark(marks):
    """[mark, its templates] pairs; templates without a mark come under null."""
    groups = {}
    for name, text in sorted(marks.items()):
        groups.setdefault(text, []).append(name)
    return sorted(([text, " ".join(found)] for text, found in groups.items()), key=lambda g: g[1])


swift, factory = (pathlib.Path(text) for text in sys.argv[1:3])
data = {"swift": by_mark(swift_marks(swift)), "llamafactory": by_mark(factory_marks(factory))}
print(json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("],[", "],\n["))
