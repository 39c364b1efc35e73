"""The simulated posts of Pages: made, listed, read, commented on, deleted; and their photos."""

import io
import json
from collections.abc import Mapping
from typing import Final

from PIL import Image
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.platform_kit.graph.simulated import (
    GraphFault,
    fetch_file,
    invalid,
    read_fields,
    unsupported,
)
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.facebook.simulator_access import Access
from letmepost.platforms.facebook.simulator_world import Comment, Page, Photo, Post, World

MESSAGE_MAX: Final = 63_206
COMMENT_MAX: Final = 8_000
PHOTO_BYTES_MAX: Final = 10_000_000
PHOTO_FORMATS: Final = frozenset({"JPEG", "PNG", "GIF", "BMP", "TIFF"})
PUBLISHES: Final = ("pages_read_engagement", "pages_manage_posts")
PAGE_SIZE: Final = 25


class Posts:
    """What people see on Pages, and what makes and unmakes it."""

    def __init__(self, world: World, access: Access, faults: Faults) -> None:
        self._world = world
        self._access = access
        self._faults = faults

    def caller(self, request: Request, fields: Mapping[str, str]) -> Page:
        """The Page that a call publishes on, which its token must be of."""
        page = self._access.page(request, fields, *PUBLISHES)
        if request.path_params["page"] not in ("me", page.id):
            raise unsupported("post", request.path_params["page"])
        return page

    async def feed(self, request: Request) -> Response:
        """`POST /{page}/feed`: words, a link, or photos that are there already."""
        fields = await read_fields(request)
        page = self.caller(request, fields)
        message, link = fields.get("message", ""), fields.get("link")
        photos = self._attached(fields, page)
        if not message and not link and not photos:
            raise invalid("(#100) Missing message or attachment")
        if len(message.encode("utf-16-le")) // 2 > MESSAGE_MAX:
            raise invalid("(#100) The parameter message is too long")
        if link is not None:
            _check_link(link)
        last = next(self._world.posts_of(page), None)
        if last is not None and message and not photos and last.message == message:
            raise GraphFault(506, "Duplicate status message", 1455006)
        post = self._world.publish(page, "feed", message)
        post.link, post.photos = link, photos
        for photo in photos:
            photo.used = True
        return JSONResponse(_shown(post, fields, {"id"}))

    def _attached(self, fields: Mapping[str, str], page: Page) -> list[Photo]:
        """The photos of `attached_media`, a list or an entry for each place."""
        if (written := fields.get("attached_media")) is not None:
            try:
                rows = json.loads(written)
            except ValueError:
                rows = None
            if not isinstance(rows, list):
                raise invalid("(#100) param attached_media must be an array.")
        else:
            names = sorted(name for name in fields if name.startswith("attached_media["))
            rows = [json.loads(fields[name]) for name in names]
        photos = [self._world.photos.get(str(row.get("media_fbid"))) for row in rows]
        found = [each for each in photos if each is not None and each.page is page]
        if len(found) != len(rows):
            raise invalid("(#100) Invalid parameter: attached_media")
        if any(each.used for each in found):
            raise GraphFault(100, "Photos already posted", 1366051)
        return found

    async def photos(self, request: Request) -> Response:
        """`POST /{page}/photos`: a photo, which makes a post unless `published` is false."""
        fields = await read_fields(request)
        page = self.caller(request, fields)
        content = await self._photo_bytes(request, fields)
        kind = _photo_kind(content)
        alt_text = fields.get("alt_text_custom", "")
        photo = Photo(self._world.new_id(), page, kind, len(content), alt_text)
        self._world.photos[photo.id] = photo
        if fields.get("published", "true") == "false":
            return JSONResponse({"id": photo.id})
        photo.used = True
        post = self._world.publish(page, "feed", fields.get("caption", ""))
        post.photos = [photo]
        return JSONResponse({"id": photo.id, "post_id": post.id})

    async def _photo_bytes(self, request: Request, fields: Mapping[str, str]) -> bytes:
        form = await request.form()
        source = form.get("source")
        if isinstance(source, UploadFile):
            return await source.read()
        fetched = await fetch_file(fields.get("url", ""))
        if fetched is None:
            raise GraphFault(324, "(#324) Missing or invalid image file", 2069019)
        return fetched.content

    async def photo_story(self, request: Request) -> Response:
        """`POST /{page}/photo_stories`: a story of a photo that is there already."""
        fields = await read_fields(request)
        page = self.caller(request, fields)
        photo = self._world.photos.get(fields.get("photo_id", ""))
        if photo is None or photo.page is not page or photo.used:
            raise invalid("(#100) Invalid parameter: photo_id")
        photo.used = True
        post = self._world.publish(page, "story", "")
        post.photos = [photo]
        return JSONResponse({"success": True, "post_id": post.own_id})

    async def published(self, request: Request) -> Response:
        """`GET /{page}/published_posts`: newest first; no story, and no video before its time."""
        fields = await read_fields(request)
        page = self._access.page(request, fields, "pages_read_engagement")
        hidden = self._faults.take(request.url.path, "hide_history") is not None
        found = [] if hidden else list(self._world.posts_of(page))
        if since := fields.get("since"):
            found = [each for each in found if each.created_at.timestamp() >= float(since)]
        begin, size = int(fields.get("after", "0")), int(fields.get("limit", str(PAGE_SIZE)))
        rows = [_shown(each, fields, {"id", "created_time"}) for each in found]
        answer: dict[str, object] = {"data": rows[begin : begin + size]}
        if begin + size < len(found):
            cursors = {"before": str(begin), "after": str(begin + size)}
            answer["paging"] = {"cursors": cursors, "next": "https://graph.facebook.com/next"}
        return JSONResponse(answer)

    async def read(self, request: Request, post: Post) -> Response:
        """`GET /{post}`."""
        fields = await read_fields(request)
        self._access.page(request, fields, "pages_read_engagement")
        return JSONResponse(_shown(post, fields, {"id", "created_time", "message"}))

    def named(self, post_id: str) -> Post | None:
        """The post of an id, with that of its Page before it or not, or of the video it shows."""
        for post in self._world.posts.values():
            if post_id in (post.id, post.own_id):
                return post
        video = self._world.videos.get(post_id)
        return video.post if video is not None else None

    async def comment(self, request: Request) -> Response:
        """`POST /{post}/comments`: say something below a post, as the Page."""
        fields = await read_fields(request)
        self._access.page(request, fields, "pages_manage_engagement")
        post = self._commented(request)
        message = fields.get("message", "")
        if not message or len(message) > COMMENT_MAX:
            raise invalid("(#100) Invalid parameter: message")
        comment = Comment(f"{post.own_id}_{self._world.new_id()}", message)
        post.comments.append(comment)
        return JSONResponse({"id": comment.id})

    async def comments(self, request: Request) -> Response:
        """`GET /{post}/comments`."""
        fields = await read_fields(request)
        self._access.page(request, fields, "pages_read_engagement")
        rows = [
            {"id": each.id, "message": each.message} for each in self._commented(request).comments
        ]
        return JSONResponse({"data": rows})

    def _commented(self, request: Request) -> Post:
        post = self.named(request.path_params["id"])
        if post is None or post.kind == "story":
            raise unsupported("post", request.path_params["id"])
        return post

    async def delete(self, request: Request) -> Response:
        """`DELETE /{post}` or `/{comment}`."""
        fields = await read_fields(request)
        page = self._access.page(request, fields)
        object_id = request.path_params["id"]
        for each in self._world.posts.values():
            for comment in each.comments:
                if comment.id == object_id and each.page is page:
                    self._access.page(request, fields, "pages_manage_engagement")
                    each.comments.remove(comment)
                    return JSONResponse({"success": True})
        post = self.named(object_id)
        if post is None or post.page is not page:
            raise unsupported("delete", object_id)
        self._access.page(request, fields, *PUBLISHES)
        del self._world.posts[post.id]
        if post.video is not None:
            del self._world.videos[post.video.id]
        return JSONResponse({"success": True})


