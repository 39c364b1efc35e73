"""The pages of the API: one for each operation, one for each tag, and the index of all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from letmepost.docs.body_fields import alternatives, type_words
from letmepost.docs.examples import json_text
from letmepost.docs.markdown import fill, table
from letmepost.docs.operations import (
    JSON_TYPE,
    Answer,
    Content,
    Operation,
    Parameter,
    tag_folder,
)
from letmepost.docs.request_samples import samples
from letmepost.docs.schema_tables import FieldTable, bound_words, field_tables
from letmepost.docs.site import Site

_FIELD_HEAD = ("Field", "Type", "Needed", "Meaning")
_ANSWER_HEAD = ("Field", "Type", "Always there", "Meaning")


def operation_page(site: Site, operation: Operation) -> str:
    """The page of one operation, as Markdown."""
    schemas = site.schemas
    good = [each for each in operation.answers if each.good]
    examples = dict(operation.body.examples) if operation.body else {}
    body = _body_tables(operation.body, schemas)
    return fill(
        "operation.md",
        site=site,
        operation=operation,
        samples=samples(operation, schemas),
        more_examples=[(name, json_text(each)) for name, each in list(examples.items())[1:]],
        parameters=_parameter_table(operation.parameters, schemas),
        body=_written(body, _FIELD_HEAD, "###"),
        closed=all(each.closed for each in body if not each.at),
        answers=good,
        examples=_new_examples(good),
        tables=_answer_tables(good, schemas),
        errors=_error_table(operation),
        headers=_header_table(operation.answers),
        folder=tag_folder(operation.tag),
    )


def tag_page(site: Site, tag: str, described: str) -> str:
    """The operations of one tag, as Markdown."""
    return fill(
        "reference_tag.md", tag=tag, description=described, table=_operation_table(site, tag)
    )


def reference_index(site: Site) -> str:
    """What all operations share, and a table of each tag, as Markdown."""
    return fill(
        "reference_index.md",
        site=site,
        version=site.openapi.get("openapi", ""),
        tags=[
            {"name": name, "description": described, "table": _operation_table(site, name)}
            for name, described in site.tags.items()
        ],
    )


def scopes_table(site: Site) -> str:
    """Each scope with the operations that need it, as a Markdown table."""
    needing: dict[str, list[str]] = {}
    for each in site.operations:
        if each.scope is not None:
            link = f"[{each.summary}](/docs/{each.page})"
            needing.setdefault(each.scope, []).append(link)
    rows = [(f"`{scope}`", ", ".join(links)) for scope, links in sorted(needing.items())]
    return table(("Scope", "Allows"), rows)


def _operation_table(site: Site, tag: str) -> str:
    rows = [
        (f"[{each.summary}](/docs/{each.page})", f"`{each.method} {each.path}`")
        for each in site.operations
        if each.tag == tag
    ]
    return table(("Call", "Request"), rows)


def _parameter_table(parameters: Iterable[Parameter], schemas: Mapping[str, Any]) -> str:
    rows = [
        (
            f"`{each.name}`",
            each.place,
            _kind(each.schema, schemas),
            "yes" if each.required else "no",
            " ".join([each.description, *bound_words(each.schema)]),
        )
        for each in parameters
    ]
    return table(("Name", "Place", "Type", "Needed", "Meaning"), rows) if rows else ""


def _kind(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    return " or ".join(type_words(each) for each in alternatives(schema, schemas))


def _body_tables(content: Content | None, schemas: Mapping[str, Any]) -> list[FieldTable]:
    if content is None or content.type != JSON_TYPE:
        return []
    return field_tables(content.schema, schemas)


def _new_examples(answers: Iterable[Answer]) -> dict[str, str]:
    """The example of each answer by status, of those that are equal the first."""
    shown: dict[str, str] = {}
    for answer in answers:
        example = answer.content.example if answer.content else None
        if example is not None and json_text(example) not in shown.values():
            shown[answer.status] = json_text(example)
    return shown


def _answer_tables(answers: Iterable[Answer], schemas: Mapping[str, Any]) -> dict[str, str]:
    """The tables of each answer by status; a shape that was shown already is named alone."""
    shown: dict[str, str] = {}
    written: dict[str, str] = {}
    for answer in answers:
        content = answer.content
        found = field_tables(content.schema, schemas) if content else []
        parts = [
            f"`{each.title}`, as with {shown[each.title]}." for each in found if each.title in shown
        ]
        new = [each for each in found if each.title not in shown]
        if content and content.type == JSON_TYPE and not found:
            parts.append(f"One of {len(alternatives(content.schema, schemas))} shapes.")
        written[answer.status] = "\n\n".join([*parts, _written(new, _ANSWER_HEAD, "####")]).strip()
        shown |= {each.title: answer.status for each in new}
    return written


def _written(tables: Sequence[FieldTable], head: tuple[str, ...], level: str) -> str:
    """Tables under headings of a level, `###` below a part of the page."""
    several = sum(not each.at for each in tables) > 1
    return "\n\n".join(
        _field_table(each, head, level if each.at or several else "") for each in tables
    )


def _field_table(fields: FieldTable, head: tuple[str, ...], level: str) -> str:
    rows = [
        (f"`{row.path}`", row.type, "yes" if row.required else "no", row.description)
        for row in fields.rows
    ]
    heading = f"`{fields.at}` as `{fields.title}`" if fields.at else f"As `{fields.title}`"
    parts = [f"{level} {heading}"] if level else []
    return "\n\n".join([*parts, *filter(None, [fields.description]), table(head, rows)])


def _error_table(operation: Operation) -> str:
    rows = [
        (each.status, ", ".join(_codes(each)), each.description)
        for each in operation.answers
        if not each.good
    ]
    if not rows:
        return "None of its own: it answers as long as the process lives."
    return table(("Status", "Code", "When"), rows)


def _codes(answer: Answer) -> Iterator[str]:
    """The codes that come with a status, each of which has an example."""
    shown = answer.content.examples.values() if answer.content else ()
    for code in dict.fromkeys(each["error"]["code"] for each in shown):
        yield f"[`{code}`](/docs/errors/{code})"


def _header_table(answers: Iterable[Answer]) -> str:
    described: dict[str, str] = {}
    statuses: dict[str, list[str]] = {}
    for answer in answers:
        for name, words in answer.headers.items():
            described[name] = words
            statuses.setdefault(name, []).append(answer.status)
    rows = [
        (
            f"`{name}`",
            "all" if len(where) == len(list(answers)) else ", ".join(where),
            described[name],
        )
        for name, where in statuses.items()
    ]
    return table(("Header", "With", "Meaning"), rows)
