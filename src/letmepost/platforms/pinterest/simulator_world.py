"""What the simulated Pinterest holds: accounts, and in each environment boards, pins and videos."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from letmepost.kit.clock import Clock
from letmepost.platforms.pinterest.simulator_wire import JsonObject

Access = Literal["standard", "trial"]
FIRST_ID: Final = 813_744_226_420_000_000


@dataclass
class Account:
    """One user of Pinterest."""

    id: str
    username: str
    account_type: str = "BUSINESS"


@dataclass
class Section:
    """A part of a board."""

    id: str
    name: str


@dataclass
class Board:
    """One board of an account."""

    id: str
    owner: Account
    name: str
    created_at: str
    description: str = ""
    privacy: str = "PUBLIC"
    is_ads_only: bool = False
    sections: list[Section] = field(default_factory=list)

    def described(self, pin_count: int) -> JsonObject:
        """Write the board as the API shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "privacy": self.privacy,
            "owner": {"username": self.owner.username},
            "pin_count": pin_count,
            "follower_count": 0,
            "collaborator_count": 0,
            "created_at": self.created_at,
            "is_ads_only": self.is_ads_only,
        }


@dataclass
class Picture:
    """An image of a pin; the bytes are not kept."""

    content_type: str
    size_bytes: int
    size: tuple[int, int] | None = None
    url: str | None = None


@dataclass
class Pin:
    """One pin. `fields` are what its creator sent beside the media."""

    id: str
    owner: Account
    created_at: str
    fields: JsonObject
    media_type: str
    pictures: list[Picture]

    def described(self) -> JsonObject:
        """Write the pin as the API shows it."""
        shown = {name: self.fields.get(name) for name in SHOWN_FIELDS}
        return {
            "id": self.id,
            "created_at": self.created_at,
            "creative_type": _CREATIVE_TYPES.get(self.media_type, "REGULAR"),
            "board_owner": {"username": self.owner.username},
            "is_owner": True,
            "is_standard": True,
            **shown,
            "media": self._media(),
        }

    def _media(self) -> JsonObject:
        media: JsonObject = {"media_type": self.media_type}
        if self.media_type == "video":
            # Null until the video has been made ready for viewers.
            unready = ("cover_image_url", "video_url", "duration", "width", "height")
            return {**media, **dict.fromkeys(unready)}
        if self.media_type == "multiple_images":
            items = [{"item_type": "image", "images": _images(each)} for each in self.pictures]
            return {**media, "items": items}
        return {**media, "images": _images(self.pictures[0])}


SHOWN_FIELDS: Final = (
    "board_id",
    "board_section_id",
    "title",
    "description",
    "alt_text",
    "link",
    "dominant_color",
    "parent_pin_id",
)
_CREATIVE_TYPES: Final = {"video": "VIDEO", "multiple_images": "CAROUSEL"}


def _images(picture: Picture) -> JsonObject:
    width, height = picture.size or (1000, 1500)
    return {
        name: {"width": wide, "height": high, "url": f"https://i.pinimg.com/{name}/picture.jpg"}
        for name, wide, high in (
            ("150x150", 150, 150),
            ("400x300", 400, 300),
            ("600x", 600, max(1, round(600 * height / width))),
            ("1200x", 1200, max(1, round(1200 * height / width))),
        )
    }


@dataclass
class Video:
    """A registered video: where it is to be sent, and how far it is."""

    id: str
    owner: Account
    parameters: dict[str, str]
    registered_at: float
    status: str = "registered"
    stuck: bool = False
    size_bytes: int = 0


@dataclass
class Environment:
    """Production or the sandbox: what is in one is not in the other."""

    name: Literal["production", "sandbox"]
    boards: dict[str, Board] = field(default_factory=dict)
    pins: dict[str, Pin] = field(default_factory=dict)
    videos: dict[str, Video] = field(default_factory=dict)

    def pins_of(self, board_id: str, section_id: str | None = None) -> list[Pin]:
        """The pins of a board, newest first; of one section of it, where one is named."""
        return [
            pin
            for pin in reversed(self.pins.values())
            if pin.fields.get("board_id") == board_id
            and section_id in (None, pin.fields.get("board_section_id"))
        ]


class World:
    """One world: its users, the app's access, and the two environments."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """Go back to Jane, who has two boards and no pin."""
        self._last_id = FIRST_ID
        self.access: Access = "standard"
        self.accounts: dict[str, Account] = {}
        self.environments = (Environment("production"), Environment("sandbox"))
        jane = self.add_account("jane", "BUSINESS")
        for environment in self.environments:
            bridges = self.add_board(environment, jane, "Bridges")
            bridges.sections.append(Section(self.new_id(), "Stone"))
            self.add_board(environment, jane, "Quiet places", privacy="SECRET")

    def new_id(self) -> str:
        """An id that nothing else has: digits, as text."""
        self._last_id += 7
        return str(self._last_id)

    def now(self) -> str:
        """The time as Pinterest writes it, without a zone."""
        return self._clock.now().strftime("%Y-%m-%dT%H:%M:%S")

    def add_account(self, username: str, account_type: str) -> Account:
        """Add a user, or change the type of one that is there."""
        for known in self.accounts.values():
            if known.username == username:
                known.account_type = account_type
                return known
        account = Account(self.new_id(), username, account_type)
        self.accounts[account.id] = account
        return account

    def add_board(
        self,
        environment: Environment,
        owner: Account,
        name: str,
        **fields: Any,  # noqa: ANN401 - whatever else is said of a board
    ) -> Board:
        """Add a board."""
        board = Board(self.new_id(), owner, name, self.now(), **fields)
        environment.boards[board.id] = board
        return board

    def all_pins(self) -> Iterator[Pin]:
        """Every pin, of both environments."""
        for environment in self.environments:
            yield from environment.pins.values()
