"""The document itself: whether it is YAML, and whether its keys and values are ones that Azure takes.

What the keys are is declared in `devkit.spec.documents`; here each kind of problem gets its code and its place.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from devkit.checks.catalogue import rule
from devkit.spec.findings import Related, Severity
from devkit.spec.nodes import Scalar
from devkit.spec.places import span_of
from devkit.spec.problems import ProblemKind
from devkit.spec.schema_problems import Code, Enforcer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from devkit.checks.catalogue import Rule
    from devkit.checks.subject import Subject
    from devkit.spec.findings import Finding, Fix
    from devkit.spec.schema_problems import Problem

REFUSED_BY = {
    Enforcer.LOADER: "azure-ai-ml, while reading the file",
    Enforcer.CLIENT: "azure-ai-ml, before sending",
    Enforcer.SERVICE: "the service",
    Enforcer.DOCS: "",
}


@rule("DK101", "yaml-syntax", Severity.ERROR, "The text is not YAML.")
def yaml_syntax(rule: Rule, subject: Subject) -> Iterable[Finding]:
    """The file cannot be parsed, so azure-ai-ml stops before it looks at any key.

    The other rules go on with what can be read around the mistake.
    """
    return _yaml(rule, subject, ProblemKind.SYNTAX)


@rule("DK102", "yaml-value", Severity.ERROR, "A value that a safe YAML loader refuses to build.")
def yaml_value(rule: Rule, subject: Subject) -> Iterable[Finding]:
    """A tag such as !!python/object, or a value that looks like a date and is none.

    azure-ai-ml reads files with PyYAML's safe loader, which never executes a tag and refuses one it does not know.
    """
    return _yaml(rule, subject, ProblemKind.VALUE)


@rule("DK103", "duplicate-key", Severity.WARNING, "A mapping has the same key twice.")
def duplicate_key(rule: Rule, subject: Subject) -> Iterable[Finding]:
    """YAML readers take the last of two equal keys and drop the first without a word.

    Whoever edits the first one will wonder why nothing changes.
    """
    return _yaml(rule, subject, ProblemKind.DUPLICATE_KEY)


@rule("DK104", "too-complex", Severity.ERROR, "Nesting or aliases beyond what a deployment can need.")
def too_complex(rule: Rule, subject: Subject) -> Iterable[Finding]:
    """A few lines of aliases can stand for billions of values.

    Beyond a limit the kit stops reading, and says where it did so first.
    """
    return itertools.islice(_yaml(rule, subject, ProblemKind.LIMIT), 1)


@rule("DK105", "several-documents", Severity.ERROR, "More than one YAML document in the file.")
def several_documents(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """azure-ai-ml reads exactly one document a file; a second one after --- makes it stop.

    It says "expected a single document in the stream". Put each document into a file of its own. The finding stands
    where the second document begins; the keys and values of the first one alone are checked.
    """
    roots = subject.document.roots
    if len(roots) > 1:
        yield subject.finding(
            rule,
            f"YAML document 2 of {len(roots)} begins here; only the first one is checked",
            roots[1].span,
            remedy="Put each document into a file of its own: then each is checked.",
            refused_by=REFUSED_BY[Enforcer.LOADER],
        )


@rule("DK106", "unknown-key", Severity.ERROR, "A key that this kind of document does not have.", fixable=True)
def unknown_key(rule: Rule, subject: Subject) -> Iterable[Finding]:
    """azure-ai-ml refuses unknown keys at every level with "Unknown field.".

    Most are typing mistakes, or keys of another kind of document.
    """
    return _loaded(rule, subject, Code.UNKNOWN_KEY)


@rule("DK107", "missing-key", Severity.ERROR, "A required key is missing.")
def missing_key(rule: Rule, subject: Subject) -> Iterable[Finding]:
    """The document cannot be read without the key, and no flag of the command can give it."""
    return _missing(rule, subject, Code.MISSING_KEY)


@rule("DK108", "missing-name", Severity.WARNING, "A name is missing that the command line may give.")
def missing_name(rule: Rule, subject: Subject) -> Iterable[Finding]:
    """Without -n, -e or --set azure-ai-ml refuses the file; with them it is complete.

    A third of the published examples leave a name to the command line, so this is a warning here, and an error where a
    command runs without it.
    """
    return _missing(rule, subject, Code.MISSING_NAME)


@rule("DK109", "null-value", Severity.ERROR, "A key without a value.")
def null_value(rule: Rule, subject: Subject) -> Iterable[Finding]:
    """A key with nothing behind its colon is null, and azure-ai-ml answers "Field may not be null."."""
    return _loaded(rule, subject, Code.NULL)


@rule("DK110", "wrong-type", Severity.ERROR, "A value of the wrong type.", fixable=True)
def wrong_type(rule: Rule, subject: Subject) -> Iterable[Finding]:
    """azure-ai-ml takes some values for others and refuses the rest.

    Text such as "2" is taken for a number, yes and on for true, but a number is refused where text is wanted. Quote it.
    """
    return _loaded(rule, subject, Code.WRONG_TYPE)


@rule("DK111", "not-allowed", Severity.ERROR, "A value that is not in the list of allowed ones.", fixable=True)
def not_allowed(rule: Rule, subject: Subject) -> Iterable[Finding]:
    """The key takes one of a few values, compared without upper and lower case."""
    return _loaded(rule, subject, Code.NOT_ALLOWED)


@rule("DK112", "limit", Severity.ERROR, "A value outside a limit.")
def limit(rule: Rule, subject: Subject) -> Iterable[Finding]:
    """A number, a length or a pattern that azure-ai-ml or the service refuses; the message says which of them.

    What only the service refuses costs minutes to find out: the deployment is sent, and comes back failed.
    """
    return _loaded(rule, subject, Code.LIMIT)


@rule("DK113", "conflict", Severity.ERROR, "Two keys that exclude each other, or one that lacks its companion.")
def conflict(rule: Rule, subject: Subject) -> Iterable[Finding]:
    """Some keys only work together, and some never do: image and build, mirror and live traffic, routes and ports."""
    return _loaded(rule, subject, Code.CONFLICT)


@rule("DK114", "override", Severity.ERROR, "A --set that cannot be applied.")
def override(rule: Rule, subject: Subject) -> Iterable[Finding]:
    """--set a.b=value goes through mappings. A property that is given by a reference has none to set.

    az answers "Cannot use '--set' on properties defined by reference strings".
    """
    return _loaded(rule, subject, Code.OVERRIDE)


@rule("DK115", "not-a-mapping", Severity.ERROR, "The document is empty, a list or a single value.")
def not_a_mapping(rule: Rule, subject: Subject) -> Iterable[Finding]:
    """Every document is a mapping of keys to values."""
    return _loaded(rule, subject, Code.NOT_A_MAPPING)


@rule("DK116", "yaml-1-1", Severity.HINT, "A value that YAML 1.1 reads otherwise than it looks.", fixable=True)
def yaml_1_1(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """azure-ai-ml reads YAML 1.1: 0755 is the number 493, 1:30 is 90, and 1_000 is 1000.

    In environment variables such a value reaches the script as another text than the one in the file. Quote it.
    """
    variables = subject.value("environment_variables")
    for name in variables if isinstance(variables, dict) else ():
        node = subject.node("environment_variables", name)
        if not isinstance(node, Scalar) or node.style or node.is_null or isinstance(node.value, str):
            continue
        if str(node.value).lower() != node.text.lower():
            yield subject.finding(
                rule,
                f"{node.text} is read as {node.value!r}, and the script gets that as text",
                ("environment_variables", name),
                remedy=f'Quote it: "{node.text}"',
                fixes=(subject.replacing(f'Quote "{node.text}"', node.span, f'"{node.text}"', safe=False),),
            )


@rule("DK117", "unused-silence", Severity.HINT, "A comment that silences nothing.")
def unused_silence(rule: Rule, subject: Subject) -> Iterable[Finding]:  # noqa: ARG001  the runner finds them
    """# devkit: ignore[CODE] stands on a line where CODE is not found. It would hide a later mistake; remove it.

    The runner reports these, for only it knows what all other rules have found.
    """
    return ()


def _yaml(rule: Rule, subject: Subject, kind: ProblemKind) -> Iterator[Finding]:
    for problem in subject.document.problems:
        if problem.kind is kind:
            places = [problem.related] if problem.related is not None else []
            refused = "" if kind is ProblemKind.DUPLICATE_KEY else REFUSED_BY[Enforcer.LOADER]
            yield subject.finding(
                rule,
                problem.message,
                problem.span,
                remedy=problem.remedy,
                related=tuple(Related("the other place", subject.path, subject.range(place)) for place in places),
                refused_by=refused,
            )


def _loaded(rule: Rule, subject: Subject, code: Code) -> Iterator[Finding]:
    return (from_problem(rule, subject, problem) for problem in subject.loaded.problems if problem.code is code)


def _missing(rule: Rule, subject: Subject, code: Code) -> Iterator[Finding]:
    """Missing keys, but not one that is there misspelt: the misspelling is the finding, and its fix mends both."""
    problems = subject.loaded.problems
    misspelt = {(*each.path[:-1], each.suggestion) for each in problems if each.code is Code.UNKNOWN_KEY}
    return (from_problem(rule, subject, each) for each in problems if each.code is code and each.path not in misspelt)


def from_problem(rule: Rule, subject: Subject, problem: Problem) -> Finding:
    """A finding from what loading found; what nobody refuses is a warning at most."""
    softer = problem.enforced_by is Enforcer.DOCS and rule.severity is Severity.ERROR
    refused = REFUSED_BY[problem.enforced_by]
    if problem.says and refused:
        refused += f': "{problem.says}"'
    return subject.finding(
        rule,
        problem.message,
        span_of(subject.document, problem),
        remedy=problem.remedy,
        refused_by=refused,
        severity=Severity.WARNING if softer else None,
        fixes=_fixes(subject, problem),
    )


def _fixes(subject: Subject, problem: Problem) -> tuple[Fix, ...]:
    """The mend that loading suggests, when the text has the key or value that it would replace."""
    if problem.suggestion is None:
        return ()
    node = subject.node(*problem.path)
    span = subject.key_span(*problem.path) if problem.on_key else node.span if node is not None else None
    if span is None or span.start == span.end:
        return ()
    return (subject.replacing(f"Write {problem.suggestion}", span, problem.suggestion),)
