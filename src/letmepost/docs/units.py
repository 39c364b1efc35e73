"""How each unit is counted, with one example that surprises; the counts are made by the counter."""

from letmepost.content.text import graphemes, utf8_bytes, utf16_units
from letmepost.preflight.rule import Rule

_FAMILY = "👨‍👩‍👧‍👦"
_ACCENTED = "e\u0301"
_FILE_FIELDS = ("media", "file", "body", "options.card", "options.coverUrl")
_MEBIBYTE = 1024 * 1024


def counts_file_bytes(rule: Rule) -> bool:
    """Whether a limit in bytes speaks of a file; otherwise it speaks of a text in UTF-8."""
    return rule.field in _FILE_FIELDS


def unit_explanation(rule: Rule) -> str | None:
    """Say in Markdown how the unit of a rule's limit is counted; None for an unknown unit."""
    if rule.limit is None:
        return None
    if rule.limit.unit == "bytes":
        return _file_bytes() if counts_file_bytes(rule) else _text_bytes()
    return _EXPLANATIONS.get(rule.limit.unit)


def _text_bytes() -> str:
    return (
        "The text is written as UTF-8 and its bytes are counted: 1 for an ASCII letter, 2 for "
        "most accented letters, 3 for most Asian characters, 4 for a simple emoji. The family "
        f"emoji {_FAMILY} looks like one character and is **{utf8_bytes(_FAMILY)} bytes**."
    )


def _file_bytes() -> str:
    return (
        "The bytes of the file itself are counted, and units are decimal: 1 MB is 1,000,000 "
        "bytes. Many file managers and image editors mean 1,048,576 when they say 1 MB, so a "
        f"file that they show as 1 MB may be **{_MEBIBYTE - 1_000_000:,} bytes** over a limit of "
        "1 MB."
    )


_PLATFORM_COUNTS = (
    "The platform counts for the account, whatever program acted: what its owner does in the "
    "platform's own app is in the same count. **A record that was deleted at once has still "
    "been counted.**"
)

_ROLLING_DAY = (
    "The platform looks back over the last 24 hours, not over a calendar day. **A post of "
    "yesterday at 18:00 frees its place today at 18:00, not at midnight.**"
)
_CODEC = (
    "The codec is read from the file's own index. **Two files named .mp4 may hold different "
    "codecs**: the name says what the file is wrapped in, not how its picture is encoded."
)

