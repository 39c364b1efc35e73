"""Colours for code blocks, as classes; a language that is not known here stays plain."""

from html import escape

import regex

_LANGUAGES = {
    "json": regex.compile(
        r'(?P<name>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<text>"(?:[^"\\]|\\.)*")'
        r"|(?P<value>-?\d[\d.eE+-]*|true|false|null)"
    ),
    "bash": regex.compile(
        r"(?P<comment>(?m:(?<=^|\s)\#.*$))|(?P<text>'[^']*')|(?P<value>\$\w+|\$\{\w+\})"
        r"|(?P<name>(?m:^\s*)(?:curl|export|make|printf|letmepost)\b|(?<=\$\()(?:curl|printf)\b)"
        r"|(?P<option>(?<=\s)--?[a-zA-Z][\w-]*)"
    ),
}
_LANGUAGES["python"] = regex.compile(
    r"(?P<comment>(?m:(?<=^|\s)\#.*$))"
    r'|(?P<text>[fb]?"(?:[^"\\\n]|\\.)*")'
    r"|(?P<option>\b(?:from|import|def|class|return|async|await|with|for|in|if|else|try|except|as"
    r"|not|and|or|is|raise|while)\b)"
    r"|(?P<value>\b(?:True|False|None|\d[\d_.]*)\b)|(?P<name>\b\w+(?=\())"
)
_LANGUAGES["typescript"] = regex.compile(
    r"(?P<comment>(?<![:\w])//.*)"
    r'|(?P<text>"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)'
    r"|(?P<option>\b(?:import|from|const|let|new|await|async|function|return|for|of|if|else|try"
    r"|catch|export|type|interface|throw)\b)"
    r"|(?P<value>\b(?:true|false|null|undefined|\d[\d_.]*)\b)|(?P<name>\b\w+(?=\())"
)
_LANGUAGES["go"] = regex.compile(
    r"(?P<comment>(?<![:\w])//.*)"
    r'|(?P<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`)'
    r"|(?P<option>\b(?:package|import|func|if|else|for|range|return|defer|var|type|struct|go)\b)"
    r"|(?P<value>\b(?:true|false|nil|\d[\dxo_.]*)\b)|(?P<name>\b\w+(?=\())"
)
_LANGUAGES["http"] = regex.compile(r"(?P<name>(?m:^)[A-Za-z-]+(?=:))")


def highlight(code: str, language: str) -> str:
    """The code as HTML, its parts in spans whose classes the stylesheet colours."""
    grammar = _LANGUAGES.get(language)
    if grammar is None:
        return escape(code, quote=False)
    parts, end = [], 0
    for found in grammar.finditer(code):
        parts.append(escape(code[end : found.start()], quote=False))
        parts.append(f'<span class="{found.lastgroup}">{escape(found.group(), quote=False)}</span>')
        end = found.end()
    parts.append(escape(code[end:], quote=False))
    return "".join(parts)
