"""The cover of a video is found and checked like an attached file."""

import pytest

from tests.api.server import Organization
from tests.media.samples import image, video

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_cover_of_the_wrong_type_is_found_before_anything_is_sent(
    organization: Organization,
) -> None:
    client = await organization.client()
    film = (await client.upload(video())).body["id"]
    for content, broken in ((image("GIF"), True), (image("JPEG"), False)):
        cover = (await client.upload(content)).body["id"]
        options = {"platform": "pinterest", "boardId": "1", "coverMediaId": cover}
        told = await client.post(
            "/v1/posts/validate",
            {
                "targets": [{"platform": "pinterest", "options": options}],
                "text": "A film",
                "media": [{"kind": "video", "mediaId": film}],
            },
        )
        assert told.status == 200, told.body
        (target,) = told.body["targets"]
        rules = {each["rule"] for each in target["violations"]}
        assert ("pinterest.cover_image.mime_allowed" in rules) == broken, target["violations"]


async def test_a_cover_that_nobody_uploaded_is_unknown(organization: Organization) -> None:
    client = await organization.client()
    options = {"platform": "pinterest", "coverMediaId": "med_0000000000000000000001"}
    answer = await client.post(
        "/v1/posts/validate",
        {"targets": [{"platform": "pinterest", "options": options}], "text": "A film"},
    )
    answer.refused(404, "not_found", "media.unknown")
