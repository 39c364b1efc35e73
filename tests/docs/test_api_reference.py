"""Each operation has a page that says all that the document says, and a form that can send it."""

import re
from html import unescape

import pytest
from starlette.applications import Starlette

from letmepost.docs.operations import JSON_TYPE, Operation, operations
from letmepost.docs.pages import PageSet
from letmepost.docs.schema_tables import field_tables
from letmepost.docs.site import Site
from tests.asgi_client import AsgiClient


def _markdown(pages: PageSet, operation: Operation) -> str:
    page = pages.find(operation.page)
    assert page is not None
    assert page.operation is operation
    return pages.markdown(page)


async def _html(app: Starlette, path: str) -> str:
    answer = await AsgiClient(app).call("GET", f"/docs/{path}")
    assert answer.status == 200
    return answer.text


def test_a_page_has_request_scope_parameters_answers_and_errors(pages: PageSet, site: Site) -> None:
    assert len(site.operations) > 50
    for operation in site.operations:
        written = _markdown(pages, operation)
        assert f"`{operation.method} {operation.path}`" in written
        assert f"`{operation.name}`" in written
        assert "Needs the scope" not in written
        if operation.scope is not None:
            assert f"needs the scope `{operation.scope}`" in written
        for parameter in operation.parameters:
            assert f"| `{parameter.name}` | {parameter.place} |" in written
        for answer in operation.answers:
            begins = f"### {answer.status}\n" if answer.good else f"| {answer.status} | ["
            assert begins in written, operation.name
            assert answer.description in written
            for header in answer.headers:
                assert f"| `{header}` |" in written


def test_a_page_has_every_field_of_the_body(pages: PageSet, site: Site) -> None:
    schemas = site.schemas
    for operation in site.operations:
        if operation.body is None or operation.body.type != JSON_TYPE:
            continue
        written = _markdown(pages, operation)
        tables = field_tables(operation.body.schema, schemas)
        assert tables, operation.name
        for row in (row for each in tables for row in each.rows):
            assert f"| `{row.path}` | {row.type.replace('|', chr(92) + '|')} |" in written
    post = _markdown(pages, next(each for each in site.operations if each.name == "createPost"))
    assert "| `media.altText` | text | no |" in post
    assert "\n### `targets.options` as `BlueskyOptions`" in post
    assert "| `account.id` | text | yes |" in post


def test_a_body_says_what_it_is_and_whether_it_may_hold_more(pages: PageSet, site: Site) -> None:
    by_name = {each.name: _markdown(pages, each) for each in site.operations}
    refused = "A field that this call does not know is refused."
    assert refused in by_name["mintKey"]
    assert refused not in by_name["completeConnect"]
    assert "The fields of the descriptor, by name" in by_name["completeConnect"]


def test_two_answers_that_look_the_same_are_shown_once(pages: PageSet, site: Site) -> None:
    def answers(name: str) -> str:
        [operation] = [each for each in site.operations if each.name == name]
        written = _markdown(pages, operation)
        return written.partition("## Answer")[2].partition("## Errors")[0]

    connected = answers("completeConnect")
    assert "### 200" in connected
    assert "### 201" in connected
    assert connected.count("```json") == 1
    assert "`ConnectedAccount`, as with 200." in connected
    published = answers("createPost")
    assert published.count("```json") == 3
    assert "`Batch`, as with 200." in published


def test_an_object_that_two_fields_have_is_shown_once() -> None:
    schemas = {
        "Person": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 9}}},
        "Letter": {
            "type": "object",
            "required": ["to"],
            "properties": {
                "from": {"$ref": "#/components/schemas/Person"},
                "to": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
            },
        },
    }
    [table] = field_tables({"$ref": "#/components/schemas/Letter"}, schemas)
    assert [(row.path, row.type, row.required) for row in table.rows] == [
        ("from", "object", False),
        ("from.name", "text", False),
        ("to", "list of objects, with the fields of `from`", True),
    ]
    assert table.rows[1].description == "At most 9 characters."


def test_an_object_that_holds_itself_ends() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    [table] = field_tables({"$ref": "#/components/schemas/Node"}, {"Node": node})
    assert [row.path for row in table.rows] == ["next", "next.next"]


def test_every_tag_has_an_index_of_its_calls_and_the_index_has_all(
    pages: PageSet, site: Site
) -> None:
    whole = pages.find("api-reference")
    assert whole is not None
    for operation in site.operations:
        row = f"[{operation.summary}](/docs/{operation.page})"
        tag = pages.find(operation.page.rpartition("/")[0])
        assert tag is not None
        assert tag.title == operation.tag
        assert row in pages.markdown(tag)
        assert row in pages.markdown(whole)


async def test_the_form_asks_for_what_the_operation_takes(app: Starlette, site: Site) -> None:
    for operation in site.operations:
        html = await _html(app, operation.page)
        form = html.partition('<form id="try"')[2].partition("</form>")[0]
        assert f'data-method="{operation.method}" data-path="{operation.path}"' in form
        assert 'data-server="../../../"' in form
        assert ("data-key" in form) is not operation.public
        assert set(re.findall(r'data-name="([^"]+)"', form)) == {
            each.name for each in operation.parameters
        }
        body = operation.body
        assert ("<textarea" in form) is (body is not None and body.type == JSON_TYPE)
        assert ('type="file"' in form) is (body is not None and body.type != JSON_TYPE)
        if body is not None and body.type == JSON_TYPE:
            text = unescape(form.partition("<textarea")[2].partition(">")[2].partition("<")[0])
            assert '"' in text or text == "{}"


async def test_the_key_of_the_form_is_stored_nowhere(app: Starlette) -> None:
    script = (await AsgiClient(app).call("GET", "/docs/static/try.js")).text
    assert "Authorization" in script
    for store in ("localStorage", "sessionStorage", "cookie", "indexedDB", "console."):
        assert store not in script
    html = await _html(app, "api-reference/posts/create-post")
    assert re.search(r'<input type="password" data-key[^>]* autocomplete="off"', html)


async def test_only_pages_of_operations_have_the_form(app: Starlette) -> None:
    html = await _html(app, "quickstart")
    assert "try.js" not in html
    assert 'id="try"' not in html


async def test_four_languages_are_tabs_and_blocks_of_one_language_are_not(app: Starlette) -> None:
    html = await _html(app, "api-reference/posts/list-posts")
    [group] = re.findall(r'<div class="tabs">.*?\n</div>\n', html, re.DOTALL)
    labels = ["curl", "Python", "TypeScript", "Go"]
    assert re.findall(r'role="tab" data-tab="(\w+)"', group) == labels
    assert re.findall(r'class="code" data-language="\w+" data-tab="(\w+)"', group) == labels
    assert 'class="tabs"' not in await _html(app, "guides/schedule-post")


async def test_the_navigation_opens_the_tag_that_is_read(app: Starlette, site: Site) -> None:
    html = await _html(app, "api-reference/media/upload-media")
    side = html.partition('<nav class="side"')[2].partition("</nav>")[0]
    shown = [each for each in site.operations if f"../../{each.page}" in side]
    assert {each.tag for each in shown} == {"Media"}
    assert len(shown) == len([each for each in site.operations if each.tag == "Media"])


def test_a_document_without_an_operation_has_no_pages() -> None:
    assert operations({}) == ()


@pytest.mark.parametrize("former", ["posts/publish-or-schedule-a-post", "accounts/disconnect"])
async def test_an_address_of_before_works_as_well(app: Starlette, former: str) -> None:
    html = await _html(app, f"api-reference/{former}")
    assert 'id="try"' in html
    assert html.count('aria-current="page"') == 1
