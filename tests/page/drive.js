// A person at the page: drive.js DIR SMALL.html. TAP on standard output, screenshots and the print into DIR.
"use strict";
const fs = require("fs");
const {bend, check, faults, launch, moment, open, outside, resize, run, text, trouble} = require("./person.js");
const [dir, small] = process.argv.slice(2);

async function walk(page) {
  await page.focus("#ladder");
  let now = await moment(page);
  check("it begins at the first row", now.at === 1 && now.of > 11, now);
  await page.keyboard.press("ArrowDown");
  now = await moment(page);
  check("arrow down: the second row, and everything follows", now.at === 2 && now.scrub === 1 && /\/2$/.test(now.hash) && now.said !== "" && now.active === "row1", now);
  check("the states that the table names are lit in the diagram", now.lit.length >= 1 && now.states.every((s) => now.lit.includes("state_" + s.split(" ")[0].split("（")[0].replace(/-/g, "_"))), now);
  const keys = {ArrowRight: 3, ArrowLeft: 2, PageDown: 12, PageUp: 2, ArrowUp: 1, End: now.of, Home: 1};
  for (const [key, at] of Object.entries(keys)) {
    await page.keyboard.press(key);
    now = await moment(page);
    check(`${key}: row ${at}`, now.at === at, now);
  }
  await page.click("#on");
  await page.click("#on");
  check("the button steps", (await moment(page)).at === 3, await moment(page));
  await page.click("[role=option]:nth-child(5)");
  check("a click chooses a row", (await moment(page)).at === 5, await moment(page));
  await page.focus("#scrub");
  await page.keyboard.press("ArrowRight");
  check("the slider scrubs by keyboard", (await moment(page)).at === 6, await moment(page));
  const box = await (await page.$("#scrub")).boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  const half = (await moment(page)).at;
  await page.mouse.move(box.x + box.width - 3, box.y + box.height / 2, {steps: 5});
  await page.mouse.up();
  now = await moment(page);
  check("the slider scrubs by mouse", half > 1 && half < now.of && now.at === now.of, [half, now]);
  await page.select("#speed", "20");
  await page.focus("#ladder");
  await page.keyboard.press(" ");
  await page.waitForFunction(() => document.getElementById("play").getAttribute("aria-pressed") === "false");
  now = await moment(page);
  check("Space plays from the beginning to the end, and stops", now.at === now.of, now);
  await page.select("#speed", "1"); // so that it does not come to the end by itself
  const pressed = () => page.$eval("#play", (e) => e.getAttribute("aria-pressed"));
  await page.click("#play");
  const plays = await pressed();
  await page.click("#play");
  check("the button plays and pauses", plays === "true" && (await pressed()) === "false", plays);
}

async function find(page) {
  const all = (await moment(page)).of;
  await page.focus("#ladder");
  await page.keyboard.press("/");
  await page.keyboard.type("fin,ack");
  await page.keyboard.press("Enter");
  let now = await moment(page);
  check("/ searches, and goes to a match", /FIN,ACK/.test(now.label) && (await text(page, "#count")).includes("matches: "), now);
  await page.focus("#ladder");
  await page.keyboard.press("n");
  const next = await moment(page);
  await page.keyboard.press("N");
  check("n and N go from match to match", /FIN,ACK/.test(next.label) && next.at !== now.at && (await moment(page)).at === now.at, [now, next]);
  await page.click("#matching");
  check("only matches are left", (await moment(page)).of < all, await moment(page));
  await page.click("#clear");
  check("everything is back", (await moment(page)).of === all, await moment(page));
  await page.type("#search", "no such thing");
  check("a search for what is not there finds nothing and loses nothing", (await moment(page)).of === all && (await text(page, "#count")).includes("matches: 0"));
  await page.click("#matching");
  check("nothing is shown when nothing matches", (await moment(page)).of === 0 && (await text(page, "#why")) !== "");
  await page.click("#clear");
  await page.click("#flags input[value=SYN]");
  check("the filter by flag leaves SYN and SYN,ACK", (await moment(page)).of === 2, await moment(page));
  await page.click("#clear");
  const rule = await page.$eval("#rule option:nth-child(2)", (e) => e.value);
  await page.select("#rule", rule);
  now = await moment(page);
  check("the filter by rule leaves what it made", now.of > 0 && now.of < all && (await text(page, "#why")).includes(rule), [rule, now]);
  await page.click("#clear");
  await page.type("#search", "syn seq");
  await page.keyboard.press("Enter");
  check("the bytes of the chosen segment are there", (await moment(page)).bytes >= 40, await moment(page));
  await page.select("#numbers", "absolute");
  const seq = await page.$eval("[aria-selected=true] .label", (e) => Number(/seq (\d+)/.exec(e.textContent)[1]));
  check("absolute numbers are those of the header", seq !== 0 && (await text(page, "#bytes")).includes(String(seq)), seq);
  await page.select("#numbers", "relative");
  await page.hover(".hex span:nth-child(25)");
  const hot = await page.$$eval("#bytes .hot", (all) => all.map((e) => e.tagName));
  check("a field lights up among the bytes and in the table", hot.includes("SPAN") && hot.includes("TR"), hot);
  await page.click("#clear");
}

