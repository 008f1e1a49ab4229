"""Posting a listing through its pages, as its owner does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import expect

from tests.e2e.visitor import Visitor


def reference_of(visitor: Visitor) -> str:
    """Return the reference of the listing whose page is open."""
    return visitor.path.split("?")[0].split("/")[3]


def post(visitor: Visitor, kind: str) -> str:
    """Start a listing and return its reference."""
    visitor.open("/my/listings/new")
    visitor.fill(kind=kind, language=visitor.locale)
    visitor.send()
    return reference_of(visitor)


def complete(
    visitor: Visitor, reference: str, text: Mapping[str, Any], *, leave: bool = False
) -> None:
    """Go through the task list of a draft, check the answers and submit it.

    With `leave` the person goes away after the first page, comes back and goes on.
    """
    task = visitor.main.locator(".task-list a")
    visitor.follow(task)
    visitor.fill(title=text["title"], summary=text["summary"], description=text["description"])
    if leave:
        visitor.send(button='[value="later"]')
        assert visitor.path == "/my/listings/"
        visitor.follow(visitor.main.locator(f'a[href$="/my/listings/{reference}"]'))
        open_tasks = visitor.main.locator(".task-list__state:not(.task-list__state--done)")
        expect(open_tasks).to_have_count(1)
        visitor.follow(task)
        expect(visitor.form().locator("[name=title]")).to_have_value(text["title"])
    visitor.send(button='[value="next"]')
    if reference.startswith("D-"):
        visitor.fill(material=text["material"], product=text["product"])
        visitor.send(button='[value="next"]')
    stage = text.get("stage_of_development") or text["wanted_stage_from"]
    visitor.fill(stage_of_development=stage)
    visitor.send(button='[value="next"]')
    visitor.fill(sector=text["sectors"], keyword="\n".join(text["keywords"]))
    visitor.send(button='[value="next"]')
    visitor.fill(partnership_type=text["partnership_types"])
    visitor.send(button='[value="later"]')
    visitor.follow(visitor.main.locator(f'a[href$="/my/listings/{reference}"]'))
    visitor.follow(visitor.main.locator(f'a[href$="/{reference}/check"]'))
    expect(visitor.main).to_contain_text(text["title"])
    visitor.send()
    assert visitor.path == f"/my/listings/{reference}/submitted"
    expect(visitor.main.locator(".reference")).to_have_text(reference)
