"""Headless Chromium for tests of the page: the same letters everywhere, and all that a page does is written down."""

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",  # also runs as root
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
)
FONTS = "/usr/share/fonts/truetype/dejavu"
FONTCONFIG = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{fonts}</dir>
<cachedir>{cache}</cachedir>
{aliases}</fontconfig>"""
ALIAS = "<alias binding='same'><family>{name}</family><prefer><family>{family}</family></prefer></alias>"
LETTERS = {"sans-serif": "DejaVu Sans", "Arial": "DejaVu Sans", "serif": "DejaVu Serif"}
"""What the names of fonts in the page stand for here."""


def executable():
    """Return the path of Chromium; without one the test is skipped, but fails where CI is set."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    missing = "Chromium is not installed" if not found else "" if os.path.isdir(FONTS) else "no DejaVu fonts"  # noqa: PTH112
    if not missing:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"{missing}; here these tests must run")
    return pytest.skip(missing)


@contextmanager
def launched(folder):
    """Run a browser that has DejaVu's letters only."""
    from playwright.sync_api import sync_playwright

    path = executable()
    config = folder / "fonts.conf"
    aliases = "\n".join(ALIAS.format(name=name, family=family) for name, family in LETTERS.items())
    config.write_text(FONTCONFIG.format(fonts=FONTS, cache=folder / "cache", aliases=aliases))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path,
            args=ARGUMENTS,
            env={**os.environ, "FONTCONFIG_FILE": str(config)},
        )
        yield chromium
        chromium.close()


@dataclass
class Seen:
    """What a page did while it was open."""

    requests: list = field(default_factory=list)
    messages: list = field(default_factory=list)

    @property
    def calm(self):
        """Tell whether it asked for nothing but itself and said nothing."""
        return not self.messages and all(url.startswith("file://") for url in self.requests) and len(self.requests) == 1


@contextmanager
def opened(chromium, path, width=1280, scheme="light", media="screen"):
    """Open a page, and write down what it does."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page, seen = context.new_page(), Seen()
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", lambda message: seen.messages.append(message.text))
    page.on("pageerror", lambda error: seen.messages.append(str(error)))
    page.on("dialog", lambda dialog: (seen.messages.append(dialog.message), dialog.dismiss()))
    page.emulate_media(media=media, color_scheme=scheme)
    page.goto(path.as_uri())
    yield page, seen
    context.close()
