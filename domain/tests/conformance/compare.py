"""Renders every conformance fixture with Jinja2 and compares it with what the fixture expects.

    python compare.py FOLDER

A fixture is a row of sections, each `--- title` and its text up to the next title; the last line break of a text is
not part of it. `UPDATE_FIXTURES=1` writes what Jinja2 makes instead of comparing. docs/jinja2.md describes the sections.
"""

import json
import os
import pathlib
import sys

import jinja2

# The most fixtures that may differ, per cent of all.
MOST_DIFFERING = 5
# The fewest fixtures: a folder that was not found must not pass.
FEWEST = 150
KINDS = ("syntax", "name", "undefined", "value")


def environment(templates):
    """The settings of domain/src/render.rs: Jinja2's defaults, and the statements `break` and `continue`."""
    return jinja2.Environment(
        autoescape=False,
        extensions=["jinja2.ext.loopcontrols"],
        loader=jinja2.DictLoader(templates),
        undefined=jinja2.Undefined,
    )


class Fixture:
    def __init__(self, path):
        self.path = path
        self.sections = []
        for line in path.read_bytes().decode("utf-8").split("\n"):
            if line.startswith("--- "):
                self.sections.append([line[4:], []])
            else:
                self.sections[-1][1].append(line)
        # The file ends with a line break, which leaves an empty last line behind.
        self.sections[-1][1].pop()
        self.sections = [[title, "\n".join(lines)] for title, lines in self.sections]

    def find(self, title):
        return next((text for other, text in self.sections if other == title), None)

    def template(self, title):
        """`⟦CR⟧` stands for a carriage return, which editors and git would not keep."""
        text = next(text for other, text in self.sections if other.startswith(title))
        return text.replace("⟦CR⟧", "\r")

    def templates(self):
        titles = [title for title, _ in self.sections if title.startswith("template ")]
        return {title.removeprefix("template "): self.template(title) for title in titles}

    def outcome(self, title):
        """What a section expects: a text, or the kind of an error."""
        text, kind = self.find(title), self.find(title + " error")
        return ("text", text) if text is not None else ("error", kind)

    def write(self, title, outcome):
        what, text = outcome
        kept = [s for s in self.sections if s[0] not in (title, title + " error")]
        new = [title if what == "text" else title + " error", text]
        # What to expect comes last.
        self.sections = kept + [new] if title == "expect" else kept[:-1] + [new] + kept[-1:]
        text = "".join(f"--- {title}\n{text}\n" for title, text in self.sections)
        self.path.write_bytes(text.encode("utf-8"))


def kind_of(error):
    if isinstance(error, jinja2.TemplateAssertionError):
        return "name"
    # Python's own: what Jinja2 compiles to, `break` outside of a loop, is no Python.
    if isinstance(error, (jinja2.TemplateSyntaxError, SyntaxError)):
        return "syntax"
    # Python's own functions refuse it by the name of its type.
    if isinstance(error, jinja2.UndefinedError) or "Undefined" in str(error):
        return "undefined"
    # A filter or test that is named by a value is looked up when it is called.
    return "name" if str(error).startswith("No ") and isinstance(error, jinja2.TemplateRuntimeError) else "value"


def rendered(fixture):
    variables = json.loads(fixture.find("variables") or "{}")
    try:
        template = environment(fixture.templates()).from_string(fixture.template("message "))
        return "text", template.render(variables)
    # Filters raise whatever Python raises.
    except Exception as error:
        return "error", kind_of(error)


def problem(fixture):
    """What is wrong with a fixture, or None."""
    found, expected = rendered(fixture), fixture.outcome("expect")
    if expected[0] == "error" and expected[1] not in KINDS:
        return f"expects an unknown kind of error {expected[1]!r}: use one of {', '.join(KINDS)}"
    if fixture.find("differs") is None:
        return None if found == expected else f"expected {expected}\n  Jinja2   {found}"
    if found == expected:
        return "is said to differ, but does not: remove the sections `differs` and `jinja2`"
    noted = fixture.outcome("jinja2")
    return None if found == noted else f"noted  {noted}\n  Jinja2 {found}"


def main(folder):
    fixtures = [Fixture(path) for path in sorted(pathlib.Path(folder).glob("*.txt"))]
    differing = [f for f in fixtures if f.find("differs") is not None]
    if "UPDATE_FIXTURES" in os.environ:
        for fixture in fixtures:
            fixture.write("jinja2" if fixture in differing else "expect", rendered(fixture))
    problems = [(f.path.stem, problem(f)) for f in fixtures]
    problems = [f"{name}: {text}" for name, text in problems if text]
    if len(fixtures) < FEWEST:
        problems.append(f"{len(fixtures)} fixtures: {FEWEST} is the fewest")
    share = 100 * len(differing) / max(len(fixtures), 1)
    if share > MOST_DIFFERING:
        problems.append(f"{share:.1f} % of the fixtures differ: {MOST_DIFFERING} % is the most")
    for line in problems:
        print(line)
    same = len(fixtures) - len(differing)
    print(f"Jinja2 {jinja2.__version__}: {len(fixtures)} fixtures, {same} the same, {len(differing)} differ ({share:.1f} %)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
