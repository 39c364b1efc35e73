"""Two kinds of people: one with a mouse, and one who has nothing but a keyboard."""

from datetime import datetime
from pathlib import Path
from typing import Protocol

from playwright.async_api import Locator, Page, expect

# More than any page has of what can be reached; then there is no way to it.
STEPS_MAX = 150
_IS_FOCUSED = "(node) => node === document.activeElement"


class Hands(Protocol):
    """What a person does to a page."""

    async def press(self, what: Locator) -> None:
        """A button, a link, or what opens and closes."""

    async def tick(self, what: Locator) -> None:
        """A box or a round button."""

    async def write(self, what: Locator, text: str) -> None:
        """Into a field, in place of what is there."""

    async def choose_time(self, what: Locator, at: datetime) -> None:
        """In a field of date and time."""

    async def choose_file(self, what: Locator, file: Path) -> None:
        """In the window that a field of files opens."""


class Mouse:
    """Points and clicks."""

    async def press(self, what: Locator) -> None:
        await what.click()

    async def tick(self, what: Locator) -> None:
        await what.check()

    async def write(self, what: Locator, text: str) -> None:
        await what.fill(text)

    async def choose_time(self, what: Locator, at: datetime) -> None:
        await what.fill(f"{at:%Y-%m-%dT%H:%M}")

    async def choose_file(self, what: Locator, file: Path) -> None:
        async with what.page.expect_file_chooser() as chooser:
            await what.click()
        await (await chooser.value).set_files(file)


class Keyboard:
    """Goes from one thing to the next with Tab, and touches nothing that cannot be reached so."""

    async def press(self, what: Locator) -> None:
        page = await self._reach(what)
        await page.keyboard.press("Enter")

    async def tick(self, what: Locator) -> None:
        if await what.get_attribute("type") == "radio":
            # Tab leads to the one that is chosen, and the arrows to the others.
            name = await what.get_attribute("name")
            page = await self._reach(what.page.locator(f'input[name="{name}"]:checked'))
            while not await what.is_checked():
                await page.keyboard.press("ArrowDown")
            return
        page = await self._reach(what)
        await page.keyboard.press("Space")
        await expect(what).to_be_checked()

    async def write(self, what: Locator, text: str) -> None:
        page = await self._reach(what)
        await page.keyboard.press("Control+A")
        await page.keyboard.insert_text(text)

    async def choose_time(self, what: Locator, at: datetime) -> None:
        page = await self._reach(what)
        # As Debian's chromium asks for it in any language of the page; a year may have six digits.
        await page.keyboard.type(f"{at:%m%d%Y}")
        await page.keyboard.press("ArrowRight")
        await page.keyboard.type(f"{at:%I%M%p}")
        await expect(what).to_have_value(f"{at:%Y-%m-%dT%H:%M}")

    async def choose_file(self, what: Locator, file: Path) -> None:
        page = await self._reach(what)
        async with page.expect_file_chooser() as chooser:
            await page.keyboard.press("Enter")
        await (await chooser.value).set_files(file)

    async def _reach(self, what: Locator) -> Page:
        await expect(what).to_be_attached()
        for _ in range(STEPS_MAX):
            if await what.evaluate(_IS_FOCUSED):
                return what.page
            await what.page.keyboard.press("Tab")
        raise AssertionError(f"no Tab leads to {what}")
