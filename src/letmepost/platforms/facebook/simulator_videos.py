"""The simulated videos of Pages: begun, sent, finished, converted, and public in the end."""

import secrets
from collections.abc import Mapping
from typing import Final

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.platform_kit.graph.simulated import GraphFault, invalid, read_fields
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.facebook.simulator_access import Access
from letmepost.platforms.facebook.simulator_posts import PUBLISHES, Posts
from letmepost.platforms.facebook.simulator_world import REELS_PER_DAY, Video, World

KINDS: Final[Mapping[str, str]] = {
    "videos": "video",
    "video_reels": "reel",
    "video_stories": "story",
}


class Videos:
    """Everything that becomes a post only once it is converted."""

    def __init__(self, world: World, access: Access, posts: Posts, faults: Faults) -> None:
        self._world = world
        self._access = access
        self._posts = posts
        self._faults = faults

    async def edge(self, request: Request) -> Response:
        """`POST /{page}/videos`, `/video_reels`, `/video_stories`: one phase of an upload."""
        fields = await read_fields(request)
        page = self._posts.caller(request, fields)
        edge = request.path_params["edge"]
        phase = fields.get("upload_phase")
        if phase == "start":
            size = fields.get("file_size")
            if edge == "videos" and (size is None or not size.isdecimal()):
                raise invalid("(#100) The parameter file_size is required")
            if edge == "video_reels" and self._world.reels_of_day(page) >= REELS_PER_DAY:
                # What Facebook answers there is not written anywhere: a guess.
                raise GraphFault(613, "Calls to this api have exceeded the rate limit for reels")
            video = Video(
                self._world.new_id(),
                page,
                edge,
                session=self._world.new_id(),
                size_bytes=int(size) if size is not None else None,
            )
            self._world.videos[video.id] = video
            return JSONResponse(self._started(request, video))
        if phase == "transfer" and edge == "videos":
            return await self._transfer(request, fields)
        if phase == "finish":
            return self._finish(request, fields, edge)
        raise invalid("(#100) Invalid parameter: upload_phase")

    def _started(self, request: Request, video: Video) -> dict[str, object]:
        if video.edge == "videos":
            return {"video_id": video.id, "upload_session_id": video.session, **self._asks(video)}
        version = request.path_params["version"]
        path = f"{request.scope['root_path']}/video-upload/{version}/{video.id}"
        return {"video_id": video.id, "upload_url": str(request.url.replace(path=path, query=""))}

    def _asks(self, video: Video) -> dict[str, str]:
        """From where to where the next piece goes; both alike at the end."""
        start = len(video.content)
        end = min(start + self._world.chunk_bytes, video.size_bytes or 0)
        return {"start_offset": str(start), "end_offset": str(end)}

    async def _transfer(self, request: Request, fields: Mapping[str, str]) -> Response:
        video = self._of_session(fields)
        if fields.get("start_offset") != str(len(video.content)):
            fault = GraphFault(
                100,
                "(#100) There was a problem with your video's upload offset",
                1363037,
                transient=True,
            )
            fault.error["error_data"] = self._asks(video)
            raise fault
        chunk = (await request.form()).get("video_file_chunk")
        if not isinstance(chunk, UploadFile):
            raise invalid("(#100) The parameter video_file_chunk is required")
        video.content += await chunk.read()
        if len(video.content) > (video.size_bytes or 0):
            raise GraphFault(6000, "There was a problem uploading your video file.", 1363023)
        return JSONResponse(self._asks(video))

    async def take_bytes(self, request: Request) -> Response:
        """`POST /video-upload/{version}/{video}`: the bytes of a reel or a story."""
        video = self._world.videos.get(request.path_params["id"])
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind != "OAuth" or video is None:
            return _not_taken("ProcessingFailedError", "unauthorized user request", retriable=False)
        self._access.page(request, {"access_token": token}, *PUBLISHES)
        content, size = await request.body(), request.headers.get("file_size", "")
        if request.headers.get("offset") != "0":
            return _not_taken("OffsetInvalidError", "offset is not where the upload stands")
        if not size.isdecimal() or int(size) != len(content):
            return _not_taken("PartialRequestError", "file_size is not the number of bytes")
        video.content = bytearray(content)
        video.size_bytes = len(content)
        return JSONResponse({"success": True})

    def _finish(self, request: Request, fields: Mapping[str, str], edge: str) -> Response:
        if edge == "videos":
            video = self._of_session(fields)
        else:
            found = self._world.videos.get(fields.get("video_id", ""))
            if found is None or found.edge != edge:
                raise invalid("(#100) Invalid parameter: video_id")
            video = found
        if video.size_bytes is None or len(video.content) < video.size_bytes:
            raise GraphFault(
                6000, "There was a problem uploading your video file.", 1363030, transient=True
            )
        if edge == "video_reels" and fields.get("video_state") != "PUBLISHED":
            raise invalid("(#100) Invalid parameter: video_state")
        if video.finished_at is None:
            self._begin_processing(request, video, fields)
        if edge == "video_stories" and video.post is None:
            video.post = self._world.publish(video.page, "story", "")
            video.post.video = video
        shown: dict[str, object] = {"success": True}
        if edge == "video_stories" and video.post is not None:
            shown["post_id"] = video.post.own_id
        return JSONResponse(shown)

    def _begin_processing(self, request: Request, video: Video, fields: Mapping[str, str]) -> None:
        path = request.url.path
        video.description = fields.get("description", "")
        video.finished_at, video.reads_left = self._world.now(), self._world.reads_until_ready
        if self._faults.take(path, "container_stuck"):
            video.stuck = True
        if failing := self._faults.take(path, "container_error"):
            video.error = failing.message or "The video could not be processed"

    async def status(self, request: Request, video: Video) -> Response:
        """`GET /{video}`: how far it is."""
        fields = await read_fields(request)
        self._access.page(request, fields, "pages_read_engagement")
        state = self._state(video)
        post = video.post
        every: Mapping[str, object] = {
            "id": video.id,
            "status": _status(state, video),
            "published": state == "ready",
            # Facebook gives the address of a video as a path.
            "permalink_url": f"/{'reel/' if video.edge == 'video_reels' else ''}{video.id}/",
            "post_id": post.id if post is not None else None,
        }
        asked = set(fields.get("fields", "id").split(",")) | {"id"}
        return JSONResponse({n: v for n, v in every.items() if n in asked and v is not None})

    def _state(self, video: Video) -> str:
        if video.finished_at is None:
            whole = video.size_bytes is not None and len(video.content) >= video.size_bytes
            return "upload_complete" if whole else "uploading"
        if video.stuck or video.reads_left > 0:
            video.reads_left -= 1
            return "processing"
        if video.error is not None:
            return "error"
        if video.post is None:
            post = self._world.publish(video.page, KINDS[video.edge], video.description)
            video.post, post.video = post, video
        return "ready"

    def _of_session(self, fields: Mapping[str, str]) -> Video:
        session = fields.get("upload_session_id", "")
        for video in self._world.videos.values():
            if secrets.compare_digest(video.session, session):
                return video
        raise GraphFault(100, "(#100) The upload session does not exist", 1363030)


def _status(state: str, video: Video) -> dict[str, object]:
    """The three phases, as the documents show them."""
    uploaded = "complete" if state != "uploading" else "in_progress"
    begun = video.finished_at is not None
    processed = {"processing": "in_progress", "error": "error", "ready": "complete"}
    processing: dict[str, object] = {"status": processed.get(state, "not_started")}
    if state == "error":
        processing["error"] = {"message": video.error}
    publishing: dict[str, object] = {"status": "in_progress" if begun else "not_started"}
    if state == "ready":
        publishing = {"status": "complete", "publish_status": "published"}
        publishing["publish_time"] = "2026-11-24T12:00:00+0000"
    return {
        "video_status": state,
        "uploading_phase": {"status": uploaded, "bytes_transfered": len(video.content)},
        "processing_phase": processing,
        "publishing_phase": publishing,
    }


def _not_taken(kind: str, message: str, *, retriable: bool = True) -> Response:
    """What the host of the bytes answers, in an envelope of its own."""
    said = {"retriable": retriable, "type": kind, "message": message}
    return JSONResponse({"debug_info": said}, status_code=400)
