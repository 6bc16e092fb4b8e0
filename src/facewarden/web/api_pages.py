"""The API's own page, made here from its schema: no script, and nothing loaded from elsewhere.

Never shows anything of the installation: it says the same to everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from facewarden.web.addresses import is_open
from facewarden.web.pages import page

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """One address of the API as its page shows it."""

    method: str
    path: str
    summary: str
    description: str
    fields: tuple[tuple[str, str, bool, str], ...]  # name, kind, required, description
    media_type: str
    needs_token: bool


@router.get("/api")
def api_page(request: Request) -> Response:
    """Every address of the API with what it takes."""
    schema = request.app.openapi()
    operations = [
        _operation(schema, method.upper(), path, written)
        for path, methods in schema["paths"].items()
        for method, written in methods.items()
    ]
    return page(request, "api.html", operations=operations, version=schema["info"]["version"])


def _operation(schema: dict[str, Any], method: str, path: str, written: dict[str, Any]) -> Operation:
    fields = []
    for parameter in written.get("parameters", []):
        kind = _kind(schema, parameter.get("schema", {}))
        fields.append((parameter["name"], kind, parameter.get("required", False), f"in the {parameter['in']}"))
    bodies = written.get("requestBody", {}).get("content", {})
    for content in bodies.values():
        body = _resolved(schema, content["schema"])
        for name, part in body.get("properties", {}).items():
            fields.append((name, _kind(schema, part), name in body.get("required", []), part.get("description", "")))
    return Operation(
        method,
        path,
        written.get("summary", ""),
        written.get("description", ""),
        tuple(fields),
        next(iter(bodies), ""),
        not is_open(method, path),
    )


def _resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    reference: str | None = part.get("$ref")
    if reference is None:
        return part
    found: dict[str, Any] = schema["components"]["schemas"][reference.rsplit("/", 1)[-1]]
    return found


def _kind(schema: dict[str, Any], part: dict[str, Any]) -> str:
    part = _resolved(schema, part)
    if "enum" in part:
        return "one of " + ", ".join(part["enum"])
    return "file" if part.get("format") == "binary" else str(part.get("type", "value"))
