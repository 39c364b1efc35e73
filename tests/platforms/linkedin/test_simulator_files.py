"""Files of the simulated LinkedIn: images, documents and videos on their way."""

import io

import pytest

from tests.media import samples
from tests.platforms.linkedin.caller import PAGE_SCOPES, PAGES, PERSON, Caller

MIB = 1024 * 1024
FILM = b"\x00\x00\x00\x18ftypmp42" + b"film" * (5 * MIB // 4)


async def parts_of(ada: Caller, film: bytes = FILM) -> tuple[str, list[str]]:
    """A video whose parts are there."""
    value = (await ada.initialize("video", fileSizeBytes=len(film))).body["value"]
    etags = []
    for part in value["uploadInstructions"]:
        body = io.BytesIO(film[part["firstByte"] : part["lastByte"] + 1])
        headers = {"Content-Type": "application/octet-stream"}
        answer = await ada.send("PUT", part["uploadUrl"], data=body, headers=headers)
        assert answer.status == 200
        etags.append(answer.headers["ETag"])
    return value["video"], etags


async def finalize(ada: Caller, video: str, etags: list[str]) -> int:
    asked = {"video": video, "uploadToken": "", "uploadedPartIds": etags}
    body = {"finalizeUploadRequest": asked}
    return (await ada.rest("POST", "videos?action=finalizeUpload", body)).status


async def test_an_image_is_uploaded_and_posted(ada: Caller) -> None:
    urn = await ada.upload("image", samples.image("PNG"))
    answer = await ada.post(content={"media": {"id": urn, "altText": "Noise"}})
    assert answer.status == 201
    (entry,) = await ada.timeline()
    assert [(each["mimeType"], each["alt"]) for each in entry["media"]] == [("image/png", "Noise")]


async def test_an_image_without_its_bytes_cannot_be_posted(ada: Caller) -> None:
    value = (await ada.initialize("image")).body["value"]
    answer = await ada.post(content={"media": {"id": value["image"]}})
    assert answer.ending == (400, "MEDIA_ASSET_WAITING_UPLOAD")


async def test_an_upload_of_an_image_needs_the_token(ada: Caller) -> None:
    value = (await ada.initialize("image")).body["value"]
    answer = await ada.send("PUT", value["uploadUrl"], data=b"x")
    assert answer.status == 401


async def test_a_self_serve_token_may_not_look_at_an_image(ada: Caller) -> None:
    urn = await ada.upload("image", samples.image())
    assert (await ada.status("image", urn)).status == 403
    await ada.world(organizations=PAGES)
    await ada.connect(PAGE_SCOPES)
    states = [(await ada.status("image", urn)).body["status"] for _ in range(2)]
    assert states == ["PROCESSING", "AVAILABLE"]


async def test_an_image_that_fails_after_all_hides_its_post(ada: Caller) -> None:
    urn = await ada.upload("image", b"no picture at all")
    assert (await ada.post(content={"media": {"id": urn}})).status == 201
    assert await ada.timeline() == []


async def test_a_document_has_a_title(ada: Caller) -> None:
    urn = await ada.upload("document", b"%PDF-1.7 simulated")
    assert (await ada.post(content={"media": {"id": urn}})).ending == (400, "MISSING_FIELD")
    answer = await ada.post(content={"media": {"id": urn, "title": "Bridges"}})
    assert answer.urn.startswith("urn:li:ugcPost:")


async def test_several_images_are_two_at_least(ada: Caller) -> None:
    urns = [await ada.upload("image", samples.image()) for _ in range(2)]
    one = {"multiImage": {"images": [{"id": urns[0]}]}}
    assert (await ada.post(content=one)).ending == (400, "INVALID_VALUE_FOR_FIELD")
    both = {"multiImage": {"images": [{"id": urn, "altText": "Noise"} for urn in urns]}}
    assert (await ada.post(content=both)).status == 201


async def test_a_video_comes_in_parts_and_takes_some_looks(ada: Caller) -> None:
    video, etags = await parts_of(ada)
    assert len(etags) == 2
    assert await finalize(ada, video, etags) == 200
    early = await ada.post(content={"media": {"id": video}})
    assert early.ending == (400, "MEDIA_ASSET_WAITING_UPLOAD")
    while (await ada.status("video", video)).body["status"] != "AVAILABLE":
        pass
    assert (await ada.post(content={"media": {"id": video}})).status == 201


@pytest.mark.parametrize("etags", [[], ["wrong", "wrong"]])
async def test_a_video_is_put_together_of_its_own_parts(ada: Caller, etags: list[str]) -> None:
    video, _ = await parts_of(ada)
    assert await finalize(ada, video, etags) == 400


async def test_parts_carry_no_token_and_have_their_size(ada: Caller) -> None:
    value = (await ada.initialize("video", fileSizeBytes=len(FILM))).body["value"]
    address = value["uploadInstructions"][0]["uploadUrl"]
    binary = {"Content-Type": "application/octet-stream"}
    short = await ada.send("PUT", address, data=b"x", headers=binary)
    assert short.status == 400
    named = binary | {"Authorization": f"Bearer {ada.token}"}
    assert (await ada.send("PUT", address, data=b"x", headers=named)).status == 400


async def test_a_video_tells_its_size_first(ada: Caller) -> None:
    assert (await ada.initialize("video")).ending == (400, "MISSING_FIELD")
    small = await ada.initialize("video", fileSizeBytes=1)
    assert small.ending == (400, "INVALID_VALUE_FOR_FIELD")


async def test_containers_stick_and_fail_when_asked(ada: Caller) -> None:
    await ada.fault("container_stuck", route="finalizeUpload")
    video, etags = await parts_of(ada)
    await ada.fault("container_stuck", route="rest/videos")
    await finalize(ada, video, etags)
    states = {(await ada.status("video", video)).body["status"] for _ in range(5)}
    assert states == {"PROCESSING"}
    await ada.fault("container_error", message="no frames")
    failed = (await ada.status("video", video)).body
    assert (failed["status"], failed["processingFailureReason"]) == (
        "PROCESSING_FAILED",
        "no frames",
    )
    answer = await ada.post(content={"media": {"id": video}})
    assert answer.ending == (400, "MEDIA_ASSET_PROCESSING_FAILED")


async def test_files_belong_to_their_owner(ada: Caller) -> None:
    await ada.world(organizations=PAGES)
    await ada.connect(PAGE_SCOPES)
    urn = await ada.upload("image", samples.image())
    page = f"urn:li:organization:{PAGES[0]['id']}"
    answer = await ada.post(author=page, content={"media": {"id": urn}})
    assert answer.ending == (400, "INVALID_CONTENT_OWNERSHIP")
    assert page != PERSON
