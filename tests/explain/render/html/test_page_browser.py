"""The page in a real browser: stepping, selecting, printing, small screens, dark mode.

These tests need the system's Chromium, and Playwright to drive it; without them they are skipped.
Nothing is downloaded.
"""

from __future__ import annotations

import re
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule import gallery
from chainrule.explain import Explanation, explain
from chainrule.explain.render.html.page_steps import steps
from chainrule.explain.render.svg.labels import short_number
from chainrule.formula.numbers import NumberStyle
from chainrule.gallery import Plot, Report, Series, Table
from explain.stories import STORIES

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

DASH = "–"


def report_with_a_plot() -> Report:
    main = gallery.get("add-multiply").work().main
    curves = (
        Series("f", (0.0, 1.0, 2.0), (0.0, 1.0, 4.0)),
        Series("g", (0.0, 2.0), (-1e-5, 1e-5)),
    )
    table = Table("A table:", ("a rather long heading",) * 9, ((0.00001,) * 9, ("word",) * 9))
    return Report("plots", "a title", (Plot("Squares", "x", "y", curves), table, main), main)


def grouped() -> Explanation:
    """A record with so many entries that each array is drawn as one node."""
    x, w = cr.variable(np.linspace(-1, 1, 12), "x"), cr.variable(np.ones((12, 12)), "w")
    return explain((w @ x).named("z").sum().named("loss"))


def banded() -> Explanation:
    """A record with so many nodes that consecutive steps are drawn as one."""
    x, w = cr.variables(x=0.3, w=1.1)
    for _ in range(90):
        x = cr.sin(w * x)
    return explain(x.named("y"), steps="gates")


@pytest.fixture(scope="module")
def explanations():
    return {
        "banded": banded(),
        "two-two-two": gallery.get("two-two-two").work(),
        "plots": report_with_a_plot(),
        "grouped": grouped(),
        **{name: STORIES[name]() for name in ("gates", "network", "long_names", "strange_names")},
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory, explanations) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name, explanation in explanations.items():
        (folder / f"{name}.html").write_text(explanation.to_html(), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with playwright.sync_playwright() as driver:
        context = driver.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=CHROMIUM,
            args=list(QUIET),
            reduced_motion="reduce",
            viewport={"width": 1280, "height": 800},
        )
        context.set_default_timeout(5000)
        yield context
        context.close()


@pytest.fixture
def open_page(browser, folder):
    """Open a page by name; fail if it logs anything or requests anything but itself."""
    complaints: list[str] = []
    requests: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message) or dialog.dismiss())
    page.on("request", lambda request: requests.append(request.url))

    def opened(name: str, part: str = ""):
        page.goto((folder / f"{name}.html").as_uri() + part)
        return page

    yield opened
    page.close()
    assert complaints == []
    assert {re.sub("#.*", "", url) for url in requests} <= {
        (folder / name).as_uri() for name in folder.iterdir()
    }


@pytest.fixture
def page(open_page):
    return open_page("two-two-two")


def number(page) -> int:
    """The step that is shown, counted from 1."""
    return int(re.match(r"Step (\d+) of 47$", page.locator(".count span").text_content())[1])


def shown(page, name: str) -> tuple[str, str]:
    """The value and the gradient shown at a node."""
    node = page.locator(f'[data-node="{name}"]')
    return node.locator(".value").text_content(), node.locator(".gradient").text_content()


def here(page):
    """The only step that is visible."""
    (item,) = [item for item in page.locator(".step").all() if item.is_visible()]
    return item


def test_at_first_nothing_is_computed(page):
    assert number(page) == 1
    assert shown(page, "w1") == ("0.15", DASH)
    assert shown(page, "net_h1") == shown(page, "E_total") == (DASH, DASH)
    assert "14 numbers; all others are computed" in here(page).inner_text()


def test_keys(page):
    page.keyboard.press("ArrowRight")
    assert number(page) == 2
    assert shown(page, "net_h1") == ("0.3775", DASH)
    assert shown(page, "net_h2") == (DASH, DASH)
    page.keyboard.press("ArrowLeft")
    assert (number(page), shown(page, "net_h1")) == (1, (DASH, DASH))
    page.keyboard.press("ArrowLeft")
    assert number(page) == 1, "there is nothing before the first step"
    page.keyboard.press("End")
    assert number(page) == 47
    page.keyboard.press("ArrowRight")
    assert number(page) == 47
    page.keyboard.press("Home")
    assert number(page) == 1
    page.keyboard.press("Control+ArrowRight")
    assert number(page) == 1, "what a browser does with it is the browser's"


def test_the_slider(page):
    slider = page.get_by_role("slider", name="Step")
    slider.fill("11")
    assert number(page) == 12
    assert slider.get_attribute("aria-valuetext") == (
        "Step 12 of 47, Loss: value of E_total: 0.298371109"
    )
    assert shown(page, "E_total") == ("0.29837", DASH)
    slider.press("ArrowRight")
    assert number(page) == 13, "once, not by the page's keys too"
    assert shown(page, "E_total") == ("0.29837", "1")
    slider.press("Home")
    assert number(page) == 1


