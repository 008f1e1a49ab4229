"""Somebody at a browser: opens pages, fills fields by their names, presses buttons."""

from __future__ import annotations

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.e2e.site import PASSWORD


class Visitor:
    """A person with a browser of their own, reading in `locale`."""

    def __init__(self, page: Page, site_url: str, locale: str) -> None:
        self.page = page
        self.locale = locale
        self._site_url = site_url

    @property
    def main(self) -> Locator:
        """The page without its header and footer."""
        return self.page.locator("main")

    @property
    def path(self) -> str:
        """Where the person is, without locale and fragment."""
        return self.page.url.removeprefix(f"{self._site_url}/{self.locale}").partition("#")[0]

    def open(self, path: str) -> None:
        """Go to a page of the site in the person's language."""
        answer = self.page.goto(f"{self._site_url}/{self.locale}{path}")
        assert answer is not None
        assert answer.ok, f"{answer.url}: {answer.status}"
        expect(self.page.locator("html")).to_have_attribute("lang", self.locale)

    def go(self, path: str) -> None:
        """Follow the link of the site's menu that leads to an address ending with `path`."""
        narrow = self.page.locator(".site-nav__narrow > summary")
        if narrow.is_visible():
            narrow.click()
        link = f'a[href$="{path}"]'
        groups = self.page.locator(".site-nav__group:not([open]):visible")
        folded = groups.filter(has=self.page.locator(link))
        if folded.count():
            folded.locator("summary").click()
        self.follow(self.page.locator(f"header nav {link}:visible"))

    def form(self, action: str = "") -> Locator:
        """Return the form of the page that sends to an address ending with `action`."""
        return self.main.locator(_form(action))

    def fill(self, action: str = "", **fields: str | list[str] | bool | FilePayload) -> None:
        """Answer the questions of a form, each in the way that its control wants; a form that is
        folded away is opened first."""
        form = self.form(action)
        folded = self.main.locator("details:not([open])", has=self.page.locator(_form(action)))
        if folded.count():
            folded.locator("summary").first.click()
        for name, value in fields.items():
            # Where a page has several forms, their names have a prefix.
            named = f'[name="{name}"], [name$="-{name}"]'
            controls = form.locator(named)
            if isinstance(value, bool):
                controls.set_checked(value)
            elif isinstance(value, dict):
                controls.set_input_files(value)
            elif controls.first.get_attribute("type") in ("radio", "checkbox"):
                for choice in [value] if isinstance(value, str) else value:
                    controls.and_(form.locator(f'[value="{choice}"]')).check()
            elif controls.evaluate("control => control.tagName") == "SELECT":
                controls.select_option(value)
            else:
                assert isinstance(value, str)
                controls.fill(value)

    def send(self, action: str = "", *, button: str = "button[type=submit]") -> None:
        """Press the button of a form and wait for the page that follows."""
        with self.page.expect_navigation():
            self.form(action).locator(button).first.click()

    def follow(self, link: Locator) -> None:
        """Follow a link."""
        with self.page.expect_navigation():
            link.first.click()

    def sign_in(self, email: str) -> None:
        """Sign in with the password that all share."""
        self.open("/account/sign-in")
        self.fill(email=email, password=PASSWORD)
        self.send()
        assert self.path == "/account/", self.main.inner_text()


def _form(action: str) -> str:
    return "form[method=post]" + (f'[action$="{action}"]' if action else "")