_EXPLANATIONS = {
    "UTF-16 units": (
        "UTF-16 code units are counted, as most programs of the web do: 1 for most letters, 2 "
        f"for every emoji outside the basic plane. The family emoji {_FAMILY} looks like one "
        f"character and is **{utf16_units(_FAMILY)} units**."
    ),
    "Threads characters": (
        "An emoji costs as many as it has bytes in UTF-8, everything else its UTF-16 units. The "
        f"family emoji {_FAMILY} costs **{utf8_bytes(_FAMILY)}**, and a Chinese character of "
        "three bytes costs 1."
    ),
    "width / height": (
        "The width is divided by the height, both as a viewer sees the picture. They are compared "
        "as fractions of whole numbers: **1080 by 1350 is exactly 0.8, and 1080 by 1351 is less.**"
    ),
    "times the shorter side": (
        "The longer side is divided by the shorter one, whichever they are. **A strip of 4000 by "
        "400 is 10 times as long as high, and so is one of 400 by 4000.**"
    ),
    "frames per second": (
        "The average over the whole file is taken, to three decimals. **Film made for television "
        "runs at 23.976, not at 24**, and 59.94 is what cameras call 60."
    ),
    "bits per second": (
        "All tracks together, in decimal units: the size of the file times eight, divided by its "
        "duration. **A short still film may need fewer bits than its encoder was told to use.**"
    ),
    "hertz": (
        "Samples of sound a second. **Sound at 96,000 sounds no better on a telephone**, which "
        "plays at 48,000 or 44,100 at most."
    ),
    "channels": (
        "Every speaker that the sound was made for counts. **Surround sound called 5.1 has 6 "
        "channels.**"
    ),
    "video codec": _CODEC,
    "audio codec": _CODEC,
    "videos": "Every entry of `media` with `kind: video` counts, **also one of a second**.",
    "items": (
        "Every entry of `media` counts, image or video, **the same file given twice counts twice**."
    ),
    "links": (
        "Different addresses are counted in the text and the link attachment together. **The same "
        "address written with and without https:// or a slash at its end counts once.**"
    ),
    "hashtags": (
        "Every `#` or full-width `\uff03` that begins a word counts, a repeated tag again. **The "
        "`#` in `C#` begins no word and does not count.**"
    ),
    "mentions": (
        "Every `@` that begins a name counts, a repeated name again. **The `@` of an e-mail "
        "address does not.**"
    ),
    "usernames": "Every entry counts, **with or without the `@` before it**.",
    "product tags": "Every entry counts, **two tags of one product are two**.",
    "color space": (
        "How the file names colors, read from its bytes. **A JPEG in CMYK looks like any other "
        "JPEG in most viewers**, which convert it silently."
    ),
    "EXIF orientation": (
        "A number from 1 to 8 that a camera writes into the photo; 1 is upright as stored. **At 5 "
        "to 8 width and height change places.**"
    ),
    "Facebook Pages": (
        "Only Pages on which the person may create content count. **A Page that was not ticked in "
        "Facebook's own dialog is not visible to us.**"
    ),
    "hours": (
        "Hours are counted from the moment at which the platform made the container. **Waiting "
        "for the platform to read a large file counts as well.**"
    ),
    "seconds ahead": (
        "Seconds from the moment of the request to the time of the post. **75 days are 6,480,000 "
        "seconds.**"
    ),
    "reels per day": _ROLLING_DAY,
    "posts per day": _ROLLING_DAY,
    "replies per day": _ROLLING_DAY,
    "containers per day": (
        "The platform looks back over the last 24 hours. **A carousel of ten files needs eleven "
        "containers: one for each file, and one that holds them.**"
    ),
    "graphemes": (
        "Graphemes are what a reader sees as single characters (extended grapheme clusters of "
        f"Unicode, UAX 29). The family emoji {_FAMILY} is {len(_FAMILY)} code points and counts "
        f"**{graphemes(_FAMILY)}**. A line break counts 1, also when it was sent as CR LF."
    ),
    "characters": (
        f"Unicode code points are counted, so {_ACCENTED} may count **{len(_ACCENTED)}** when it "
        "was typed as a letter and a separate accent."
    ),
    "weighted characters": (
        "X's own weight: most letters of Latin, Greek, Cyrillic, Arabic and Hebrew count 1, all "
        "other characters 2, an emoji 2, an address 23. So `example.com` counts **23** without "
        "`https://` too, and `…` counts **2** where three full stops count 3."
    ),
    "address characters": (
        "The characters of the address with its host written in ASCII (punycode), and the length "
        "of its scheme once more: **an address of 4,088 characters that begins with https:// "
        "counts 4,096.**"
    ),
    "cashtags": (
        "A dollar sign and one to six letters, with nothing before it: `$ACME` counts, **`US$ACME` "
        "and `$20` do not**."
    ),
    "digits": (
        "The digits of an id. **An id sent as a JSON number loses its last digits in many "
        "programs,** so ids are text."
    ),
    "users": "Every entry counts, **the same id given twice counts twice**.",
    "frames": (
        "The pictures of an animation, counted in the file. **A GIF that repeats for ever has as "
        "many frames as one that plays once.**"
    ),
    "pixels of all frames": (
        "Width times height times the number of frames. **A GIF of 1,000 by 1,000 pixels reaches "
        "300 million with its 300th frame,** whatever its size in bytes."
    ),
    "codec": (
        "How picture or sound is encoded inside the file, read from the file. **Two files named "
        ".mp4 may have nothing but their name in common:** H.264, H.265 and AV1 all go into one."
    ),
    "pixel format": (
        "How colours are stored, as FFmpeg names it. **yuv420p keeps one colour for four pixels**, "
        "and nearly every video that you have seen does."
    ),
    "visible characters": (
        "Characters that can be seen. **A zero-width space, a soft hyphen and a variation selector "
        "are none**, though a program that trims white space keeps them."
    ),
    "value": "One of the values, in exactly these letters: **`public` is not `PUBLIC`**.",
    "pages": (
        "Pages of the file, as a reader of PDF counts them. **A cover and empty pages count.**"
    ),
    "requests per day": (
        "Requests, not posts: **each image of a post is two requests of its own**, one that asks "
        "for a place and one that brings the bytes."
    ),
    "times the width": (
        "The height divided by the width, as a viewer sees the picture. **A photograph taken "
        "upright by a phone is 1.33 times as high as wide, a phone's screen about 2.2 times.**"
    ),
    "times the height": (
        "The width divided by the height, as a viewer sees the picture. **16:9 is 1.78.**"
    ),
    "fields": "Fields that are given; **one that is null is not given**.",
    "options": "The answers of a poll; **an empty one counts as well**.",
    "minutes": "Whole minutes. **10,080 minutes are seven days.**",
    "posts per 15 minutes": _PLATFORM_COUNTS,
    "posts per 30 days": (
        "Posts in the 30 days before this one. **A post planned long ago counts on the day on "
        "which it was published.**"
    ),
    "hours late": (
        "Hours between the time that was asked for and the moment a worker found the post. **A "
        "post that was retried counts from its own time, not from the retry.**"
    ),
    "minutes late": (
        "Minutes between the time that was asked for and the moment a worker found the post, by "
        "the database's clock: **a worker whose own clock is wrong does not matter.**"
    ),
    "minutes apart": (
        "Minutes between the two requests. **The earlier post counts whatever became of it,** "
        "also when it is still scheduled."
    ),
    "redirects": (
        "Every answer that sends us on counts, also one from http to https of the same host: "
        "**two addresses in the address bar may be three redirects.**"
    ),
    "pixels": (
        "Width and height are taken as a viewer sees the picture, after its EXIF rotation. **A "
        "phone photo stored as 4032 by 3024 with the rotation flag set counts as 3024 by 4032**; "
        "an area is width times height."
    ),
    "seconds": (
        "Seconds are compared with their fraction. **A video that a player shows as 10:00 may "
        "last 600.04 seconds, because its sound ends after its picture**, and that is more than "
        "600."
    ),
    "years": (
        "Years are counted from the moment at which the request arrives, by the server's clock. "
        "**A date in the year 2206 is more often a typing mistake for 2026 than a plan.**"
    ),
    "images": (
        "Every entry of `media` with `kind: image` counts, **the same file given twice counts "
        "twice**."
    ),
    "targets": (
        "Every entry of `targets` counts, **two entries for the same account are two targets**."
    ),
    "times a week": (
        "Every entry of `times` counts, **the same weekday and time given twice counts twice**."
    ),
    "events": (
        "Every event of the range that the endpoint may see counts, **those that were delivered to "
        "it already too**."
    ),
    "tags": (
        "Every entry of `options.tags` counts, **hashtags written in the text do not**: they are "
        "links in the text and not tags beside it."
    ),
    "languages": (
        "Every entry of `options.langs` counts, **`en` and `en-GB` are two languages here**."
    ),
    "files": "Every entry counts, **two files in one language are two files**.",
    "tracks": (
        "Tracks are counted inside the file. **A file named .mp4 may hold sound alone**, and "
        "then it has no picture track."
    ),
    "content type": (
        "The type is read from the first bytes of the file. **A file named photo.jpg that "
        "begins like a WebP image is `image/webp`**, whatever its name or declared type."
    ),
    "videos per day": _PLATFORM_COUNTS,
    "bytes per day": _PLATFORM_COUNTS,
    "records per hour": _PLATFORM_COUNTS,
    "records per day": _PLATFORM_COUNTS,
    "logins per day": (
        "Logins are counted, not posts. **A failed login counts as well**, so a wrong password "
        "tried over and over locks out the right one."
    ),
}
