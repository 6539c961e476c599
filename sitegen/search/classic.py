"""The search page as one classic script, for sites that are read from a folder: `file://` loads no modules."""

from __future__ import annotations

import re

_IMPORT = re.compile(r"^import \{([^}]*)\} from '\./search\.js';\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const)\b)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*/\*\*(?:[^*]|\*(?!/))*\*/\n", re.MULTILINE)


def classic_script(client: str, page: str) -> str:
    """Join the client module and the search page's module to one script without imports and exports.

    Args:
        client: text of `search.js`; declarations are exported where they stand.
        page: text of `search-page.js`; imports from `./search.js` alone.
    """
    found = _IMPORT.search(page)
    if found is None:
        raise ValueError("the search page does not import the client")
    names = found[1].strip()
    client, page = (_COMMENT.sub("", text) for text in (_EXPORT.sub("", client), _IMPORT.sub("", page, count=1)))
    return (
        "// Made of search.js and search-page.js, for reading from a folder. Change those.\n"
        f"const {{{names}}} = (() => {{\n{client}return {{{names}}};\n}})();\n"
        f"(() => {{\n{page}}})();\n"
    )
