"""The page of platforms' versions says what is declared, and what an operator has set."""

from letmepost.configuration import read_configuration
from letmepost.docs.markdown import day
from letmepost.docs.pages import PageSet
from letmepost.platforms import platforms
from letmepost.server import docs_site

PATH = "platform-versions"


def _rows(pages: PageSet) -> dict[str, str]:
    page = pages.find(PATH)
    assert page is not None
    lines = pages.markdown(page).splitlines()
    return {
        name: line for name in platforms() for line in lines if f"](/docs/platforms/{name})" in line
    }


def test_every_platform_has_a_row_with_its_version_and_days(pages: PageSet) -> None:
    rows = _rows(pages)
    assert list(rows) == list(platforms())
    for name, platform in platforms().items():
        version = platform.version
        assert f"`{version.current}`" in rows[name]
        assert version.changelog_url in rows[name]
        for announced in (version.released_at, version.sunset_at):
            assert (day(announced) if announced else "none known") in rows[name]
        assert (f"`{version.next}`" if version.next else "none known") in rows[name]


def test_a_version_that_the_operator_set_is_shown() -> None:
    site = docs_site(read_configuration({"LETMEPOST_LINKEDIN_VERSION": "202603"}))
    row = _rows(PageSet(site))["linkedin"]
    assert "`202603`" in row
    assert "16 March 2027" in row


def test_the_page_names_the_setting_of_each_version_that_has_one(pages: PageSet) -> None:
    page = pages.find(PATH)
    assert page is not None
    for platform in platforms().values():
        if platform.version.setting is not None:
            assert f"`{platform.variables[platform.version.setting]}`" in pages.markdown(page)


def test_it_stands_in_the_navigation_and_in_the_index_for_machines(pages: PageSet) -> None:
    page = pages.find(PATH)
    assert page is not None
    assert page.listed
    assert f"/{PATH}.md): " in pages.index_for_machines()
