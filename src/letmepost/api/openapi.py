"""The OpenAPI document: made of what each operation declares, and of nothing else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from types import UnionType
from typing import Any, Final, get_args

from pydantic import BaseModel

from letmepost.api.answer_headers import (
    ALWAYS,
    HEADERS,
    OF_A_KEY,
    OF_A_REPLAY,
    OF_WHAT_IS_KNOWN,
    references,
)
from letmepost.api.answers import ErrorEnvelope
from letmepost.api.call import JSON_TYPE
from letmepost.api.error_answers import ERROR_ANSWERS, error_statuses
from letmepost.api.examples import ANSWERS, BODIES, example_of
from letmepost.api.openapi_schemas import SCHEMA, schemas_of, with_named_enumerations
from letmepost.api.openapi_webhooks import webhooks
from letmepost.api.operation import Answered, Content, Model, Operation
from letmepost.api.parameters import IDEMPOTENCY_KEY, IF_NONE_MATCH, Parameter, path_parameters

# Of the API, not of a release: what is under `/v1` stays as it is, and is only added to.
API_VERSION: Final = "1.0.0"
DESCRIPTION: Final = """\
One HTTP call publishes to many social accounts, and tells the truth about what happened.

Send `Authorization: Bearer <key>` with an API key. Names are camelCase, times are ISO 8601 in UTC.
No text may hold the character U+0000. An id says nothing: keep it as it is. Every error has the
same body, `ErrorEnvelope`: branch on its `code` and `rule`, never on its message.