def test_buttons(page):
    page.get_by_role("button", name="Backward", exact=True).click()
    assert number(page) == 13
    assert "∂" in here(page).inner_text()
    page.get_by_title("Step on").click()
    page.get_by_title("Step back").click()
    assert number(page) == 13
    page.get_by_role("button", name="Update").click()
    assert "so i1" not in here(page).inner_text()
    page.get_by_title("Last step").click()
    assert number(page) == 47
    page.get_by_title("First step").click()
    assert number(page) == 1
    page.get_by_role("button", name="All steps").click()
    assert all(item.is_visible() for item in page.locator(".step").all())


def test_every_step_shows_exactly_what_is_computed_by_then(page, explanations):
    derivation = explanations["two-two-two"].main.derivation
    values = {step.name: step.value for step in derivation.forward if step.leaf}
    everything = {step.name: step for step in derivation.forward}
    gradients: dict[str, float] = {}
    back = {step.name: step.gradient for step in derivation.backward}
    write = derivation.writer(NumberStyle(9))
    for i, step in enumerate(steps(derivation, NumberStyle(9))):
        if step.phase in ("forward", "loss"):
            values[step.about] = everything[step.about].value
        elif step.phase == "backward":
            gradients[step.about] = back[step.about]
        found = page.evaluate(
            "() => Object.fromEntries([...document.querySelectorAll('[data-node]')].map((one) =>"
            " [one.dataset.node, [...one.querySelectorAll('.value, .gradient')]"
            ".map((text) => text.textContent)]))"
        )
        assert found == {
            name: [short_number(one.get(name), write, 5) for one in (values, gradients)]
            for name in everything
        }
        assert number(page) == i + 1
        lit = {one.get_attribute("data-edge") for one in page.locator(".edge.lit").all()}
        assert lit == {f"{source}->{consumer}" for source, consumer in step.edges}
        page.keyboard.press("ArrowRight")


def test_numbers_beside_the_graph(page):
    page.get_by_role("slider").fill("20")
    text = here(page).inner_text()
    for part in ("0.055399425", "−0.019049118", "0.036350306", "local", "upstream"):
        assert part in text
    assert "Step 21 of 47. Backward: gradient of E_total with respect to out_h1" in (
        page.get_by_role("status").text_content()
    )


def test_parts_of_the_gradient_wait_for_their_step(page):
    part = page.locator('[data-edge="out_h1->net_o2"] .part')
    page.get_by_role("slider").fill("19")
    assert part.text_content() == DASH
    page.get_by_role("slider").fill("20")
    assert part.text_content() == "−0.019049"


def test_a_click_on_a_node(page):
    page.locator('[data-node="out_h1"] .name').click()
    panel = page.get_by_role("region", name="What was selected")
    text = panel.inner_text()
    for part in ("0.593269992", "0.055399425", "−0.019049118", "0.036350306", "Used in"):
        assert part in text
    assert number(page) == 1, "selecting is not stepping"
    assert shown(page, "out_h1") == (DASH, DASH)
    panel.get_by_role("button", name="Step 21").click()
    assert number(page) == 21
    panel.get_by_role("button", name="net_o2").click()
    assert panel.locator("h2").text_content() == "out_h1 → net_o2"
    page.keyboard.press("Escape")
    assert not panel.is_visible()


def test_a_click_on_an_edge(page):
    at = page.evaluate(
        """() => {
          const wire = document.querySelector('[data-edge="w6->net_o1"] path');
          const point = wire.getPointAtLength(wire.getTotalLength() - 12);
          const { x, y } = point.matrixTransform(wire.getScreenCTM());
          return [x, y];
        }"""
    )
    page.mouse.click(*at)
    panel = page.get_by_role("region", name="What was selected")
    assert panel.locator("h2").text_content() == "w6 → net_o1"
    assert "0.596884378" in panel.inner_text()
    assert "0.082667628" in panel.inner_text()


def test_a_path_is_shown_in_the_graph(page):
    page.get_by_role("slider").fill("34")
    here(page).get_by_text("Along the 2 paths").click()
    here(page).get_by_role("button", name="in the graph").last.click()
    selected = {one.get_attribute("data-edge") for one in page.locator(".edge.selected").all()}
    route = ["w1", "net_h1", "out_h1", "net_o2", "out_o2", "E_o2", "E_total"]
    assert selected == {f"{source}->{user}" for source, user in pairwise(route)}
    assert page.locator(".node.selected").count() == 7
    assert number(page) == 35
    page.keyboard.press("ArrowLeft")
    assert page.locator(".selected").count() == 0
    page.locator('[data-node="w1"] .name').click()
    panel = page.get_by_role("region", name="What was selected")
    panel.get_by_role("button", name="in the graph").last.click()
    assert page.locator(".edge.selected").count() == 6
    panel.get_by_role("button", name="Close").click()
    assert not panel.is_visible()


