// A person at the page: drive.js DIR SMALL.html LARGE.html. TAP on standard output, screenshots and the print into DIR.
"use strict";
const fs = require("fs"), path = require("path");
const need = (name) => require(path.join(process.env.PAGE_MODULES, name));
const puppeteer = need("puppeteer-core");
const [dir, small, large] = process.argv.slice(2);
let n = 0, failed = 0;
const trouble = [];

function check(name, ok, seen) {
  n++;
  if (!ok) failed++;
  console.log(`${ok ? "ok" : "not ok"} ${n} - ${name}`);
  if (!ok) console.log("# seen: " + JSON.stringify(seen));
}

async function open(browser, file) {
  const page = await browser.newPage();
  page.on("console", (message) => trouble.push(message.text()));
  page.on("pageerror", (error) => trouble.push(error.message));
  page.on("request", (request) => { if (!/^(file|data):/.test(request.url())) trouble.push("request: " + request.url()); });
  await page.setViewport({width: 1400, height: 1000});
  await page.goto("file://" + path.resolve(file));
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

async function faults(page) {
  const result = await page.evaluate(() => axe.run());
  return result.violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 120)}`);
}

async function walk(page) {
  await page.focus("#ladder");
  let now = await moment(page);
  check("it begins at the first row", now.at === 1 && now.of > 5, now);
  await page.keyboard.press("ArrowDown");
  now = await moment(page);
  check("arrow down: the second row, and everything follows", now.at === 2 && now.scrub === 1 && /\/2$/.test(now.hash) && now.said !== "" && now.active === "row1", now);
  
  check("the states that the table names are lit in the diagram", now.lit.length >= 1 && now.states.every((s) => now.lit.includes("state_" + s.split(" ")[0].split("（")[0].replace(/-/g, "_"))), now);
  await page.keyboard.press("End");
  now = await moment(page);
  check("End: the last row", now.at === now.of && now.of > 5, now);
  await page.keyboard.press("Home");
  check("Home: the first row", (await moment(page)).at === 1, await moment(page));
  await page.click("#on");
  await page.click("#on");
  check("the button steps", (await moment(page)).at === 3, await moment(page));
  await page.click("[role=option]:nth-child(5)");
  check("a click chooses a row", (await moment(page)).at === 5, await moment(page));
  await page.focus("#scrub");
  await page.keyboard.press("ArrowRight");
  check("the slider scrubs by keyboard", (await moment(page)).at === 6, await moment(page));
  const box = await (await page.$("#scrub")).boundingBox();
  await page.mouse.click(box.x + box.width - 3, box.y + box.height / 2);
  now = await moment(page);
  check("the slider scrubs by mouse", now.at === now.of, now);
  await page.select("#speed", "20");
  await page.focus("#ladder");
  await page.keyboard.press(" ");
  await page.waitForFunction(() => document.getElementById("play").getAttribute("aria-pressed") === "false", {timeout: 30000});
  now = await moment(page);
  check("Space plays from the beginning to the end, and stops", now.at === now.of, now);
}

async function find(page) {
  const all = (await moment(page)).of;
  await page.type("#search", "fin,ack");
  await page.keyboard.press("Enter");
  let now = await moment(page);
  check("search goes to a match", /FIN,ACK/.test(now.label) && (await page.$eval("#count", (e) => e.textContent)).includes("matches: "), now);
  await page.click("#matching");
  check("only matches are left", (await moment(page)).of < all, await moment(page));
  await page.click("#clear");
  check("everything is back", (await moment(page)).of === all, await moment(page));
  await page.click("#flags input[value=SYN]");
  check("the filter by flag leaves SYN and SYN,ACK", (await moment(page)).of === 2, await moment(page));
  await page.click("#clear");
  await page.type("#search", "syn seq");
  await page.keyboard.press("Enter");
  check("the bytes of the chosen segment are there", (await moment(page)).bytes >= 40, await moment(page));
  await page.select("#numbers", "absolute");
  const seq = await page.$eval("[aria-selected=true] .label", (e) => Number(/seq (\d+)/.exec(e.textContent)[1]));
  check("absolute numbers are those of the header", seq !== 0 && (await page.$eval("#bytes", (e) => e.textContent)).includes(String(seq)), seq);
  await page.select("#numbers", "relative");
}

async function faces(page) {
  const axe = fs.readFileSync(path.join(process.env.PAGE_MODULES, "axe-core/axe.min.js"), "utf8");
  await page.evaluate(axe);
  await page.screenshot({path: dir + "/light.png"});
  let found = await faults(page);
  check("no serious fault of access, light", found.length === 0, found);
  await page.select("#theme", "dark");
  await page.select("#language", "zh_CN");
  const english = await page.evaluate(() => [...document.querySelectorAll("h2, label span, button")].filter((e) => e.offsetParent && /[a-z]{4,}/.test(e.textContent) && !e.closest("[lang]:not(html)")).map((e) => e.textContent));
  check("in Chinese no heading or control is English", english.length === 0, english);
  check("the document says its language", (await page.$eval("html", (e) => e.lang)) === "zh-CN");
  found = await faults(page);
  check("no serious fault of access, dark, Chinese", found.length === 0, found);
  await page.screenshot({path: dir + "/dark.png"});
  await page.setViewport({width: 400, height: 900});
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  check("a small screen needs no scrolling sideways", over <= 0, over);
  await page.screenshot({path: dir + "/small.png"});
  await page.setViewport({width: 1400, height: 1000});
  await page.pdf({path: dir + "/page.pdf", printBackground: true});
  const rows = await page.evaluate(() => document.querySelectorAll("#paper .row").length);
  check("the print has the rows", rows === (await moment(page)).of, rows);
}

// A step costs the same however many rows there are, and the document does not grow.
async function weigh(browser) {
  const cost = {};
  for (const file of [small, large]) {
    const page = await open(browser, file);
    cost[file] = await page.evaluate(async () => {
      const rows = document.getElementById("ladder"), times = [];
      for (let i = 0; i < 60; i++) {
        const from = performance.now();
        rows.dispatchEvent(new KeyboardEvent("keydown", {key: i % 20 < 10 ? "ArrowDown" : "ArrowUp", bubbles: true}));
        times.push(performance.now() - from);
      }
      rows.scrollTop = rows.scrollHeight / 2;
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      return {step: times.sort((a, b) => a - b)[30], nodes: document.querySelectorAll("body *").length,
        of: Number(document.querySelector("[role=option]").getAttribute("aria-setsize"))};
    });
    await page.close();
  }
  console.log("# " + JSON.stringify(cost));
  check("there are 10,000 rows", cost[large].of >= 10000, cost);
  check("the document stays small", cost[large].nodes < 2000, cost);
  check("a step among 10,000 rows costs at most five times that among few", cost[large].step < 5 * Math.max(cost[small].step, 2), cost);
}

(async () => {
  const browser = await puppeteer.launch({executablePath: process.env.PAGE_BROWSER, args: ["--no-sandbox"], headless: true});
  const page = await open(browser, small);
  await walk(page);
  await find(page);
  await faces(page);
  await page.close();
  await weigh(browser);
  check("no console message, no error, no request to anywhere", trouble.length === 0, trouble);
  await browser.close();
  console.log(`1..${n}`);
  process.exit(failed ? 1 : 0);
})().catch((error) => {
  console.log("Bail out! " + error.message);
  process.exit(1);
});
