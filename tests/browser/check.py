"""Asks a browser about a page of noderole; ends with 0 where the page is as the question wants it.

    python check.py BROWSER QUESTION PAGE
"""

import importlib.resources
import json
import os
import sys
from contextlib import contextmanager
from urllib.parse import unquote

from playwright.sync_api import expect, sync_playwright

# The text of the page's own state; the tests compare with it.
REPORT = "JSON.parse(document.getElementById('report').textContent)"
OPEN = {"fail", "unknown", "advice"}
PAGE_SIZE = 100
# Elements of a page with any number of findings: a page of the list, the charts, the filter's choices, tables of causes.
MOST_ELEMENTS = 6_000


class Watched:
    """A page, and everything that it said, asked for or violated."""

    def __init__(self, browser, address, **context):
        self.complaints = []
        self.requests = []
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.complaints.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("dialog", self.dialog)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.context.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error('violation of ' + e.violatedDirective))"
        )
        self.page.goto(address)

    def dialog(self, dialog):
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def close(self):
        self.context.close()
        foreign = [url for url in self.requests if not url.startswith(("file:", "data:"))]
        assert not foreign, f"asked for {foreign}"
        assert not self.complaints, self.complaints


@contextmanager
def opened(browser, address, **context):
    watched = Watched(browser, address, **context)
    yield watched.page
    watched.close()


def status_of(finding):
    if "suppressed" in finding:
        return "suppressed"
    return "resolved" if finding.get("change") == "resolved" else finding["status"]


def counts(report, **wanted):
    """How many findings a filter is to let through."""
    found = [f for f in report["findings"] if status_of(f) in wanted.get("status", OPEN)]
    for member in ["severity", "rule", "account", "change"]:
        if member in wanted:
            found = [f for f in found if f.get(member) in wanted[member]]
    return len(found)


def matches(page, number):
    text = f"{number} of {page.evaluate(REPORT + '.findings.length')} findings match." if number else "No finding matches."
    expect(page.locator("#matches")).to_have_text(text)
    expect(page.locator("#list > li")).to_have_count(min(number, PAGE_SIZE))


def filters(browser, address):
    with opened(browser, address) as page:
        report = page.evaluate(REPORT)
        matches(page, counts(report))
        page.get_by_label("critical", exact=True).check()
        matches(page, counts(report, severity=["critical"]))
        page.get_by_label("failing", exact=True).check()
        matches(page, counts(report, severity=["critical"], status=["fail"]))
        page.get_by_role("button", name="Clear the filter").click()
        matches(page, counts(report))
        rule = report["findings"][0]["rule"]
        page.get_by_label("Rule", exact=True).select_option(rule)
        matches(page, counts(report, rule=[rule]))
        page.get_by_role("button", name="Clear the filter").click()
        account = report["findings"][0]["account"]
        name = report["accounts"][account]
        page.get_by_label("Account", exact=True).fill(account)
        matches(page, counts(report, account=[account]))
        page.get_by_label("Account", exact=True).fill(name.upper())
        expect(page.locator("#list > li").first).to_contain_text(name)
        page.get_by_label("Account", exact=True).fill("")
        finding = next(f for f in report["findings"] if f.get("clusters"))
        page.get_by_label("Cluster", exact=True).fill(finding["clusters"][0])
        page.get_by_label("Region", exact=True).select_option(finding["region"])
        some = int(page.locator("#matches").inner_text().split()[0])
        assert 0 < some < counts(report), some


def changes(browser, address):
    """Against the baseline one finding is new and one resolved."""
    with opened(browser, address) as page:
        report = page.evaluate(REPORT)
        page.get_by_label("new", exact=True).check()
        matches(page, 1)
        expect(page.locator("#list > li").first).to_contain_text("new since the baseline")
        page.get_by_label("new", exact=True).uncheck()
        page.get_by_label("resolved since", exact=True).check()
        matches(page, 1)
        expect(page.locator("#list .label")).to_have_text("resolved")
        page.get_by_role("link", name="unchanged").click()
        matches(page, counts(report, change=["unchanged"]))
        rows = page.get_by_role("region", name="Against the baseline").locator("tbody tr")
        expect(rows).to_have_count(2)