def _check_link(link: str) -> None:
    if not link.startswith(("http://", "https://")):
        raise GraphFault(100, "(#1500) The url you supplied is invalid", 1609005)
    if link.split("/")[2].endswith("facebook.com"):
        raise GraphFault(100, "Invalid parameter", 1609008)


def _photo_kind(content: bytes) -> str:
    """The type of a photo; what is no photo, or too large, is refused in Facebook's words."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            known = image.format or ""
    except (OSError, ValueError):
        known = ""
    if known not in PHOTO_FORMATS or len(content) > PHOTO_BYTES_MAX:
        raise GraphFault(
            100,
            "Invalid parameter",
            1366046,
            title="Can't Read Files",
            words="Your photos couldn't be uploaded. Photos should be smaller than 4 MB and saved "
            "as JPG, PNG, GIF, TIFF, HEIF or WebP files.",
        )
    return f"image/{known.lower()}"


def _shown(post: Post, fields: Mapping[str, str], default: set[str]) -> dict[str, object]:
    """A post by the fields that were asked for; one without words has no message."""
    shows = [{"target": {"id": each.id}} for each in post.photos]
    if post.video is not None:
        shows = [{"target": {"id": post.video.id}}]
    album = [{"target": {"id": post.own_id}, "subattachments": {"data": shows}}]
    every: Mapping[str, object] = {
        "id": post.id,
        "message": post.message or None,
        "created_time": post.created_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "permalink_url": post.permalink,
        "attachments": {"data": album if len(shows) > 1 else shows} if shows else None,
    }
    asked = {each.partition("{")[0] for each in fields.get("fields", "").split(",")} - {""}
    return {
        name: value
        for name, value in every.items()
        if value is not None and name in (asked or default) | {"id"}
    }
