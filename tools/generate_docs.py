"""Write the documentation to a folder, to be read without a server, and what is kept of it."""

import json
import sys
from pathlib import Path

from changelog_page import CHANGELOG_PAGE, changelog_page
from letmepost.configuration import read_configuration
from letmepost.docs.html import render, static_files
from letmepost.docs.pages import PageSet
from letmepost.docs.search_index import search_index
from letmepost.server import docs_site
from openapi_file import OPENAPI_FILE, openapi_text

FOLDER = Path(".artifacts") / "docs"


def main() -> None:
    """Write the pages as Markdown and as HTML, and the files that the repository keeps."""
    CHANGELOG_PAGE.write_text(changelog_page(), encoding="utf-8")
    OPENAPI_FILE.write_text(openapi_text(), encoding="utf-8")
    pages = PageSet(docs_site(read_configuration({})))
    for page in pages.pages:
        path = FOLDER / (page.path or "index")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(f"{path.name}.md").write_text(pages.markdown(page), encoding="utf-8")
        root = "../" * (page.path or "").count("/")
        html = render(pages, page, root)
        path.with_name(f"{path.name}.html").write_text(html, encoding="utf-8")
    (FOLDER / "llms.txt").write_text(pages.index_for_machines(), encoding="utf-8")
    (FOLDER / "llms-full.txt").write_text(pages.all_for_machines(), encoding="utf-8")
    index = json.dumps(search_index(pages), ensure_ascii=False)
    (FOLDER / "search.json").write_text(index, encoding="utf-8")
    reference = FOLDER / "api-reference" / OPENAPI_FILE.name
    reference.write_text(json.dumps(pages.site.openapi, ensure_ascii=False), encoding="utf-8")
    for name, content in static_files().items():
        path = FOLDER / "static" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    kept = f"{OPENAPI_FILE.name} and {CHANGELOG_PAGE.name}"
    sys.stdout.write(f"{len(pages.pages)} pages are in {FOLDER}; {kept} are written.\n")


if __name__ == "__main__":
    main()