New operations, fields of answers, error codes and types of events may be added at any time, so
ignore what you do not know.
"""
TAGS: Final[Mapping[str, str]] = {
    "Posts": "Publish, schedule, edit, cancel, retry, and read what became of a post.",
    "Rules": "What is checked before anything is sent, and the check alone.",
    "Platform versions": "Which version of each platform's API is spoken.",
    "Media": "Files that posts attach.",
    "Accounts": "Connected accounts: how one is connected, how its access stands, and its end.",
    "API keys": "The keys that may call this API.",
    "Profiles": "Parts of the organization that accounts, files and keys belong to.",
    "Events": "What has happened, to be read instead of being told.",
    "Webhooks": "Addresses that are told what happens, and the log of telling them.",
    "Audit log": "Who changed what, when and from where.",
    "Server": "Whether the server itself is well.",
}


def body_models(operations: Iterable[Operation]) -> list[type[BaseModel]]:
    """The models of every body that a request may have, in the order of the operations."""
    contents = [each.body.content for each in operations if each.body is not None]
    return list(dict.fromkeys(model for each in contents for model in _models(each)))


def describe(operations: Sequence[Operation], public_url: str) -> dict[str, Any]:
    """The document of the operations."""
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    headers = {header.name: header for each in operations for header in each.headers}
    answers = [each for operation in operations for each in operation.answers.values()]
    answered: list[type[BaseModel]] = [model for each in answers for model in _models(each)]
    schemas = schemas_of(body_models(operations), [*answered, ErrorEnvelope])
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "letmepost",
            "version": API_VERSION,
            "summary": "Publish to many social accounts with one HTTP call.",
            "description": DESCRIPTION,
            "contact": {"name": "letmepost", "url": "https://github.com/letmepost/letmepost"},
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": public_url}],
        "security": [{"apiKey": []}],
        "tags": [
            {"name": tag, "description": TAGS[tag]}
            for tag in dict.fromkeys(each.tag for each in operations)
        ],
        "paths": paths,
        "components": {
            "responses": {each.name: each.declared() for each in ERROR_ANSWERS.values()},
            "parameters": {name: _parameter(headers[name], "header") for name in sorted(headers)},
            "headers": {name: dict(each) for name, each in HEADERS.items()},
            "securitySchemes": {
                "apiKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key: `lmp_live_...`, or `lmp_test_...`, which reaches "
                    "no platform.",
                }
            },
        },
    }
    named: dict[str, Any] = with_named_enumerations(document, schemas)
    named["components"]["schemas"] = schemas
    named["webhooks"] = webhooks(schemas)
    for operations_of_path in named["paths"].values():
        for operation in operations_of_path.values():
            _give_examples(operation, schemas)
    return named


def _give_examples(operation: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    """Show each body in JSON, errors aside, whose examples are declared with them."""
    request = operation.get("requestBody", {}).get("content", {})
    if JSON_TYPE in request:
        schema = request[JSON_TYPE]["schema"]
        shown: dict[str, Any] = {}
        for each in schema.get("oneOf", [schema]):
            name = each["$ref"].rpartition("/")[2]
            shown |= BODIES.get(name) or {"example": example_of(each, schemas)}
        request[JSON_TYPE]["examples"] = {name: {"value": each} for name, each in shown.items()}
    for status, response in operation["responses"].items():
        content = response.get("content", {}).get(JSON_TYPE)
        if content is not None:
            told = ANSWERS.get((operation["operationId"], status))
            content["example"] = told or example_of(content["schema"], schemas)


def _operation(operation: Operation) -> dict[str, Any]:
    parameters = [
        *(_parameter(each, "path") for each in path_parameters(operation.path)),
        *(_parameter(each, "query") for each in operation.query),
        *({"$ref": f"#/components/parameters/{each.name}"} for each in operation.headers),
    ]
    declared: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
    }
    if operation.scope is not None:
        declared["description"] += f"\n\nNeeds the scope `{operation.scope.value}`."
    if parameters:
        declared["parameters"] = parameters
    if operation.body is not None:
        declared["requestBody"] = {
            "required": operation.body.required,
            "content": _content(operation.body.content),
        }
    declared["responses"] = {
        **{str(status): _answer(operation, status) for status in sorted(operation.answers)},
        **{
            str(status): {"$ref": f"#/components/responses/{ERROR_ANSWERS[status].name}"}
            for status in error_statuses(operation)
        },
    }
    scopes = [operation.scope.value] if operation.scope else []
    declared["security"] = [] if operation.is_public else [{"apiKey": scopes}]
    return declared


def _parameter(parameter: Parameter, place: str) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": place,
        "required": parameter.required,
        "description": parameter.description,
        "schema": dict(parameter.schema),
    }


def _answer(operation: Operation, status: int) -> dict[str, Any]:
    answered = operation.answers[status]
    names = [*ALWAYS]
    if not operation.is_public:
        names += OF_A_KEY
    if IDEMPOTENCY_KEY in operation.headers:
        names += OF_A_REPLAY
    if IF_NONE_MATCH in operation.headers or isinstance(answered, Content):
        names += OF_WHAT_IS_KNOWN
    if isinstance(answered, Content):
        names.append("Accept-Ranges")
    if status == HTTPStatus.PARTIAL_CONTENT:
        names.append("Content-Range")
    described = {"description": _MEANING[status], "headers": references(names)}
    return described if answered is None else {**described, "content": _content(answered)}


_MEANING: Final[Mapping[int, str]] = {
    200: "It is done.",
    201: "It is made.",
    202: "It is accepted, and goes on.",
    206: "The range that was asked for.",
    304: "What the request knows is still good.",
}


def _content(content: Model | Content) -> dict[str, Any]:
    if isinstance(content, Content):
        return {each: {"schema": dict(content.schema)} for each in content.media_types}
    return {JSON_TYPE: {"schema": _schema(content)}}


def _schema(model: Model) -> dict[str, Any]:
    if isinstance(model, UnionType):
        models = get_args(model)
        return {"oneOf": [_schema(each) for each in models], **_told_apart(models)}
    return {"$ref": SCHEMA.format(model=model.__name__)}


def _told_apart(models: Sequence[type[BaseModel]]) -> dict[str, Any]:
    """The discriminator of models that each have values of their own in one field, or nothing."""
    shared = set.intersection(*(set(each.model_fields) for each in models))
    for name in sorted(shared):
        values = [get_args(each.model_fields[name].annotation) for each in models]
        apart = dict.fromkeys(value for each in values for value in each)
        if all(values) and len(apart) == sum(map(len, values)):
            mapping = {
                value: SCHEMA.format(model=model.__name__)
                for model, own in zip(models, values, strict=True)
                for value in own
            }
            alias = models[0].model_fields[name].alias or name
            return {"discriminator": {"propertyName": alias, "mapping": mapping}}
    return {}


def _models(answered: Answered) -> Iterator[type[BaseModel]]:
    if isinstance(answered, UnionType):
        yield from get_args(answered)
    elif answered is not None and not isinstance(answered, Content):
        yield answered
