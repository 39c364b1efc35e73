"""The docs of this code, as a small app of their own."""

from typing import Any

import pytest
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.api.app import OPERATIONS
from letmepost.api.openapi import describe
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.docs.body_fields import body_fields
from letmepost.docs.pages import PageSet
from letmepost.docs.routes import docs_routes
from letmepost.docs.settings_rows import setting_rows
from letmepost.docs.site import Site
from letmepost.platforms import catalogue, platforms

DOCS_URL = "https://posts.example/docs"


class TargetBody(BaseModel):
    account_id: str | None = Field(None, alias="accountId", description="Which account.")
    text: str | None = None


class PostBody(BaseModel):
    targets: list[TargetBody] = Field(description="The accounts that the post goes to.")
    text: str | None = Field(None, description="The text of the post.")


@pytest.fixture(scope="session")
def site() -> Site:
    return Site(
        docs_url=DOCS_URL,
        catalogue=catalogue(),
        platforms=platforms(),
        versions={name: platform.version for name, platform in platforms().items()},
        settings=[
            row
            for platform in platforms().values()
            for row in setting_rows(
                platform.title, platform.settings, f"LETMEPOST_{platform.name.upper()}_"
            )
        ],
        body_fields=body_fields(PostBody.model_json_schema()),
        statuses={ErrorCode.VALIDATION_FAILED: (400, 409, 413)},
        facts={
            "idempotency_key_kept": "24 hours",
            "answer_waits": "30 seconds",
            "answer_waits_at_most": "120 seconds",
        },
        describe_api=lambda: describe(OPERATIONS, DOCS_URL.removesuffix("/docs")),
    )


@pytest.fixture(scope="session")
def pages(site: Site) -> PageSet:
    return PageSet(site)


@pytest.fixture(scope="session")
def app(site: Site) -> Starlette:
    async def envelope(_: Request, error: Any) -> Response:
        assert isinstance(error, LetmepostError)
        assert error.code == ErrorCode.NOT_FOUND
        return JSONResponse({"error": {"code": error.code}}, status_code=404)

    return Starlette(routes=docs_routes(site), exception_handlers={LetmepostError: envelope})