def search(browser, address):
    with opened(browser, address) as page:
        report = page.evaluate(REPORT)
        finding = next(f for f in report["findings"] if f["status"] == "fail" and "role" in f)
        page.get_by_label("Search", exact=True).fill(f"{finding['role'].upper()} {finding['rule'].lower()}")
        expect(page.locator("#list > li").first).to_contain_text(finding["message"])
        page.get_by_label("Search", exact=True).fill("no text has these words")
        matches(page, 0)
        page.get_by_label("Search", exact=True).fill("")
        matches(page, counts(report))


def links(browser, address):
    with opened(browser, address) as page:
        report = page.evaluate(REPORT)
        page.get_by_label("high", exact=True).check()
        page.get_by_label("Search", exact=True).fill("role & policy=*, Ü")
        fragment = page.evaluate("location.hash")
        text = page.locator("#matches").inner_text()
    assert "severity=high" in fragment and "Ü" in unquote(fragment), fragment
    with opened(browser, address + fragment) as page:
        expect(page.locator("#matches")).to_have_text(text)
        expect(page.get_by_label("high", exact=True)).to_be_checked()
        expect(page.get_by_label("Search", exact=True)).to_have_value("role & policy=*, Ü")
    finding = report["findings"][1]
    with opened(browser, f"{address}#finding={finding['id']}") as page:
        expect(page.locator("#list > li")).to_have_count(1)
        expect(page.locator("#list .body")).to_contain_text(finding["id"])
        page.locator(".numbers a").first.click()
        matches(page, counts(report, severity=["critical"], status=["fail"]))
    with opened(browser, f"{address}#coverage") as page:
        matches(page, counts(report))
        assert page.evaluate("location.hash") == "#coverage"


def keyboard(browser, address):
    with opened(browser, address) as page:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the findings")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#findings")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_label("Search", exact=True)).to_be_focused()
        first = page.locator("#list h3 button").first
        for _ in range(40):
            if first.evaluate("button => button === document.activeElement"):
                break
            page.keyboard.press("Tab")
        expect(first).to_be_focused()
        outline = first.evaluate("button => getComputedStyle(button).outlineWidth")
        assert outline == "3px", f"the focus is not seen: {outline}"
        page.keyboard.press("Enter")
        expect(first).to_have_attribute("aria-expanded", "true")
        expect(page.locator("#list .body").first).to_be_visible()
        page.keyboard.press("Space")
        expect(first).to_have_attribute("aria-expanded", "false")
        expect(page.locator("#list .body").first).to_be_hidden()


def evidence(browser, address):
    with opened(browser, address, permissions=["clipboard-read", "clipboard-write"]) as page:
        report = page.evaluate(REPORT)
        place, finding = next(
            (at, f) for at, f in enumerate(report["findings"])
            if f.get("fix", {}).get("commands") and any("document" in piece for piece in f["evidence"])
        )
        page.goto(f"{address}#finding={finding['id']}")
        body = page.locator("#list .body")
        document = next(piece["document"] for piece in finding["evidence"] if "document" in piece)
        expect(body.get_by_label("Policy statement").first).to_have_text(report["statements"][document])
        assert json.loads(report["statements"][document]), place
        command = finding["fix"]["commands"][0]
        button = body.get_by_role("button", name="Copy").first
        button.click()
        expect(button).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == command
        expect(body.get_by_role("link", name="https://docs.aws.amazon.com").first).to_be_visible()
        if "controls" in report["rules"][finding["rule"]]:
            expect(body).to_contain_text(report["rules"][finding["rule"]]["controls"])


def colours(browser, address):
    def ground(page):
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    with opened(browser, address, color_scheme="light") as page:
        light = ground(page)
        page.get_by_label("Colours").select_option("dark")
        dark = ground(page)
    assert light == "rgb(255, 255, 255)" and dark == "rgb(20, 23, 28)", (light, dark)
    with opened(browser, address, color_scheme="dark") as page:
        assert ground(page) == dark
        page.get_by_label("Colours").select_option("light")
        assert ground(page) == light
        page.reload()
        assert ground(page) == light, "the choice is not remembered"


