"""What a rule or an error code means, for an agent that was refused."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from letmepost.content.errors import ERROR_PAGES, ErrorCode, LetmepostError
from letmepost.mcp.agent_inputs import AgentInput
from letmepost.tenancy.rest import Rest, RestAnswer, RestRequest

_FILLED: Final = re.compile(r"{(\w+)}")
_NOT_FOUND: Final = 404


class ExplainInput(AgentInput):
    """What is to be explained; exactly one."""

    rule: Annotated[
        str | None,
        Field(description="The rule of a violation, such as targets.max."),
    ] = None
    code: Annotated[
        str | None, Field(description="The code of an error, such as platform_unavailable.")
    ] = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.rule is None) == (self.code is None):
            raise ValueError("give rule or code")
        return self


class Explanation(BaseModel):
    """What a rule or a code means and what to do."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)

    rule: str | None = None
    code: str | None = None
    meaning: str
    remedy: str
    docs_url: str
    platform: str | None = None
    field: str | None = None
    limit: Any = None
    unit: str | None = None
    retryable: bool | None = None


async def explain(rest: Rest, given: ExplainInput) -> RestAnswer:
    """The rule, the code or the field, from the catalogue that this server runs with."""
    asked = str(given.rule if given.rule is not None else given.code)
    if asked in {each.value for each in ErrorCode}:
        page = ERROR_PAGES[ErrorCode(asked)]
        docs_url = (await rest(RestRequest(path="/"))).document["documentation"]
        return _explained(
            Explanation(
                code=asked,
                meaning=page.meaning,
                remedy=page.remediation,
                docs_url=f"{docs_url}/errors/{asked}",
                retryable=page.retryable,
            )
        )
    answer = await rest(RestRequest(path=f"/v1/rules/{_segment(asked)}"))
    if not answer.failed:
        rule = answer.document
        return _explained(
            Explanation(
                rule=asked,
                code=rule["code"],
                meaning=f"{_filled(rule['message'], rule)} {rule['why']}",
                remedy=_filled(rule["remediation"], rule),
                docs_url=rule["ruleUrl"],
                platform=rule["platform"],
                field=rule["field"],
                limit=rule["limit"],
                unit=rule["unit"],
            )
        )
    if answer.status != _NOT_FOUND:
        return answer
    return await _explain_field(rest, asked)


async def _explain_field(rest: Rest, asked: str) -> RestAnswer:
    """The page of a field: what a request of the wrong shape names in place of a rule."""
    page = _segment(asked.replace(".", "-").lower())
    found = await rest(RestRequest(path=f"/docs/preflight/{page}.md"))
    if found.failed:
        raise LetmepostError(
            code=ErrorCode.NOT_FOUND,
            message=f"There is neither a rule nor a code nor a field called {asked[:80]}.",
            remediation="Give the rule or the code exactly as the error names it.",
        )
    docs_url = (await rest(RestRequest(path="/"))).document["documentation"]
    return _explained(
        Explanation(
            rule=asked,
            meaning=found.document,
            remedy="Correct the field, then send the request again.",
            docs_url=f"{docs_url}/preflight/{page}",
        )
    )


def _explained(explanation: Explanation) -> RestAnswer:
    return RestAnswer(200, explanation.model_dump(by_alias=True, exclude_none=True))


def _filled(words: str, rule: Mapping[str, Any]) -> str:
    """A message of the catalogue, in which what a post would say is left open."""
    limit = rule["limit"]
    told = ", ".join(map(str, limit)) if isinstance(limit, list) else str(limit)
    return _FILLED.sub(lambda found: told if found[1] == "limit" else "...", words)


def _segment(word: str) -> str:
    """A rule's id as a part of an address; what can be in none leads to nothing."""
    return re.sub(r"[^\w.-]", "-", word, flags=re.ASCII)[:200] or "-"
