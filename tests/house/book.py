"""tests/house/book.py DIR LANGUAGE LIST: is DIR the book of the lessons and topics that LIST names (`tern explain --list --json`)?
Says what is wrong, a line each, and exits with 1."""
import html.parser
import json
import pathlib
import re
import sys
import xml.etree.ElementTree

VOID = {"meta", "link", "input", "br", "hr", "img"}
PARTS = {"li": {"ul", "ol"}, "dt": {"dl"}, "dd": {"dl"}}  # what must stand right inside of what
directory, language, listed = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
faults = []


class Page(html.parser.HTMLParser):
    """What a page has; what is not well formed in it is a fault."""

    def __init__(self, name):
        super().__init__(convert_charrefs=True)
        self.name, self.open, self.ids, self.tags, self.links, self.ways = name, [], set(), [], [], {}
        self.codes, self.text = [], ""  # [the element around, what it says] of each <code>
        source = (directory / name).read_text(encoding="utf-8")
        if not source.startswith("<!DOCTYPE html>\n"):
            self.fault("no DOCTYPE")
        if re.search(r"<(?![a-zA-Z/!])|&(?!(lt|gt|amp|quot);)", re.sub(r"<script>.*?</script>", "", source, flags=re.DOTALL)):
            self.fault("a < or & that is not escaped")
        self.feed(source)
        self.close()
        if self.open:
            self.fault(f"not closed: {self.open}")
        for picture in re.findall(r"<svg.*?</svg>", source, re.DOTALL):
            try:
                xml.etree.ElementTree.fromstring(picture)
            except xml.etree.ElementTree.ParseError as error:
                self.fault(f"a picture is no XML: {error}")

    def fault(self, text):
        faults.append(f"{self.name}: {text}")

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        self.element(tag, attrs)

    def handle_startendtag(self, tag, attrs):
        if "svg" not in self.open:
            self.fault(f"<{tag}/> in HTML")
        self.element(tag, attrs)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.fault(f"</{tag}> where {self.open[-3:]} is open")
        else:
            self.open.pop()

    def handle_data(self, data):
        self.text += data
        if self.open and self.open[-1] == "code":
            self.codes[-1][1] += data
        if self.open[-1:] == ["a"] and "code" in self.open:
            self.codes[-1][1] += data

    def element(self, tag, attrs):
        a = dict(attrs)
        self.tags.append(("svg " + tag if "svg" in self.open[:-1] else tag, a))
        if len(a) != len(attrs):
            self.fault(f"<{tag}> has an attribute twice")
        if tag == "code":
            self.codes.append([self.open[-2], ""])
        parent = self.open[-2] if tag not in VOID and len(self.open) > 1 else None
        if tag in PARTS and parent not in PARTS[tag]:
            self.fault(f"<{tag}> in <{parent}>")
        if tag in {"p", "h1", "h2", "ul", "ol", "dl", "pre", "figure"} and "p" in self.open[:-1]:
            self.fault(f"<{tag}> in <p>")
        if tag == "a" and "a" in self.open[:-1]:
            self.fault("a link in a link")
        if "id" in a:
            if a["id"] in self.ids:
                self.fault(f"the id {a['id']} twice")
            self.ids.add(a["id"])
        for name in a:
            if name.startswith("on") or name in {"src", "srcset", "data", "background", "style"} or name.endswith(":href"):
                self.fault(f"<{tag} {name}>")
        if tag == "link" and a.get("rel") in {"prev", "next"}:
            self.ways[a["rel"]] = a["href"]
        if "href" in a:
            self.links.append((tag, a["href"]))
        if tag in {"iframe", "object", "embed", "img", "video", "audio", "image", "use", "base", "foreignObject"}:
            self.fault(f"<{tag}>")


def slug(kind, name):
    return f"{kind}-{name}.html".lower().replace(" ", "-").replace("_", "-")


lessons, topics = {}, {}
for line in open(listed, encoding="utf-8"):
    row = json.loads(line)
    if "lesson" in row:
        lessons[slug("lesson", row["lesson"])] = row
    else:
        topics[slug(row["kind"], row["name"])] = row

there = {p.name for p in directory.iterdir()}
wanted = {"index.html", "style.css", ".tern-book", *lessons, *topics}
for name in sorted(there ^ wanted):
    faults.append(f"{name}: {'is missing' if name in wanted else 'is too much'}")
pages = {name: Page(name) for name in sorted(there & wanted) if name.endswith(".html")}

style = (directory / "style.css").read_text(encoding="utf-8")
if re.search(r"url\(|@import|https?:", style):
    faults.append("style.css: loads something")
for page in pages.values():
    tags = page.tags
    if any([t for t, _ in tags].count(once) != 1 for once in ["h1", "title", "main"]):
        page.fault("one h1, one title, one main are wanted")
    if dict(tags)["html"].get("lang") != language:
        page.fault(f"its lang is not {language}")
    if language == "zh-CN" and not re.search("[\u4e00-\u9fff]", page.text):
        page.fault("no Chinese in it")
    if ("link", "style.css") not in page.links:
        page.fault("no style")
    scripts = [t for t, _ in tags].count("script")
    if scripts != (page.name == "index.html"):
        page.fault(f"{scripts} scripts")
    for tag, href in page.links:
        target, _, anchor = href.partition("#")
        if re.match("[a-z]+:", href):
            if tag != "a" or not re.fullmatch(r"https://www\.rfc-editor\.org/rfc/rfc[1-9][0-9]*(#section-[0-9.]*[0-9])?", href):
                page.fault(f"<{tag} href={href}>")
        elif target and target not in there:
            page.fault(f"leads nowhere: {href}")
        elif anchor and anchor not in pages[target or page.name].ids:
            page.fault(f"no such anchor: {href}")

# From the contents by "next" through all pages, and back.
name, before, seen = pages["index.html"].ways.get("next"), None, []
while name in pages and name not in seen:
    if pages[name].ways.get("prev") != before:
        pages[name].fault(f"before it stands {before}")
    seen.append(name)
    before, name = name, pages[name].ways.get("next")
if seen != [*lessons, *topics]:
    faults.append(f"by \"next\" {len(seen)} pages are reached, not the lessons and topics in order")
contents = [href for tag, href in pages["index.html"].links if tag == "a"]
if contents != [*lessons, *topics]:
    faults.append("the contents are not the lessons and topics in order")

for name, row in lessons.items():
    page = pages.get(name)
    if not page:
        continue
    classes = " ".join(a.get("class") or "" for _, a in page.tags).split()
    commands = [text for parent, text in page.codes if parent == "dt"]
    if "checks" not in classes or "good" not in classes or "bad" in classes:
        page.fault("no checks, or some that do not hold")
    if "question" not in classes:
        page.fault("no question")
    for option in row["heeds"].split(", ") if row["heeds"] else []:
        if not any((command + " ").find(" " + option.split()[0] + " ") > 0 and command.endswith(option.split()[1] if "--without" in option else "")
                   for command in commands):
            page.fault(f"no command for {option}")
for name, row in topics.items():
    for other in row.get("see", "").split() if name in pages else []:
        if other not in [text for parent, text in pages[name].codes if parent == "li"] or not any(
            href.endswith(slug("", other)) for tag, href in pages[name].links if tag == "a"
        ):
            pages[name].fault(f"no link to {other}")
print("\n".join(faults[:40]))
sys.exit(1 if faults or len(pages) < 100 else 0)