// In each language, light and dark, and on a small screen.
async function faces(page) {
  for (const language of ["en", "zh_CN"]) {
    for (const theme of ["light", "dark"]) {
      await page.select("#language", language);
      await page.select("#theme", theme);
      const found = await faults(page);
      check(`no serious fault of access: ${language}, ${theme}`, found.length === 0, found);
      for (const width of [1600, 400]) {
        await resize(page, width, 1000);
        await page.screenshot({path: `${dir}/${language}-${theme}-${width}.png`, fullPage: true});
      }
      await resize(page, 1400, 1000);
    }
  }
  const english = await page.evaluate(() => [...document.querySelectorAll("h2, label span, button")].filter((e) => e.offsetParent && /[a-z]{4,}/.test(e.textContent) && !e.closest("[lang]:not(html)")).map((e) => e.textContent));
  check("in Chinese no heading or control is English", english.length === 0, english);
  check("the document says its language", (await page.$eval("html", (e) => e.lang)) === "zh-CN");
  check("the ends have Chinese names", /客户端/.test(await text(page, "#name-a")) && /客户端/.test(await text(page, "#diagram .tag-a")), await text(page, "#name-a"));
  check("the diagram is Chinese", /发送|收到/.test(await text(page, "#diagram svg")));
}

// At every row, in a wide window and a narrow one, the states of both ends can be seen in the diagram, each with its end's name.
async function states(page) {
  const wrong = [];
  for (const width of [1400, 400]) {
    await resize(page, width, 900);
    await page.focus("#ladder");
    await page.keyboard.press("Home");
    for (let now = await moment(page); ; now = await moment(page)) {
      const found = await outside(page), tags = await page.$$eval("#diagram .tag", (all) => all.map((e) => e.textContent));
      if (found.length || tags.length !== 2 || tags[0] === tags[1]) wrong.push([width, now.at, found, tags]);
      if (now.at === now.of) break;
      await page.focus("#ladder");
      await page.keyboard.press("ArrowDown");
    }
  }
  check("the lit states and their tags are in sight at every row, wide and narrow", wrong.length === 0, wrong);
  await resize(page, 1400, 1000);
  await page.click("#whole");
  const over = await page.$eval("#diagram", (e) => e.scrollWidth - e.clientWidth);
  check("the whole picture fits", over <= 0, over);
  await page.click("#whole");
}

async function paper(page) {
  await page.pdf({path: dir + "/page.pdf", printBackground: true});
  const rows = await page.evaluate(() => document.querySelectorAll("#paper .row").length);
  check("the print has the rows", rows === (await moment(page)).of, rows);
  check("the print is a PDF of some pages", fs.statSync(dir + "/page.pdf").size > 20000);
}

