"""Write the generated files of every SDK anew."""

from pathlib import Path

from sdks import go, python, typescript
from sdks.declarations import REPOSITORY, document

# A language is a module whose `files` gives each generated file with its content.
LANGUAGES = (python, typescript, go)


def generated() -> dict[Path, str]:
    """Every generated file of every language, as it has to be."""
    described = document()
    return {path: content for each in LANGUAGES for path, content in each.files(described).items()}


if __name__ == "__main__":
    for path, content in generated().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        print(path.relative_to(REPOSITORY))
