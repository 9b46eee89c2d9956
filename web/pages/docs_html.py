"""The OpenAPI document as an HTML page in one file, with a filter as its only script.

Every value is escaped. The page loads nothing, and its policy allows only its own style and script,
by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from web.pages.docs_example import example_of

_TEMPLATES: Final = Path(__file__).parents[1] / "templates"


def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8")


_METHODS: Final = ("get", "post", "put", "patch", "delete")
_LIMITS: Final = {
    "minimum": "from",
    "maximum": "to",
    "minLength": "at least",
    "maxLength": "at most",
    "maxProperties": "at most",
}
_AUTH: Final = {
    "apiKey": "API key",
    "bearer": "",
    "dashboard": "dashboard cookie",
    "operator": "operator token",
}

_STYLE: Final = _template("docs.css")
_SCRIPT: Final = _template("docs.js")

_PAGE: Final = Markup(_template("docs.html"))  # noqa: S704 - ours
_LINK: Final = Markup(
    '<li data-search="{search}"><a href="#{anchor}"><span class="method {method}">{METHOD}</span>'
    "<span>{path}</span></a></li>"
)
_OPERATION: Final = Markup(
    """<article id="{anchor}" data-search="{search}">
<h3><span class="method {method}">{METHOD}</span><span class="path">{path}</span>{auth}</h3>
<p>{summary}.</p>
{description}{parameters}{body}{answers}
</article>
"""
)
_JSON: Final = "application/json"
_EXAMPLE: Final = Markup(
    '<details><summary>{title}</summary><pre tabindex="0">{text}</pre></details>\n'
)
_SHAPE: Final = Markup(
    """<article id="shape-{name}" data-search="{search}">
<h3>{name}</h3>
<p>{description}</p>
{fields}
</article>
"""
)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


DOCS_POLICY: Final = (
    f"default-src 'none'; style-src '{_hash(_STYLE)}'; script-src '{_hash(_SCRIPT)}';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page's Content-Security-Policy."""


def docs_page(document: Mapping[str, Any]) -> str:
    """The page for a document."""
    calls = [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in _METHODS
    ]
    by_tag: dict[str, list[tuple[str, str, Any]]] = {}
    for call in calls:
        by_tag.setdefault(call[2]["tags"][0], []).append(call)
    info = document["info"]
    schemas = document["components"]["schemas"]
    return _PAGE.format(
        title=info["title"],
        version=info["version"],
        about=info["description"],
        style=Markup(_STYLE),  # noqa: S704 - ours
        script=Markup(_SCRIPT),  # noqa: S704 - ours
        contents=_joined(_contents(tag, found) for tag, found in by_tag.items()),
        sections=_joined(
            Markup("<h2>{}</h2>\n{}").format(
                tag, _joined(_operation(*call, schemas=schemas) for call in found)
            )
            for tag, found in by_tag.items()
        ),
        shapes=_joined(_shape(name, schema) for name, schema in sorted(schemas.items())),
    )


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)


def _contents(tag: str, calls: Iterable[tuple[str, str, Any]]) -> Markup:
    links = _joined(
        _LINK.format(
            anchor=operation["operationId"],
            method=method,
            METHOD=method.upper(),
            path=path.removeprefix("/api/v1"),
            search=f"{method} {path} {operation['summary']}".lower(),
        )
        for path, method, operation in calls
    )
    return Markup("<h2>{}</h2><ul>{}</ul>").format(tag, links)


def _operation(
    path: str, method: str, operation: Mapping[str, Any], *, schemas: Mapping[str, Any]
) -> Markup:
    description = operation.get("description", "")
    return _OPERATION.format(
        anchor=operation["operationId"],
        search=f"{method} {path} {operation['summary']} {description}".lower(),
        method=method,
        METHOD=method.upper(),
        path=path,
        auth=_auth(operation["security"]),
        summary=operation["summary"],
        description=Markup("<p>{}</p>").format(description) if description else "",
        parameters=_parameters(operation.get("parameters", ())),
        body=_body(operation, schemas),
        answers=_answers(operation["responses"], schemas),
    )


