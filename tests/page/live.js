// live.js ADDRESS: the browser of `tern demo --web --browser`. Writes what the page shows of its own connections into PAGE_SEEN, and closes
// the tab.
"use strict";
const fs = require("fs");
const {launch, newPage} = require("./person.js");
(async () => {
  const browser = await launch();
  const page = await newPage(browser);
  const trouble = [];
  page.on("console", (message) => trouble.push(message.text()));
  page.on("pageerror", (error) => trouble.push(error.message));
  page.on("request", (request) => { if (!request.url().startsWith(process.argv[2]) && !/^data:/.test(request.url())) trouble.push("request: " + request.url()); });
  await page.goto(process.argv[2]);
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length > 4);
  await page.waitForFunction(() => story.folded > 0, {timeout: 20000}).catch(() => {});
  let before = -1, now;
  for (let quiet = 0, turn = 0; quiet < 3 && turn < 40; turn++) { // comes to rest
    now = await page.evaluate(() => story.rows.length);
    quiet = now === before ? quiet + 1 : 0;
    before = now;
    await new Promise((done) => setTimeout(done, 300));
  }
  const lines = await page.evaluate(() => story.rows.map((row) => `row ${row.conn} ${row.side} ${row.label || row.kind} | ${row.tcb.a.state} ${row.tcb.b.state}`));
  // The header of each segment has the numbers that its row has, and a checksum that is right.
  lines.push(...await page.evaluate(() => story.rows.filter((row) => row.kind === "segment").map((row) => {
    const bytes = (row.head || "").match(/../g) || [], number = (at) => parseInt(bytes.slice(at, at + 4).join(""), 16);
    const ip = (parseInt(bytes[0], 16) & 15) * 4;
    if (number(ip + 4) !== row.segment.seq) return "head wrong: " + row.label + " " + row.head;
    if (row.segment.len > 0) return "head right"; // the sum covers data that is not here
    let sum = 6 + bytes.length - ip;
    for (let at = 12; at < bytes.length; at += 2) if (at < 20 || at >= ip) sum += parseInt(bytes[at] + bytes[at + 1], 16);
    while (sum > 65535) sum = (sum & 65535) + (sum >> 16);
    return sum === 65535 ? "head right" : "head with a wrong checksum: " + row.label + " " + row.head;
  })));
  await page.focus("#ladder");
  await page.keyboard.press("Home");
  lines.push("bytes " + await page.evaluate(() => document.querySelectorAll(".hex span").length));
  await page.select("#language", "zh_CN");
  lines.push("chinese " + await page.evaluate(() => document.getElementById("live").textContent + " " + document.getElementById("why").textContent));
  fs.writeFileSync(process.env.PAGE_SEEN, lines.concat(trouble.map((text) => "trouble " + text)).join("\n") + "\n");
  await page.screenshot({path: process.env.PAGE_SHOTS + "/live.png"});
  await page.close();
  await browser.close();
})().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