def paper(browser, address):
    with opened(browser, address, color_scheme="dark") as page:
        report = page.evaluate(REPORT)
        number = counts(report)
        page.emulate_media(media="print", color_scheme="dark")
        expect(page.locator("#list > li")).to_have_count(number)
        closed = page.locator("#list .body[hidden]")
        expect(closed).to_have_count(0)
        expect(page.locator("#list .body").last).to_contain_text("Rule")
        for hidden in ["#filter", "#theme-line", ".pages", "header nav", ".command button"]:
            expect(page.locator(hidden).first).to_be_hidden()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        page.emulate_media(media="screen", color_scheme="dark")
        matches(page, number)
        expect(page.locator("#list .body:not([hidden])")).to_have_count(0)
        assert page.pdf().startswith(b"%PDF")


def many(browser, address):
    with opened(browser, address) as page:
        total = page.evaluate(REPORT + ".findings.length")
        assert total >= 10_000, total

        def elements():
            return page.evaluate("document.querySelectorAll('*').length")

        matches(page, total)
        assert elements() < MOST_ELEMENTS, elements()
        page.get_by_role("button", name="Next page").click()
        expect(page.locator("#page")).to_have_text(f"101 to 200 of {total}")
        assert "page=2" in page.evaluate("location.hash")
        # What a key costs: one page of the list is drawn, whatever the number of findings.
        page.evaluate(
            "window.added = 0; new MutationObserver(records => { for (const r of records) added += r.addedNodes.length; })"
            ".observe(document.getElementById('list'), { childList: true })"
        )
        page.get_by_label("Search", exact=True).press_sequentially("nr")
        matches(page, total)
        page.get_by_label("Search", exact=True).press_sequentially("101")
        expect(page.locator("#list > li").first).to_contain_text("NR101")
        added = page.evaluate("added")
        assert 0 < added <= 5 * PAGE_SIZE, added
        assert elements() < MOST_ELEMENTS, elements()
        page.get_by_role("button", name="Clear the filter").click()
        page.goto(f"{address}#page=999999")
        expect(page.locator("#page")).to_contain_text(f"of {total}")
        expect(page.get_by_role("button", name="Next page")).to_be_disabled()


def without_scripts(browser, address):
    with opened(browser, address) as page:
        report = page.evaluate(REPORT)
    with opened(browser, address, java_script_enabled=False) as page:
        expect(page.locator("noscript li.finding")).to_have_count(len(report["findings"]))
        expect(page.locator("#filter")).to_be_hidden()
        finding = report["findings"][-1]
        expect(page.locator(f"[id='{finding['id']}']")).to_contain_text(finding["message"])


def hostile(browser, address):
    """Names that mark up, script and turn the reading direction are read as text, wherever they stand."""
    with opened(browser, address) as page:
        for button in page.locator("#list h3 button").all():
            button.click()
        assert page.locator("script").count() == 2
        assert page.locator("main img, main b b, main script").count() == 0
        text = page.locator("body").inner_text()
        assert "<script>alert(1)</script>" in text and "\\u{202e}" in text, text
        assert "\u202e" not in text and "\x1b" not in text


def accessible(browser, address):
    axe = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    for scheme in ["light", "dark"]:
        # The page's own policy keeps axe out, as it keeps out everything else.
        with opened(browser, address, color_scheme=scheme, bypass_csp=True) as page:
            for button in page.locator("#list h3 button").all()[:3]:
                button.click()
            # A finding that was never near the window is not rendered, and so not looked at.
            page.add_style_tag(content=".finding { content-visibility: visible !important }")
            page.evaluate(axe)
            found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
            violations = [
                f"{v['impact']} {v['id']}: {v['help']}: {[n['html'][:160] for n in v['nodes'][:3]]}"
                for v in found["violations"] if v["impact"] in ("serious", "critical", "moderate")
            ]
            assert not violations, (scheme, violations)
            assert len(found["passes"]) > 20, "axe looked at little"


QUESTIONS = {
    question.__name__: question
    for question in [filters, changes, search, links, keyboard, evidence, colours, paper, many, without_scripts, hostile, accessible]
}


def main(executable, question, path):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, env=dict(os.environ))
        QUESTIONS[question](browser, f"file://{path}")
        browser.close()


main(*sys.argv[1:])
