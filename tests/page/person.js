// What the scripts of this directory share: a browser, a page in it, what a person sees there, TAP.
"use strict";
const fs = require("fs"), path = require("path");
const need = (name) => require(path.join(process.env.PAGE_MODULES, name));
const puppeteer = need("puppeteer-core");
let n = 0, failed = 0;
const trouble = []; // what the browser complained of, and every request

function check(name, ok, seen) {
  n++;
  if (!ok) failed++;
  console.log(`${ok ? "ok" : "not ok"} ${n} - ${name}`);
  if (!ok) console.log("# seen: " + JSON.stringify(seen));
}

function finish() {
  console.log(`1..${n}`);
  process.exit(failed ? 1 : 0);
}

const PATIENCE = 200000; // milliseconds: no machine is as slow, however busy it is

const launch = () => puppeteer.launch({executablePath: process.env.PAGE_BROWSER, args: ["--no-sandbox"], headless: true, timeout: PATIENCE, protocolTimeout: PATIENCE});

async function newPage(browser) {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  return page;
}

async function open(browser, file) {
  const page = await newPage(browser);
  page.on("console", (message) => trouble.push(message.text()));
  page.on("pageerror", (error) => trouble.push(error.message));
  page.on("dialog", (dialog) => { trouble.push("dialog: " + dialog.message()); dialog.dismiss(); });
  page.on("request", (request) => { if (!/^(file|data):/.test(request.url())) trouble.push("request: " + request.url()); });
  await page.setViewport({width: 1400, height: 1000});
  await page.goto("file://" + path.resolve(file));
  await page.evaluate(fs.readFileSync(path.join(process.env.PAGE_MODULES, "axe-core/axe.min.js"), "utf8"));
  return page;
}

// What the reader sees of the moment.
const moment = (page) => page.evaluate(() => {
  const chosen = document.querySelector("[role=option][aria-selected=true]");
  return {
    at: Number(chosen && chosen.getAttribute("aria-posinset")), of: Number(chosen && chosen.getAttribute("aria-setsize")),
    label: chosen && chosen.querySelector(".label").textContent, hash: location.hash, said: document.getElementById("say").textContent,
    scrub: Number(document.getElementById("scrub").value), states: [...document.querySelectorAll("#tcb tbody tr:first-child td")].map((td) => td.textContent),
    active: document.getElementById("ladder").getAttribute("aria-activedescendant"), bytes: document.querySelectorAll(".hex span").length,
    lit: [...document.querySelectorAll(".lit-a, .lit-b")].map((g) => g.id),
  };
});

const text = (page, selector) => page.$eval(selector, (element) => element.textContent);

async function faults(page) {
  const result = await page.evaluate(() => axe.run());
  return result.violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 120)}`);
}

// The window in another size. The page hears of it with the frame that it draws next.
async function resize(page, width, height) {
  await page.setViewport({width, height});
  await page.waitForFunction((wide) => innerWidth === wide, {polling: "raf"}, width);
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

// What stands out of its frame or the window: the lit states and their tags in the diagram; the page itself, sideways.
const outside = (page) => page.evaluate(() => {
  const diagram = document.getElementById("diagram"), frame = diagram.getBoundingClientRect(), found = [];
  for (const element of diagram.querySelectorAll(".lit-a, .lit-b, .tag")) {
    const r = element.getBoundingClientRect();
    if (r.left < frame.left - 1 || r.right > frame.right + 1 || r.top < frame.top - 1 || r.bottom > frame.bottom + 1) found.push(element.id || element.textContent);
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page is " + document.documentElement.scrollWidth + " wide");
  return found;
});

// The page |file| with its list of stories as |change| makes it.
function bend(file, change) {
  const page = fs.readFileSync(file, "utf8"), mark = '<script type="application/json" id="story">';
  const from = page.indexOf(mark) + mark.length, upto = page.indexOf("</script>", from);
  return page.slice(0, from) + JSON.stringify(change(JSON.parse(page.slice(from, upto)))).replace(/</g, "\\u003c") + page.slice(upto);
}

function run(main) {
  main().then(finish, (error) => {
    console.log("Bail out! " + error.message);
    process.exit(1);
  });
}

module.exports = {bend, check, faults, launch, moment, newPage, open, outside, resize, run, text, trouble};