def _auth(security: Iterable[Mapping[str, Any]]) -> Markup:
    names = [_AUTH[name] for choice in security for name in choice if _AUTH[name]]
    if not names:
        return Markup("")
    optional = " (optional)" if any(not choice for choice in security) else ""
    return Markup('<span class="tag">{}{}</span>').format(names[0], optional)


def _parameters(parameters: Iterable[Mapping[str, Any]]) -> Markup:
    rows = [
        (
            parameter["name"],
            f"{parameter['in']}{', required' if parameter['required'] else ''}",
            _kind(parameter["schema"]),
            parameter["description"],
        )
        for parameter in parameters
    ]
    return Markup("<h4>Parameters</h4>") + _table(rows) if rows else Markup("")


def _body(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Markup:
    body = operation.get("requestBody")
    if body is None:
        return Markup("")
    kinds = body["content"]
    # A file of several types has one shape.
    shape = next(iter(kinds.values()))["schema"]
    head = Markup("<h4>Request body</h4><p>{} <span class='soft'>{}</span></p>").format(
        _kind(shape), ", ".join(kinds)
    )
    return head + (_example("Example", shape, schemas) if _JSON in kinds else Markup(""))


def _example(title: str, schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Markup:
    text = json.dumps(example_of(schema, schemas), indent=2, ensure_ascii=False)
    return _EXAMPLE.format(title=title, text=text)


def _answers(responses: Mapping[str, Any], schemas: Mapping[str, Any]) -> Markup:
    rows, problems, examples = [], [], []
    for status, response in responses.items():
        if "$ref" in response:
            problems.append(status)
            continue
        content = response.get("content", {})
        if _JSON in content:
            examples.append(_example(f"Example of {status}", content[_JSON]["schema"], schemas))
        shapes = _joined(_kind(media["schema"]) for media in content.values())
        rows.append((status, response["description"], shapes, ", ".join(content)))
    problem = Markup('<a href="#shape-ProblemShape">ProblemShape</a>')
    rows.append((", ".join(problems), "An error", problem, "application/problem+json"))
    return Markup("<h4>Responses</h4>") + _table(rows) + _joined(examples)


def _shape(name: str, schema: Mapping[str, Any]) -> Markup:
    required = set(schema.get("required", ()))
    fields = [
        (
            field,
            "" if field in required else "optional",
            _kind(described),
            described.get("description", ""),
        )
        for field, described in schema.get("properties", {}).items()
    ]
    return _SHAPE.format(
        name=name,
        search=f"{name} {' '.join(schema.get('properties', ()))}".lower(),
        description=schema.get("description", ""),
        fields=_table(fields) if fields else _kind(schema),
    )


def _table(rows: Iterable[tuple[Any, Any, Any, Any]]) -> Markup:
    body = _joined(
        Markup(
            "<tr><td><code>{}</code></td><td class='soft'>{}</td><td>{}</td><td>{}</td></tr>"
        ).format(*row)
        for row in rows
    )
    return Markup("<div class='wide'><table>{}</table></div>").format(body)


def _kind(schema: Mapping[str, Any]) -> Markup:
    """A schema in a few words, with links to the schemas that it refers to."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#shape-{0}">{0}</a>').format(name)
    if "enum" in schema:
        return Markup(", ").join(
            Markup("<code>{}</code>").format(value) for value in schema["enum"]
        )
    if "anyOf" in schema:
        return Markup(" or ").join(_kind(choice) for choice in schema["anyOf"])
    if schema.get("type") == "array":
        return Markup("list of ") + _kind(schema.get("items", {}))
    limits = [f"{word} {schema[key]}" for key, word in _LIMITS.items() if key in schema]
    form = [f"({schema['format']})"] if "format" in schema else []
    return Markup("{}").format(" ".join([str(schema.get("type", "any")), *form, *limits]))
