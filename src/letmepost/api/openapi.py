"""The OpenAPI document: what FastAPI knows of the routes, and the schemas that we add."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.routing import BaseRoute

from letmepost.api import (
    account_answers,
    account_check_answers,
    answers,
    event_answers,
    media_answers,
    platform_version_answers,
    post_answers,
    rule_answers,
    webhook_answers,
)
from letmepost.api.account_operations import ANSWERS, OPERATION_BODIES
from letmepost.api.connect import CompleteConnect, StartConnect
from letmepost.api.connect_links import MakeConnectLink
from letmepost.api.keys import ChangeProfile, CreateProfile, MintKey
from letmepost.api.media import FetchMedia
from letmepost.api.media_uploads import BeginUpload
from letmepost.api.operation import schema_of
from letmepost.api.webhook_deliveries import ReplayEvents, TestEndpoint
from letmepost.api.webhooks import ChangeEndpoint, CreateEndpoint
from letmepost.posts.body import AccountPostBody, PostBody
from letmepost.posts.edit import EditBody, RetryBody

BODIES: tuple[type[BaseModel], ...] = (
    PostBody,
    AccountPostBody,
    EditBody,
    RetryBody,
    StartConnect,
    CompleteConnect,
    MakeConnectLink,
    MintKey,
    CreateProfile,
    ChangeProfile,
    BeginUpload,
    FetchMedia,
    CreateEndpoint,
    ChangeEndpoint,
    ReplayEvents,
    TestEndpoint,
    *OPERATION_BODIES,
)
_ANSWERS = ANSWERS + tuple(
    model
    for each in (
        answers,
        account_answers,
        account_check_answers,
        platform_version_answers,
        post_answers,
        rule_answers,
        media_answers,
        event_answers,
        webhook_answers,
    )
    for model in vars(each).values()
    if isinstance(model, type)
    and issubclass(model, answers.Answer)
    # One module's models stand under their names in those that use them.
    and model.__module__ == each.__name__
    and model is not answers.Answer
)
_REFERENCE = "#/components/schemas/{model}"


def describe(declared: Sequence[BaseRoute], public_url: str) -> dict[str, Any]:
    """The document of the routes that are declared."""
    document = get_openapi(
        title="letmepost",
        version=version("letmepost"),
        openapi_version="3.1.0",
        description="One HTTP call publishes to many social accounts, and tells the truth.",
        routes=declared,
        servers=[{"url": public_url}],
    )
    _, bodies = models_json_schema(
        [(model, "validation") for model in BODIES], ref_template=_REFERENCE
    )
    _, answered = models_json_schema(
        [(model, "serialization") for model in _ANSWERS], ref_template=_REFERENCE
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.update(bodies.get("$defs", {}))
    schemas.update(answered.get("$defs", {}))
    components["securitySchemes"] = {"apiKey": {"type": "http", "scheme": "bearer"}}
    both = {"oneOf": [schema_of(PostBody), schema_of(AccountPostBody)]}
    create = document["paths"]["/v1/posts"]["post"]
    create["requestBody"]["content"]["application/json"]["schema"] = both
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {
                "description": "What went wrong.",
                "content": {"application/json": {"schema": schema_of(answers.ErrorEnvelope)}},
            }
            operation["responses"].pop("422", None)
    return document
