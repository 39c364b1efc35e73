"""Write the documentation to a folder, to be read without a server, and the OpenAPI document."""

import sys
from pathlib import Path

from letmepost.configuration import read_configuration
from letmepost.docs.html import render
from letmepost.docs.pages import PageSet
from letmepost.server import docs_site
from openapi_file import OPENAPI_FILE, openapi_text

FOLDER = Path(".artifacts") / "docs"


def main() -> None:
    """Write the pages as Markdown and as HTML, and the document where the repository keeps it."""
    pages = PageSet(docs_site(read_configuration({})))
    for page in pages.pages:
        path = FOLDER / (page.path or "index")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(f"{path.name}.md").write_text(pages.markdown(page), encoding="utf-8")
        root = "../" * (page.path or "").count("/")
        html = render(pages, page, root)
        path.with_name(f"{path.name}.html").write_text(html, encoding="utf-8")
    (FOLDER / "llms.txt").write_text(pages.index_for_machines(), encoding="utf-8")
    OPENAPI_FILE.write_text(openapi_text(), encoding="utf-8")
    sys.stdout.write(f"{len(pages.pages)} pages are in {FOLDER}; {OPENAPI_FILE.name} is written.\n")


if __name__ == "__main__":
    main()
