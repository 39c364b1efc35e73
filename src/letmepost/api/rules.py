"""The catalogue of rules, and the check that sends nothing."""

from starlette.responses import Response

from letmepost.api import rule_answers
from letmepost.api.call import Call, Reply, respond, unless_known
from letmepost.api.operation import Body, Operations
from letmepost.api.parameters import IF_NONE_MATCH, TEXT, Parameter
from letmepost.api.posts import read_asked
from letmepost.api.reading import invalid
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.json_bytes import to_json
from letmepost.platforms import platforms
from letmepost.posts.body import AccountPostBody, PostBody
from letmepost.posts.validate import validate
from letmepost.preflight.entry import entry
from letmepost.preflight.rule import Rule
from letmepost.tenancy.keys import Scope

rules = Operations("Rules")

PHASES = ("preflight", "connect", "publish")
FILTERS = (
    Parameter(
        "platform",
        "Only rules of this platform; `any` for those of all.",
        {"type": "string", "enum": ["any", *platforms()]},
    ),
    Parameter("phase", "Only rules of this phase.", {"type": "string", "enum": [*PHASES]}),
    Parameter("field", "Only rules of this field, such as `text`.", TEXT),
)


@rules.custom(
    "POST",
    "/v1/posts/validate",
    "validatePost",
    "Check a post; nothing is sent or stored",
    scope=Scope.POSTS_READ,
    answers={200: rule_answers.Validation},
    body=Body(PostBody | AccountPostBody),
    errors=(404, 409, 503),
)
async def validate_post(call: Call) -> Response:
    """The same body and the same checks as publishing, told whole.

    A target may name only a platform: it is then checked without an account.
    """
    asked = read_asked(await call.read())
    state = call.state
    told = await validate(state.checker, call.caller, asked, state.clock.now())
    return respond(call, Reply(200, told))


def _matches(rule: Rule, query: dict[str, str]) -> bool:
    seen = {"platform": rule.platform or "any", "phase": rule.phase, "field": rule.field}
    return all(seen[name] == value for name, value in query.items())


@rules.custom(
    "GET",
    "/v1/rules",
    "listRules",
    "List every rule with its limit and sources",
    scope=None,
    answers={200: rule_answers.RulePage, 304: None},
    query=FILTERS,
    headers=(IF_NONE_MATCH,),
)
async def list_rules(call: Call) -> Response:
    """The whole catalogue, filtered by platform (`any` for rules of all), phase and field."""
    query = {
        name: value
        for name, value in call.request.query_params.items()
        if name in ("platform", "phase", "field")
    }
    if query.get("platform", "any") not in ("any", *platforms()):
        raise invalid("platform", f"is not one of any, {', '.join(platforms())}.")
    if query.get("phase", "preflight") not in PHASES:
        raise invalid("phase", f"is not one of {', '.join(PHASES)}.")
    docs_url = call.state.settings.docs
    found = [
        entry(each, docs_url) for each in call.state.catalogue.values() if _matches(each, query)
    ]
    body = to_json({"data": found, "nextCursor": None})
    headers = {**call.headers, "Cache-Control": "private, max-age=300"}
    return unless_known(call.request, body, headers)


@rules.read(
    "/v1/rules/{id}", "getRule", "Read one rule", scope=None, answer=rule_answers.CatalogueRule
)
async def get_rule(call: Call) -> Reply:
    """One entry of the catalogue."""
    rule_id = call.request.path_params["id"]
    rule = call.state.catalogue.get(rule_id)
    if rule is None:
        raise LetmepostError(
            code=ErrorCode.NOT_FOUND,
            message=f"There is no rule {rule_id[:80]}.",
            remediation="List the rules with GET /v1/rules.",
        )
    return Reply(200, entry(rule, call.state.settings.docs))
