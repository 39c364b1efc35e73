"""Images made to fit: smaller or of another type, the same picture, without its metadata."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from letmepost.content.draft import Draft, DraftMedia
from letmepost.content.media_facts import MediaFacts
from letmepost.media.inspect_file import read_facts
from letmepost.media.refit import refit
from letmepost.media.refit_image import refit as refit_here
from letmepost.platforms import platforms, rules_for
from letmepost.preflight.image_fit import ImageTarget, accepted, fitting
from letmepost.preflight.run import check
from tests.media import samples

JPEG = ImageTarget("image/jpeg", 640, 480, 60_000)
PNG = ImageTarget("image/png", 640, 480, 400_000)


def facts_of(data: bytes) -> MediaFacts:
    return MediaFacts.from_json(
        {**read_facts(io.BytesIO(data)), "size_bytes": len(data), "sha256": "ab" * 32}
    )


def made(data: bytes, *targets: ImageTarget) -> bytes:
    return refit_here(io.BytesIO(data), [each.to_json() for each in targets])


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def draft_of(data: bytes) -> Draft:
    return Draft(media=(DraftMedia(kind="image", facts=facts_of(data), media_id="med_x"),))


async def test_a_child_makes_an_image_fit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(samples.image("PNG", (900, 675)))
    data = await refit(path, [JPEG])
    assert data is not None
    assert len(data) <= JPEG.max_bytes
    facts = facts_of(data)
    assert facts.content_type == "image/jpeg"
    assert facts.width_px is not None
    assert facts.height_px is not None
    assert facts.width_px <= 640
    assert facts.width_px / facts.height_px == pytest.approx(4 / 3, abs=0.01)
    assert facts.problem is None


@pytest.mark.parametrize("content", [b"", b"plain", samples.image()[:900], samples.animation()])
async def test_what_cannot_be_made_to_fit_is_left(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert await refit(path, [JPEG]) is None


async def test_a_child_that_takes_too_long_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letmepost.media.refit.TIMEOUT_SECONDS", 0.001)
    path = tmp_path / "file"
    path.write_bytes(samples.image())
    assert await refit(path, [JPEG]) is None


def test_the_child_is_limited_before_it_decodes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(samples.image("PNG", (40, 30)))
    program = (
        "import json, resource, sys\n"
        "from letmepost.media import refit_image\n"
        "seen = []\n"
        "refit_image._plain = lambda opened: seen.append(resource.getrlimit(resource.RLIMIT_AS))"
        " or 1 / 0\n"
        "try:\n refit_image.refit(open(sys.argv[1], 'rb'), json.loads(sys.argv[2]), limited=True)\n"
        "except ZeroDivisionError:\n print(seen[0][1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path), json.dumps([JPEG.to_json()])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) == 512 * 1024 * 1024


def test_metadata_is_left_out_and_the_orientation_applied() -> None:
    data = samples.image(size=(640, 480), exif=samples.exif(6, gps=True), comment=b"secret")
    result = opened(made(data, ImageTarget("image/jpeg", 480, 640, 1_000_000)))
    assert result.size == (480, 640)
    assert not result.getexif()
    assert not {"comment", "exif", "icc_profile"} & set(result.info)


def test_qualities_come_before_sizes_and_sizes_stop_at_320_pixels() -> None:
    data = samples.image(size=(640, 480), quality=100)
    assert opened(made(data, ImageTarget("image/jpeg", 640, 480, 160_000))).size == (640, 480)
    small = opened(made(data, ImageTarget("image/jpeg", 640, 480, 60_000)))
    assert 320 <= small.height < 480
    assert made(data, ImageTarget("image/jpeg", 640, 480, 2_000)) == b""


def test_a_picture_with_holes_keeps_them_where_the_type_allows() -> None:
    data = samples.image("PNG", (400, 400), "RGBA")
    with Image.open(io.BytesIO(data)) as picture:
        picture.putalpha(Image.linear_gradient("L").resize((400, 400)))
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
    assert opened(made(buffer.getvalue(), JPEG, PNG)).mode == "RGBA"
    flat = opened(made(buffer.getvalue(), JPEG))
    assert flat.mode == "RGB"
    corner = flat.getpixel((5, 0))
    assert isinstance(corner, tuple)
    assert min(corner) > 240


def test_a_picture_without_holes_is_not_kept_as_one_with_them() -> None:
    assert opened(made(samples.image("PNG", (64, 48), "RGBA"), JPEG, PNG)).mode == "RGB"


@pytest.mark.parametrize(
    ("format_name", "mode"),
    [
        ("JPEG", "CMYK"),
        ("JPEG", "L"),
        ("PNG", "1"),
        ("PNG", "P"),
        ("PNG", "LA"),
        ("PNG", "I;16"),
        ("WEBP", "RGB"),
        ("AVIF", "RGB"),
        ("BMP", "RGB"),
        ("TIFF", "CMYK"),
        ("GIF", "P"),
        ("MPO", "RGB"),
    ],
)
def test_every_type_and_mode_that_can_be_read_can_be_made_a_jpeg(
    format_name: str, mode: str
) -> None:
    if mode == "I;16":
        buffer = io.BytesIO()
        Image.effect_noise((64, 48), 60).convert("I;16").save(buffer, format_name)
        data = buffer.getvalue()
    else:
        data = samples.image(format_name, mode=mode)
    assert opened(made(data, JPEG)).format == "JPEG"


def _picture(format_name: str, size: tuple[int, int], mode: str, noise: int) -> bytes:
    buffer = io.BytesIO()
    picture = Image.effect_noise(size, noise).convert(mode)
    options: dict[str, Any] = {"quality": 100} if format_name in ("JPEG", "WEBP") else {}
    picture.convert("RGB" if format_name == "JPEG" else mode).save(buffer, format_name, **options)
    return buffer.getvalue()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    platform=st.sampled_from(sorted(platforms())),
    format_name=st.sampled_from(["JPEG", "PNG", "WEBP", "BMP", "TIFF"]),
    size=st.tuples(st.integers(500, 1500), st.integers(500, 1500)),
    mode=st.sampled_from(["RGB", "RGBA"]),
    noise=st.integers(10, 200),
)
def test_an_image_that_is_said_to_be_mendable_is_accepted_once_it_is_mended(
    platform: str, format_name: str, size: tuple[int, int], mode: str, noise: int
) -> None:
    data = _picture(format_name, size, mode, noise)
    draft, rules = draft_of(data), rules_for(platforms()[platform])
    checked = [each for each in rules if each.check is not None]
    for number, broken, targets in fitting(checked, draft):
        assert broken
        result = made(data, *targets)
        assert result
        assert accepted(checked, draft, number, facts_of(result))


def test_a_png_of_two_megabytes_is_mendable_for_bluesky_and_what_is_no_image_is_not() -> None:
    rules = [each for each in rules_for(platforms()["bluesky"]) if each.check is not None]
    large = draft_of(_picture("PNG", (1200, 900), "RGB", 100))
    ((number, broken, targets),) = fitting(rules, large)
    assert (number, targets[0].content_type) == (0, "image/png")
    assert broken == tuple(each.rule.id for each in check(rules, large).violations if each.at)
    assert targets[0].max_bytes == 1_000_000
    for data in (samples.animation("GIF"), samples.image()[:500], samples.video(frames=3), b"x"):
        assert list(fitting(rules, draft_of(data))) == []
