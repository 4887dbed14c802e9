"""Records what PyYAML's safe loader and Python's json make of small broken files.

    python3 test/measure/loads.py test/golden/loads.json

Each case of CASES is put below, between or in place of the lines of a small config. Writes a list of
texts with `line`, the line (from 1) of the place that the loader names, `null` where it loads the text, and
0 where it names none. PyYAML 6.0.3, Python 3.11.
"""

import json
import sys

import yaml

HEAD = "# a config\nmodel: a\nnested:\n  list:\n  - 1\n  - 2\n"
TAIL = "lr: 1e-5\nnames: [\"a\", 'b']\n"
YAML = r"""
learning_rate 1e-4
learning_rate = 1e-4
learning_rate:1e-4
  learning_rate: 1e-4
- x
a: b: c
a: b #c
a: "x
a: 'x
a: x"
a: "x" y
a: 'it's'
a: it's
a: "\d"
a: "C:\new"
a: C:\new
a: [1, 2
a: [1, 2]]
a: {b: 1
a: {b:1}
a: {b}
a: [1,,2]
a: [1,]
a: [1 2]
a: ]
a: @x
a: `x`
a: %x
a: *x
a: &x 1
a: !env X
a: !!python/tuple [1]
a: !!float 1
a: ${x}
a: {b: ${x}}
a: <your path>
a: - b
a: |x
a: >-
a: ?
"a" 1
"a": 1,
a: 1,
a: ,b
a : 1
<<<<<<< HEAD
=======
>>>>>>> main
---
%YAML 1.2
// comment
/* comment */
; comment
{
}
[
]
"
a: http://x:80/y
a: 12:30
a: “x”
a：1
a
-a
- a: b
? a
export A=1
A=1
!x
hello world
""".strip("\n").split("\n")
LINES = [
    "\ta: 1", "a:\t1", "a: 1\t# c", "a: 1\t", "\t", "\t# c", "a: 1 # c\td", 'a: "x\ty"', "a: x\ty",
    "a: |\n  x\n\ty", "a: |\n  x\n  \ty", "a:\n\tb: 1", "a:\n  b: 1\n c: 2", "a:\n   b: 1\n  c: 2",
    "a: b\n c", "a: b\n c: d", "a: b\n  - c", "a:\n- b\n- c", "a:\n - b\n- c", "a: [b,\n c]", "a: [b,\nc]",
    "a: {b: 1,\nc: 2}", "a: [\n]", "a: [b, # it's\nc]", "a: [b #c\n]", 'a: "x\ny"', 'a: "x\ny" z', "a: 'x\n\n  y'",
    "a: \x07", "a: x\u00a0y", "\u00a0a: 1", "a: &x\n  b: 1\nb: *x", "b: *x\na: &x 1", "a: ['x\n', y]",
    "<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> main", "a: 1\n...\nb: 2", "a: |\n <<<<<<< HEAD\n b",
]
JSON = r"""
{"a": {"b": 2,}}
{"a": [1, 2,]}
{"a": 1, // comment
{"a": 1 /* comment */}
# comment
{'a': 1}
{"a": 'x'}
{a: 1}
{"a": True}
{"a": None}
{"a": NaN, "b": -Infinity}
{"a": nan}
{"a": auto}
{"a": 1e-5, "b": 1E5, "c": -0.5}
{"a": .5}
{"a": 1.}
{"a": 01}
{"a": +1}
{"a": 0x10}
{"a": 1_000}
{"a" 1}
{"a": 1 "b": 2}
{"a": 1, "b"}
{"a": 1,, "b": 2}
{,}
{}
[]
{"a": "x}
{"a": "x	y"}
{"a": "\d"}
{"a": "C:\new"}
{"a": "C:\\new"}
{"a": "\u12"}
{"a": {"b": 1}
{"a": 1}}
{"a": 1} {"b": 2}
{"a": 1, "a": 2}
{"a": “x”}
{"a": <x>}
{"a": ${x}}
{"a": "${x}"}
""".strip("\n").split("\n")
MORE = ["", "\n", '{"a": 1,\n "b": 2\n "c": 3}', '{"a": "x\ny"}', '{\n "a": 1,\n}\n', '{"a": "\x07"}']


def yaml_line(text):
    try:
        yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        return error.problem_mark.line + 1 if error.problem_mark else 0
    except (yaml.YAMLError, ValueError):
        return 0
    return None


def json_line(text):
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno
    return None


CASES = YAML + LINES
texts = [t for case in CASES for t in (HEAD + case + "\n" + TAIL, case + "\n" + HEAD + TAIL, HEAD + TAIL + case)]
texts += [HEAD + TAIL, (HEAD + TAIL).replace("\n", "\r\n"), "---\n" + HEAD, HEAD + "---\n", "# c\n---\n" + HEAD + "...\n"]
found = [{"language": "yaml", "text": t, "line": yaml_line(t)} for t in texts]
found += [{"language": "json", "text": t, "line": json_line(t)} for t in JSON + MORE]
with open(sys.argv[1], "w", encoding="utf8") as out:
    out.write("[\n" + ",\n".join(json.dumps(one, ensure_ascii=True) for one in found) + "\n]\n")