// How many nodes a step makes, and how many there are.
const weight = (page) => page.evaluate(async () => {
  let made = 0;
  const watch = new MutationObserver((records) => { for (const record of records) made += record.addedNodes.length; });
  watch.observe(document.body, {childList: true, subtree: true});
  const ladder = document.getElementById("ladder");
  for (let i = 0; i < 40; i++) ladder.dispatchEvent(new KeyboardEvent("keydown", {key: i % 20 < 10 ? "ArrowDown" : "ArrowUp", bubbles: true}));
  ladder.scrollTop = ladder.scrollHeight / 2;
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  watch.disconnect();
  return {made, nodes: document.querySelectorAll("body *").length, of: Number(document.querySelector("[role=option]").getAttribute("aria-setsize"))};
});

const MANY = 10000;

// The first story's rows again and again, later each time.
function many(stories) {
  const once = stories[0].rows, span = once[once.length - 1].at - once[0].at + 1e6;
  const rows = Array.from({length: MANY}, (x, i) => Object.assign({}, once[i % once.length], {at: once[i % once.length].at + Math.floor(i / once.length) * span}));
  return [Object.assign({}, stories[0], {rows})];
}

async function weigh(browser) {
  fs.writeFileSync(dir + "/large.html", bend(small, many));
  const few = await open(browser, small);
  const light = await weight(few);
  await few.close();
  const all = await open(browser, dir + "/large.html");
  const heavy = await weight(all);
  console.log("# " + JSON.stringify([light, heavy]));
  check("there are 10,000 rows", heavy.of === MANY, heavy);
  check("the document stays small", heavy.nodes < 2000, heavy);
  check("a step among 10,000 rows makes not many more nodes than one among few", heavy.made < 3 * light.made, [light, heavy]);
  await all.focus("#ladder");
  await all.keyboard.press("End");
  check("the last of 10,000 is reached at once", (await moment(all)).at === MANY, await moment(all));
  await all.type("#search", "fin,ack");
  check("a search goes through all of them", Number(/matches: (\d+)/.exec(await text(all, "#count"))[1]) > 100, await text(all, "#count"));
  await all.close();
}

const EVIL = "</script><img src=x onerror='alert(1)'><svg onload=alert(1)> \"' {1} &lt; \u2028 \ud800";

// Whatever text a story has, it is text.
function hostile(stories) {
  const bad = (value, key) => typeof value === "string" && ["title", "label", "text", "arithmetic", "name", "rule", "rule_in", "drop", "finding", "severity", "doc", "section", "endpoint"].includes(key) ? EVIL.repeat(key === "title" ? 200 : 1)
    : Array.isArray(value) ? value.map((one) => bad(one, "")) : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, bad(v, k)])) : value;
  const all = bad(stories, "");
  all[0].rows[0].text = "constructor";
  all[0].rows[1].rule = "__proto__";
  all[0].rows[2].label = "toString";
  all[0].rows[3].head = "zz45<";
  all[0].rows[4].tcb = {a: {state: '"]<b>'}};
  return all;
}

async function suffer(browser) {
  fs.writeFileSync(dir + "/hostile.html", bend(small, hostile));
  const before = trouble.length, page = await open(browser, dir + "/hostile.html");
  await page.focus("#ladder");
  for (let i = (await moment(page)).of; i > 0; i--) await page.keyboard.press("ArrowDown");
  await page.select("#language", "zh_CN");
  await page.type("#search", "onerror");
  await page.pdf({path: dir + "/hostile.pdf"});
  const made = await page.$$eval("img, b, [onerror], [onload], body script:not([type]) ~ script", (all) => all.map((e) => e.outerHTML.slice(0, 80)));
  check("a hostile story stays text", made.length === 0 && trouble.length === before, [made, trouble.slice(before)]);
  check("its texts are shown", (await text(page, "#why")).includes("<img src=x"));
  await page.close();
}

run(async () => {
  const browser = await launch();
  const page = await open(browser, small);
  await walk(page);
  await find(page);
  await states(page);
  await faces(page);
  await paper(page);
  await page.close();
  await weigh(browser);
  await suffer(browser);
  check("no console message, no error, no request to anywhere", trouble.length === 0, trouble);
  await browser.close();
});
