"""Without a mouse: the way from the front page to the first step of a listing, by keys alone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.site import INSTITUTE, NANNING, PASSWORD

_MOST_TABS = 80
_FOCUS = """() => {
  const focused = document.activeElement;
  const style = getComputedStyle(focused);
  const box = focused.getBoundingClientRect();
  const middle = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2;
  const there = document.elementFromPoint(
    middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight));
  return {
    nowhere: focused === document.body,
    visible: (style.outlineStyle !== "none" && style.outlineWidth !== "0px")
      || style.boxShadow !== "none",
    covered: !(there && (focused.contains(there) || there.contains(focused))),
    name: focused.outerHTML.slice(0, 200),
  };
}"""


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus; every stop on the way shows it, uncovered."""
    for _ in range(_MOST_TABS):
        page.keyboard.press("Tab")
        focus = page.evaluate(_FOCUS)
        if focus["nowhere"]:  # past the end, before it starts again
            continue
        assert focus["visible"], f"no visible focus: {focus['name']}"
        assert not focus["covered"], f"the focus is covered: {focus['name']}"
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"not reached by Tab on {page.url}: {selector}")


def press(page: Page, key: str = "Enter") -> None:
    """Press a key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def test_sign_in_and_first_step(visit: Visit) -> None:
    """The skip link comes first; then sign in, start a listing, and save its first page."""
    page = (reader := visit("zh-Hans")).page
    reader.open("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    tab_to(page, 'a[href*="/account/sign-in"]')
    press(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    tab_to(page, "[name=email]")
    page.keyboard.type(INSTITUTE)
    tab_to(page, "[name=password]")
    page.keyboard.type(PASSWORD)
    press(page)
    assert reader.path == "/account/"

    tab_to(page, 'nav a[href$="/my/listings/new"]')
    press(page)
    tab_to(page, "[name=kind]")
    page.keyboard.press("ArrowDown")
    expect(page.locator('[name=kind][value="demand"]')).to_be_checked()
    tab_to(page, "main button[type=submit]")
    press(page)
    tab_to(page, ".task-list a")
    press(page)
    tab_to(page, "[name=title]")
    page.keyboard.type("寻找甘蔗渣的利用方法")
    tab_to(page, "[name=description]")
    page.keyboard.type("每年榨季结束后，我厂有约六万吨甘蔗渣剩余，希望制成可销售的产品。")
    tab_to(page, 'button[value="later"]')
    press(page)
    assert reader.path == "/my/listings/"
    expect(reader.main).to_contain_text("寻找甘蔗渣的利用方法")


def test_errors_take_the_focus(visit: Visit) -> None:
    """After a form failed the summary has the focus, and its link leads to the field."""
    reader = visit("en")
    reader.open("/account/register")
    reader.send()
    page = reader.page
    expect(page).to_have_title("Error: Create an account – Technology Matchmaker")
    expect(page.locator(".error-summary")).to_be_focused()
    tab_to(page, ".error-summary a")
    page.keyboard.press("Enter")
    expect(page.locator("[name=name]")).to_be_focused()


def test_the_menu_of_staff_opens_by_keys_and_covers_nothing(visit: Visit) -> None:
    """Open a group of the menu, follow the focus through it and past it; then take an entry."""
    reader = visit("en")
    reader.sign_in(NANNING)
    page = reader.page
    reader.open("/desk/")
    tab_to(page, ".site-nav__group > summary")
    page.keyboard.press("Enter")
    entries = page.locator(".site-nav__group").first.locator("a")
    expect(entries.first).to_be_visible()
    tab_to(page, "main a")
    expect(entries.first).to_be_hidden()
    reader.open("/desk/")
    tab_to(page, ".site-nav__group > summary")
    page.keyboard.press("Enter")
    tab_to(page, 'nav a[href$="/desk/translations/"]')
    press(page)
    assert reader.path == "/desk/translations/"