def test_the_graph_by_keyboard_alone(page):
    page.get_by_role("button", name="Dark").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.node") == "i1"
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    name = page.evaluate("document.activeElement.dataset.node")
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="What was selected")
    assert panel.locator("h2").text_content() == name == "w1"
    assert "w1 = 0.15" in panel.inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.node") == name
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.node") is None, "one stop is enough"


def test_a_step_has_an_address(open_page):
    page = open_page("two-two-two", "#step=21")
    assert number(page) == 21
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**#step=22")
    assert number(open_page("two-two-two", "#step=9999")) == 47


def test_formulas_are_laid_out(page):
    page.get_by_role("slider").fill("20")
    over, line, under = page.evaluate(
        """() => {
          const fraction = document.querySelector('.step.here .work mfrac');
          const [over, under] = [...fraction.children].map((part) => part.getBoundingClientRect());
          return [over.bottom, fraction.getBoundingClientRect().height, under.top];
        }"""
    )
    assert over <= under
    assert line > 25


def test_the_printed_page_is_complete(page):
    page.get_by_role("slider").fill("5")
    page.emulate_media(media="print")
    assert all(item.is_visible() for item in page.locator(".step").all())
    for away in (".controls", "#theme", ".keys", ".detail"):
        assert not page.locator(away).is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert shown(page, "w1") == ("0.15", "0.00043857")
    assert all(one.get_attribute("open") is not None for one in page.locator("details").all())
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert shown(page, "w1") == ("0.15", DASH)
    page.emulate_media(media="screen")


def test_light_and_dark(page):
    def colours():
        return page.evaluate(
            """() => [
              getComputedStyle(document.body).backgroundColor,
              getComputedStyle(document.querySelector('.chainrule-diagram .name')).fill,
              getComputedStyle(document.querySelector('.chainrule-diagram .frame')).fill,
            ]"""
        )

    page.emulate_media(color_scheme="light")
    light = colours()
    page.get_by_role("button", name="Dark").click()
    dark = colours()
    assert all(a != b for a, b in zip(light, dark, strict=True))
    page.get_by_role("button", name="Light").click()
    assert colours() == light
    page.reload()
    page.emulate_media(color_scheme="dark")
    assert colours() == dark
    page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("name", ["two-two-two", "network", "long_names", "strange_names"])
def test_a_phone_does_not_scroll_sideways(open_page, name):
    page = open_page(name)
    page.set_viewport_size({"width": 390, "height": 844})
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator("details").evaluate_all("all => { for (const one of all) one.open = true; }")
    page.get_by_role("button", name="All steps").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_arrays_drawn_as_one(open_page):
    page = open_page("grouped")
    page.keyboard.press("ArrowRight")
    (current,) = page.locator(".node.current").all()
    assert current.get_attribute("data-node") == "z"
    assert page.locator(".edge.lit").count() == 2
    page.locator('[data-node="w"] .name').click()
    panel = page.get_by_role("region", name="What was selected")
    assert "144 nodes are drawn as one" in panel.inner_text()
    assert panel.locator(".links button").count() == 144
    panel.get_by_role("button", name="w[3, 4]").click()
    assert panel.locator("h2").text_content() == "w[3, 4]"
    assert panel.get_by_role("button", name="z[3]").is_visible()


def test_every_step_lights_the_group_it_is_in(open_page):
    page = open_page("banded")
    groups = page.locator(".node[data-node*=' … ']").count()
    assert groups > 5
    for place in (3, 60, 120, 200):
        page.locator("input[type=range]").fill(str(place))
        (current,) = page.locator(".node.current").all()
        assert "nodes: " in current.locator(".formula").first.text_content()
    current.locator(".name").click()
    panel = page.get_by_role("region", name="What was selected")
    panel.locator(".links button").first.click()
    assert panel.locator("h2").text_content().startswith("v")


def test_a_report_with_plots(open_page):
    page = open_page("plots")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.locator(".plot .curve").count() == 4
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_plot_fits_a_phone(open_page):
    page = open_page("plots")
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        ends = "plots => plots.map(plot => plot.getBoundingClientRect().right)"
        assert max(page.eval_on_selector_all(".plot", ends)) <= width


def test_names_are_escaped(open_page):
    page = open_page("strange_names")
    page.keyboard.press("End")
    name = "<script>alert(1)</script>"
    page.locator("[data-node]").first.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="What was selected")
    assert panel.locator("h2").text_content() == name
    assert page.locator("script").count() == 2


def test_requests_are_blocked(browser, folder):
    page = browser.new_page()
    page.goto((folder / "two-two-two.html").as_uri())
    broken = page.evaluate(
        """() => new Promise((done) => {
          document.addEventListener('securitypolicyviolation',
            (event) => done(event.effectiveDirective));
          fetch('http://127.0.0.1:9/').catch(() => {});
        })"""
    )
    page.close()
    assert broken == "connect-src"


def test_large_pages_load_at_once(open_page):
    page = open_page("gates")
    milliseconds = page.evaluate("performance.getEntriesByType('navigation')[0].domComplete")
    assert milliseconds < 3000, "0.1 s where nothing else runs"
